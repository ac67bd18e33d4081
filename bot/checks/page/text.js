// What can be read on the page, and what it keeps.
() => ({
  words: __textcrew.words(),
  values: __textcrew
    .fields()
    .filter((field) => !["checkbox", "radio", "submit", "button"].includes(field.type))
    .map((field) => field.value)
    .join("\n"),
  kept: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
  language: document.documentElement.lang,
  things: __textcrew.roots
    .flatMap((root) => [
      ...root.querySelectorAll("canvas, svg, img, video, button, input, textarea"),
    ])
    .filter((thing) => thing.checkVisibility?.() && thing.getBoundingClientRect().width > 1).length,
})
