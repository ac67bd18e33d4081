// Tells the page that its phone was taken up again.
() => {
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  window.dispatchEvent(new Event("focus"));
}
