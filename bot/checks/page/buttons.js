// The controls that a user can press now, each with what it is called.
() => {
  const controls = document.querySelectorAll(
    'button, [role="button"], input[type="button"], input[type="submit"], a[href="#"], a[href=""]',
  );
  return [...controls].map((control) => {
    const box = control.getBoundingClientRect();
    return {
      name: (
        control.getAttribute("aria-label") ||
        control.innerText ||
        control.value ||
        control.title ||
        control.id
      )
        .trim()
        .slice(0, 60),
      selector: control.tagName.toLowerCase() + (control.id ? `#${control.id}` : ""),
      ready:
        box.width > 1 &&
        box.height > 1 &&
        (control.checkVisibility?.({ visibilityProperty: true }) ?? true) &&
        !control.disabled &&
        control.getAttribute("aria-disabled") !== "true" &&
        !control.closest("[inert], fieldset:disabled"),
    };
  });
}
