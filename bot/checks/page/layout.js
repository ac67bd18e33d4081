// What sticks out of the screen's sides: the page itself when it scrolls sideways, or a control
// that lies beyond the edge and cannot be scrolled to.
() => {
  const width = document.documentElement.clientWidth;
  const name = (element) =>
    element.tagName.toLowerCase() +
    (element.id ? `#${element.id}` : "") +
    [...element.classList].map((one) => `.${one}`).join("");
  const scrolls = (element) => {
    for (let around = element.parentElement; around; around = around.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(around).overflowX)) return true;
    }
    return false;
  };
  const shown = (element) =>
    element.checkVisibility?.({ opacityProperty: true, visibilityProperty: true });
  const beyond = (element, part) => {
    const box = element.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1 || !shown(element)) return false;
    const right = part === "edge" ? box.right : (box.left + box.right) / 2;
    return right > width + 1 && box.left > -width;
  };
  const wide = document.scrollingElement.scrollWidth;
  const sideways =
    wide > width + 1
      ? [...document.body.querySelectorAll("*")].filter((one) => beyond(one, "edge") && !scrolls(one))
      : [];
  const lost = [...document.querySelectorAll("button, a[href], input, select, textarea")].filter(
    (control) => beyond(control, "middle") && !scrolls(control) && !control.closest("[inert]"),
  );
  return {
    width,
    wide,
    sideways: sideways.slice(0, 3).map(name),
    lost: wide > width + 1 ? [] : lost.slice(0, 3).map(name),
  };
}
