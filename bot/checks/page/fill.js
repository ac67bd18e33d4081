// Fills what can be filled in `root` (the page, or one form) with words that can be found again,
// as typing would; returns what the filled fields are called.
([root, marker]) => {
  const samples = {
    number: "7",
    range: null,
    email: `${marker}@example.com`,
    url: `https://example.com/${marker}`,
    tel: "5550123",
    date: "2030-05-17",
    time: "10:30",
    "datetime-local": "2030-05-17T10:30",
    month: "2030-05",
    week: "2030-W20",
    color: null,
    file: null,
    hidden: null,
    checkbox: null,
    radio: null,
    submit: null,
    button: null,
    reset: null,
    image: null,
  };
  const within = root === null ? document : document.forms[root];
  const filled = [];
  const name = (field) =>
    (
      field.getAttribute("aria-label") ||
      field.labels?.[0]?.innerText ||
      field.placeholder ||
      field.name ||
      field.id ||
      "without a name"
    )
      .replace(/\s+/g, " ")
      .trim()
      .slice(0, 40);
  for (const field of within.querySelectorAll("input, textarea")) {
    if (!field.checkVisibility?.() || field.disabled || field.readOnly) continue;
    let sample = samples[field.type];
    if (sample === null) continue;
    if (sample === undefined) sample = field.inputMode === "numeric" ? "7" : marker;
    if (field.inputMode === "decimal") sample = "7";
    if (field.maxLength > 0) sample = sample.slice(0, field.maxLength);
    const kind = field.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(field, sample);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    filled.push(name(field));
  }
  if (root === null) {
    for (const rich of document.querySelectorAll("[contenteditable]:not([contenteditable=false])")) {
      if (!rich.checkVisibility?.() || rich.innerText.trim()) continue;
      rich.textContent = marker;
      rich.dispatchEvent(new Event("input", { bubbles: true }));
      filled.push(name(rich));
    }
  }
  const isChosen = (choice) =>
    [...within.querySelectorAll('input[type="radio"]:checked')].some(
      (one) => one.name === choice.name,
    );
  const groups = new Set();
  for (const choice of within.querySelectorAll('input[type="radio"], input[type="checkbox"][required]')) {
    if (choice.disabled || groups.has(choice.name) || choice.checked) continue;
    if (choice.type === "radio" && isChosen(choice)) continue;
    if (choice.required) choice.click();
    groups.add(choice.name);
  }
  for (const list of within.querySelectorAll("select[required]")) {
    if (!list.value && list.options.length > 1) {
      list.selectedIndex = list.options.length - 1;
      list.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
  return filled;
}
