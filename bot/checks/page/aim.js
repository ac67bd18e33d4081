// Brings a control into view and says where a finger would press it; without `at` where it is not to
// be seen, and with `covered` where something else lies there.
(place) => {
  const seen = __textcrew;
  const control = seen.controls()[place];
  seen.aimed = control ?? null;
  seen.reached = false;
  if (!control) return { at: null, covered: "" };
  const middle = () => {
    const box = [...control.getClientRects()].find((one) => one.width > 1 && one.height > 1);
    return box ? [box.left + box.width / 2, box.top + box.height / 2] : null;
  };
  const isInside = (at) => at && at[0] >= 0 && at[1] >= 0 && at[0] < innerWidth && at[1] < innerHeight;
  const lies = (at) => document.elementFromPoint(at[0], at[1]);
  const isOver = (top) => top && !control.contains(top) && !(top.shadowRoot && top.contains(control));
  let at = middle();
  if (!isInside(at) || isOver(lies(at))) {
    control.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    at = middle();
  }
  if (!isInside(at)) return { at: null, covered: "" };
  const top = lies(at);
  const name = (one) =>
    one.tagName.toLowerCase() + (one.id ? `#${one.id}` : [...one.classList].map((c) => `.${c}`).join(""));
  return { at, covered: isOver(top) ? name(top) : "" };
}
