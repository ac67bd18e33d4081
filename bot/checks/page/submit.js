// Sends a form as a user would: by its button, if it has one that can be pressed.
(number) => {
  const form = document.forms[number];
  const button = [...form.elements].find((one) => one.type === "submit" && !one.disabled);
  if (button) button.click();
  else form.requestSubmit();
}
