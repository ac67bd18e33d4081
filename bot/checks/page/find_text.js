// The innermost part of the page that reads so, else the field that holds it, else null.
(text) => {
  const { plain, isField, fieldText } = __textcrew;
  const said = (part) => (isField(part) ? fieldText(part) : (part.innerText ?? ""));
  const reads = (part) => part.checkVisibility?.() && plain(said(part)).includes(plain(text));
  if (!reads(document.body)) {
    return [...document.querySelectorAll("input, textarea, select")].find(reads) ?? null;
  }
  let part = document.body;
  for (let inner = part; inner; inner = [...part.children].find(reads)) part = inner;
  return part;
}
