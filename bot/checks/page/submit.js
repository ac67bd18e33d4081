// Sends a form as a user would: by its button, if it has one that can be pressed. What the form has
// by itself may be hidden by fields of such names.
(number) => {
  const form = document.forms[number];
  const button = [...document.querySelectorAll("button, input")].find(
    (one) => one.form === form && one.type === "submit" && !one.disabled,
  );
  if (button) button.click();
  else HTMLFormElement.prototype.requestSubmit.call(form);
}
