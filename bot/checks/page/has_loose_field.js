// Whether there is a field to write in that belongs to no form.
() =>
  [...document.querySelectorAll("input, textarea, [contenteditable]")].some(
    (one) =>
      !one.form &&
      !one.readOnly &&
      !one.disabled &&
      one.checkVisibility?.() &&
      !/checkbox|radio|button|submit|reset|file|hidden|color|range/.test(one.type),
  )
