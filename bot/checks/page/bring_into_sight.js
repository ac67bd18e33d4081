// Scrolls to a part of the page that cannot be seen wholly, as its reader would.
(part) => {
  const { top, bottom } = part.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) part.scrollIntoView({ block: "center", behavior: "instant" });
}
