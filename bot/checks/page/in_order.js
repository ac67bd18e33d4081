// Whether texts can be read one after the other, in the values of fields too: within the innermost
// part of the page that holds all of them, so that what else the page says of one does not count.
(texts) => {
  const { plain, isField, fieldText } = __textcrew;
  const wanted = texts.map(plain);
  const said = (part) => {
    if (part.nodeType === Node.TEXT_NODE) return part.nodeValue;
    if (part.nodeType !== Node.ELEMENT_NODE) return "";
    const { display } = getComputedStyle(part);
    // A part that only holds others has no box of its own.
    if (display !== "contents" && part.checkVisibility?.() === false) return "";
    if (["SCRIPT", "STYLE", "TEMPLATE"].includes(part.tagName)) return "";
    if (isField(part)) return fieldText(part);
    const words = [...(part.shadowRoot?.childNodes ?? []), ...part.childNodes].map(said).join("");
    return display.startsWith("inline") ? words : ` ${words} `;
  };
  const holdsAll = (part) => wanted.every((text) => plain(said(part)).includes(text));
  const inOrder = (part) => {
    const inner = [...(part.shadowRoot?.children ?? []), ...part.children].filter(holdsAll);
    if (inner.length) return inner.some(inOrder);
    const words = plain(said(part));
    let at = 0;
    return wanted.every((text) => {
      const found = words.indexOf(text, at);
      at = found + text.length;
      return found >= 0;
    });
  };
  return document.body !== null && holdsAll(document.body) && inOrder(document.body);
}
