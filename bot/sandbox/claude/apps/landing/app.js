"use strict";

// Pages may share an address, so the data is kept under this page's own path.
const KEPT_AS = "landing:" + new URL(".", location.href).pathname;

const element = (id) => document.getElementById(id);

let messages = load();

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT_AS));
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

function update(changed) {
  messages = changed;
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(messages));
  } catch {
    // They then live as long as the page.
  }
  render();
}

function render() {
  element("empty").hidden = messages.length > 0;
  element("messages").replaceChildren(...messages.map(makeRow));
}

function makeRow(message) {
  const row = element("row").content.firstElementChild.cloneNode(true);
  const written = new Date(message.written);
  row.querySelector("p").textContent = message.text;
  row.querySelector("strong").textContent = message.name;
  row.querySelector("time").dateTime = written.toISOString();
  row.querySelector("time").textContent = written.toLocaleDateString([], { dateStyle: "medium" });
  const remove = row.querySelector("button");
  remove.setAttribute("aria-label", `Delete the message of ${message.name}`);
  remove.addEventListener("click", () => update(messages.filter((other) => other !== message)));
  return row;
}

element("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = element("name").value.trim();
  const text = element("message").value.trim();
  if (!name || !text) return;
  element("message").value = "";
  update([{ name, text, written: Date.now() }, ...messages]);
});

element("share").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(location.href.split("#")[0]);
    element("shared").textContent = "The link is copied.";
  } catch {
    element("shared").textContent = "This browser does not let me copy; the link is in its bar.";
  }
});

render();
