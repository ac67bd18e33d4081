// Brings the innermost part of the page that reads so, or the field that holds it, into sight.
(text) => {
  const plain = (words) => words.replace(/\s+/g, " ").trim().toLowerCase();
  const said = (part) => (part.tagName === "SELECT" ? (part.selectedOptions[0]?.text ?? "") : (part.value ?? part.innerText ?? ""));
  const reads = (part) => part.checkVisibility?.() && String(said(part)).length > 0 && plain(String(said(part))).includes(plain(text));
  let part = document.body;
  if (reads(part)) {
    for (let inner = part; inner; inner = [...part.children].find(reads)) part = inner;
  } else {
    part = [...document.querySelectorAll("input, textarea, select")].find(reads);
  }
  const box = part?.getBoundingClientRect();
  const isSeen = box && box.top >= 0 && box.bottom <= innerHeight;
  if (box && !isSeen) part.scrollIntoView({ block: "center", behavior: "instant" });
}
