// What a click may have changed that is no change of the document: fields, focus, address, place.
() => ({
  effects: globalThis.__textcrew?.effects ?? 0,
  fields: [...document.querySelectorAll("input, textarea, select")]
    .map((field) => `${field.value}|${field.checked}`)
    .join("\n"),
  focus: ["BUTTON", "A", "BODY", "HTML"].includes(document.activeElement?.tagName ?? "BODY")
    ? ""
    : document.activeElement.tagName + document.activeElement.id,
  address: location.href.replace(/#$/, ""),
  place: Math.round(scrollY),
})
