// Whether a text can be read on the page, in the values of fields too.
([text, wanted]) => {
  const plain = (words) => words.replace(/\s+/g, " ").trim().toLowerCase();
  const fields = [...document.querySelectorAll("input, textarea, select")]
    .filter((field) => field.checkVisibility?.() && field.type !== "hidden")
    .map((field) => (field.tagName === "SELECT" ? (field.selectedOptions[0]?.text ?? "") : field.value));
  const page = [document.body?.innerText ?? "", ...fields].map(plain).join(" \n ");
  return page.includes(plain(text)) === wanted;
}
