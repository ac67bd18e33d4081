// Remembers what a step has typed into a field, until the page is loaded again.
(field) => {
  (window.stepTyped ??= new WeakMap()).set(field, field.value);
}
