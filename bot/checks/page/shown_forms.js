// Whether each form of the page can be seen.
() => [...document.forms].map((form) => form.checkVisibility?.() ?? true)
