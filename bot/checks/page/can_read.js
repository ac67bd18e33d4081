// Whether a text can be read on the page, in the values of fields too; where it is to be read
// `elsewhere`, not in those that a step has typed and that nothing has changed since.
([text, wanted, elsewhere]) => {
  const { plain, typed, fieldText, ...page } = __textcrew;
  const fields = page
    .fields()
    .filter((field) => field.checkVisibility?.())
    .filter((field) => !elsewhere || typed.get(field) !== field.value)
    .map(fieldText);
  const said = [page.words(), ...fields].map(plain).join(" \n ");
  return said.includes(plain(text)) === wanted;
}
