// Selects text as a user does before pressing something that works on a selection: in a rich text,
// else in the first field that holds something, else on the page.
() => {
  const isShown = (element) => element.checkVisibility?.() && !element.disabled;
  const rich = [...document.querySelectorAll("[contenteditable]:not([contenteditable=false])")].find(
    isShown,
  );
  const typed = ["text", "search", "url", "tel", "password", "textarea"];
  const field = [...document.querySelectorAll("textarea, input")].find(
    (one) => isShown(one) && typed.includes(one.type) && one.value,
  );
  if (!rich && field) {
    field.focus();
    field.select();
    return;
  }
  const holder = rich ?? document.querySelector("main") ?? document.body;
  rich?.focus();
  getSelection().selectAllChildren(holder);
}
