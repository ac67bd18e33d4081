"use strict";

// Apps may share an address, so the data is kept under this app's own path.
const KEPT_AS = "notes:" + new URL(".", location.href).pathname;
const UNDO_SECONDS = 6;

const element = (id) => document.getElementById(id);
const title = element("note-title");
const text = element("note-text");
const search = element("search");

let notes = load();
let open = null;
let removed = null;
let toastTimer = 0;

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT_AS));
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

function keep(changed) {
  notes = changed.toSorted((one, other) => other.changed - one.changed);
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(notes));
    return true;
  } catch {
    return false;
  }
}

function render() {
  const words = search.value.trim().toLowerCase();
  const found = notes.filter((note) => `${note.title}\n${note.text}`.toLowerCase().includes(words));
  element("notes").replaceChildren(...found.map(makeRow));
  element("count").textContent = notes.length === 1 ? "1 note" : `${notes.length} notes`;
  element("empty").hidden = found.length > 0;
  element("empty").textContent = notes.length
    ? "No note has these words."
    : "No notes yet. Write the first one.";
  element("overview").hidden = open !== null;
  element("editor").hidden = open === null;
}

function makeRow(note) {
  const row = element("row").content.firstElementChild.cloneNode(true);
  row.querySelector("strong").textContent = note.title || "Untitled";
  row.querySelector(".preview").textContent = note.text;
  const time = row.querySelector("time");
  time.dateTime = new Date(note.changed).toISOString();
  time.textContent = new Date(note.changed).toLocaleString([], {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
  row.querySelector("button").addEventListener("click", () => show(note));
  return row;
}

function show(note) {
  open = note.id;
  title.value = note.title;
  text.value = note.text;
  element("saved").textContent = "";
  render();
  (note.title || note.text ? text : title).focus();
}

function write() {
  const note = { id: open, title: title.value.trim(), text: text.value, changed: Date.now() };
  const others = notes.filter((other) => other.id !== open);
  const isEmpty = !note.title && !note.text.trim();
  const kept = keep(isEmpty ? others : [note, ...others]);
  element("saved").textContent = kept ? "Saved" : "This browser does not keep notes";
}

function close() {
  open = null;
  render();
  element("add").focus();
}

element("add").addEventListener("click", () => {
  search.value = "";
  show({ id: crypto.randomUUID?.() ?? String(Date.now()), title: "", text: "" });
});

element("editor").addEventListener("input", write);

element("editor").addEventListener("submit", (event) => {
  event.preventDefault();
  text.focus();
});

element("editor").addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});

element("back").addEventListener("click", close);

element("remove").addEventListener("click", () => {
  removed = notes.find((note) => note.id === open) ?? null;
  keep(notes.filter((note) => note.id !== open));
  close();
  if (!removed) return;
  element("toast-text").textContent = `Deleted “${removed.title || "Untitled"}”`;
  element("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (element("toast").hidden = true), UNDO_SECONDS * 1000);
});

element("undo").addEventListener("click", () => {
  element("toast").hidden = true;
  keep([removed, ...notes]);
  render();
});

search.addEventListener("input", render);

// Another tab of this app keeps the same notes.
addEventListener("storage", (event) => {
  if (event.key !== KEPT_AS) return;
  notes = load();
  if (open === null) render();
});

render();
