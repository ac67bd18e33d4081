// The controls that a user can press now, each with what it is called, and whether it came late:
// since the page was remembered.
() =>
  __textcrew.controls().map((control) => {
    const box = control.getBoundingClientRect();
    return {
      name: String(
        control.getAttribute("aria-label") ||
          control.innerText ||
          control.value || // a number, where it is an item of a list
          control.title ||
          control.id,
      )
        .replace(/\s+/g, " ")
        .trim()
        .slice(0, 60),
      selector: control.tagName.toLowerCase() + (control.id ? `#${control.id}` : ""),
      late: !__textcrew.known.has(control),
      ready:
        box.width > 1 &&
        box.height > 1 &&
        (control.checkVisibility?.({ visibilityProperty: true }) ?? true) &&
        !control.disabled &&
        control.getAttribute("aria-disabled") !== "true" &&
        !control.closest("[inert], fieldset:disabled"),
    };
  })
