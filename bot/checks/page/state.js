// What a click may have changed that is no change of the document: fields, focus, address, place;
// and what was noted in the pages that this one frames.
() => {
  const effects = (view) => {
    let sum = 0;
    try {
      sum = view.__textcrew?.effects ?? 0;
      for (let number = 0; number < view.length; number += 1) sum += effects(view[number]);
    } catch {
      // A frame of another origin says nothing.
    }
    return sum;
  };
  const active = document.activeElement?.tagName ?? "BODY";
  return {
    effects: effects(globalThis),
    reached: globalThis.__textcrew?.reached ?? false,
    opened: performance.timeOrigin,
    fields: [...document.querySelectorAll("input, textarea, select")]
      .map((field) => `${field.value}|${field.checked}`)
      .join("\n"),
    focus: ["BUTTON", "A", "BODY", "HTML"].includes(active)
      ? ""
      : active + document.activeElement.id,
    address: location.href.replace(/#$/, ""),
    place: Math.round(scrollY),
  };
}
