// Remembers what a step has typed into a field, until the page is loaded again.
(field) => {
  __textcrew.typed.set(field, field.value);
}
