// The innermost part of the page that reads so, else the field that holds it, else null.
(text) => {
  const plain = (words) => words.replace(/\s+/g, " ").trim().toLowerCase();
  const said = (part) => (part.tagName === "SELECT" ? (part.selectedOptions[0]?.text ?? "") : (part.value ?? part.innerText ?? ""));
  const reads = (part) => part.checkVisibility?.() && plain(String(said(part))).includes(plain(text));
  if (!reads(document.body)) {
    return [...document.querySelectorAll("input, textarea, select")].find(reads) ?? null;
  }
  let part = document.body;
  for (let inner = part; inner; inner = [...part.children].find(reads)) part = inner;
  return part;
}
