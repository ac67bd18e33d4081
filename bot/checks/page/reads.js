// Whether a text can be read on the page, in the values of fields too; where it is to be read
// `elsewhere`, not in those that a step has typed and that nothing has changed since.
([text, wanted, elsewhere]) => {
  const plain = (words) => words.replace(/\s+/g, " ").trim().toLowerCase();
  const fields = [...document.querySelectorAll("input, textarea, select")]
    .filter((field) => field.checkVisibility?.() && field.type !== "hidden")
    .filter((field) => !elsewhere || window.stepTyped?.get(field) !== field.value)
    .map((field) => (field.tagName === "SELECT" ? (field.selectedOptions[0]?.text ?? "") : field.value));
  const page = [document.body?.innerText ?? "", ...fields].map(plain).join(" \n ");
  return page.includes(plain(text)) === wanted;
}
