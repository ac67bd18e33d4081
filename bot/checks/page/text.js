// What can be read on the page, and what it keeps.
() => ({
  words: document.body?.innerText ?? "",
  values: [...document.querySelectorAll("input, textarea, select")]
    .filter((field) => !["checkbox", "radio", "submit", "button"].includes(field.type))
    .map((field) => field.value)
    .join("\n"),
  kept: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
  language: document.documentElement.lang,
  things: [...document.querySelectorAll("canvas, svg, img, video, button, input, textarea")].filter(
    (thing) => thing.checkVisibility?.() && thing.getBoundingClientRect().width > 1,
  ).length,
})
