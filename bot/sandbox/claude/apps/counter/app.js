"use strict";

// Apps may share an address, so the data is kept under this app's own path.
const KEPT_AS = "counter:" + new URL(".", location.href).pathname;
const UNDO_SECONDS = 6;

const element = (id) => document.getElementById(id);
const list = element("counters");
const field = element("new-name");

let counters = load();
let before = null;
let toastTimer = 0;

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT_AS));
    if (Array.isArray(kept)) return kept;
  } catch {
    // What cannot be read is started anew.
  }
  return [{ id: "first", name: "My counter", value: 0 }];
}

function update(changed) {
  counters = changed;
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(counters));
  } catch {
    announce("This browser does not keep your counters.", false);
  }
  render();
}

function render() {
  const cards = new Map([...list.children].map((card) => [card.dataset.id, card]));
  counters.forEach((counter, place) => {
    const card = cards.get(counter.id) ?? makeCard(counter);
    cards.delete(counter.id);
    fill(card, counter);
    if (list.children[place] !== card) list.insertBefore(card, list.children[place] ?? null);
  });
  for (const card of cards.values()) card.remove();
}

function makeCard({ id }) {
  const card = element("card").content.firstElementChild.cloneNode(true);
  card.dataset.id = id;
  const on = (selector, type, act) => card.querySelector(selector).addEventListener(type, act);
  on(".up", "click", () => change(id, (counter) => ({ value: counter.value + 1 })));
  on(".down", "click", () => change(id, (counter) => ({ value: counter.value - 1 })));
  on(".name", "change", (event) => {
    change(id, (counter) => ({ name: event.target.value.trim() || counter.name }));
  });
  on(".reset", "click", () => {
    before = counters;
    const { name, value } = counters.find((counter) => counter.id === id);
    change(id, () => ({ value: 0 }));
    announce(`“${name}” was at ${value.toLocaleString()}`, true);
  });
  on(".remove", "click", () => {
    before = counters;
    const { name } = counters.find((counter) => counter.id === id);
    update(counters.filter((counter) => counter.id !== id));
    announce(`Deleted “${name}”`, true);
  });
  return card;
}

function change(id, make) {
  update(
    counters.map((counter) => (counter.id === id ? { ...counter, ...make(counter) } : counter)),
  );
}

function fill(card, { name, value }) {
  const output = card.querySelector("output");
  card.querySelector(".name").value = name;
  output.textContent = value.toLocaleString();
  output.classList.toggle("long", output.textContent.length > 5);
  card.querySelector(".up").setAttribute("aria-label", `Count ${name} up`);
  card.querySelector(".down").setAttribute("aria-label", `Count ${name} down`);
  card.querySelector(".reset").setAttribute("aria-label", `Reset ${name}`);
  card.querySelector(".reset").disabled = value === 0;
  card.querySelector(".remove").setAttribute("aria-label", `Delete ${name}`);
}

function announce(text, canUndo) {
  clearTimeout(toastTimer);
  element("toast-text").textContent = text;
  element("undo").hidden = !canUndo;
  element("toast").hidden = false;
  toastTimer = setTimeout(() => (element("toast").hidden = true), UNDO_SECONDS * 1000);
}

element("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = field.value.trim();
  field.value = "";
  if (!name) return;
  update([...counters, { id: crypto.randomUUID?.() ?? String(Date.now()), name, value: 0 }]);
});

element("undo").addEventListener("click", () => {
  element("toast").hidden = true;
  update(before);
});

// Another tab of this app keeps the same counters.
addEventListener("storage", (event) => {
  if (event.key !== KEPT_AS) return;
  counters = load();
  render();
});

render();
