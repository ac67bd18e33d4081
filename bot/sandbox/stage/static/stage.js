// Keeps the stage as it is on the server: each event carries one region's HTML.

const CLOCK_MILLISECONDS = 100;
const paper = document.getElementById("paper");
const lost = document.getElementById("lost");
const time = new Intl.DateTimeFormat([], { hour: "numeric", minute: "2-digit", second: "2-digit" });

// Make `old` like `fresh` by changing only what differs, so that focus, scrolling, pulses and the
// app's frame stay.
function morph(old, fresh) {
  if (old.nodeName !== fresh.nodeName || old.id !== fresh.id) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) return;
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.dataset?.since) return; // the clock tells the time itself
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((child, index) => (before[index] ? morph(before[index], child) : old.append(child)));
  before.slice(after.length).forEach((child) => child.remove());
}

function show({ id, html }) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  const region = document.getElementById(id);
  const fresh = template.content.firstElementChild;
  if (region && fresh) morph(region, fresh);
}

function tick() {
  for (const clock of document.querySelectorAll("[data-since]")) {
    if (document.body.classList.contains("stale")) return;
    const tenths = Math.max(0, Math.floor((Date.now() - new Date(clock.dataset.since)) / 100));
    const seconds = String(Math.floor(tenths / 10) % 60).padStart(2, "0");
    clock.textContent = `${Math.floor(tenths / 600)}:${seconds}.${tenths % 10}`;
  }
}

let events = null; // the stream of regions; see the phone's for why a hidden page has none

function listen() {
  if (document.hidden || events) return;
  events = new EventSource(`stage/events?as=${encodeURIComponent(document.body.dataset.address)}`);
  const heard = () => {
    lost.hidden = true;
    document.body.classList.remove("stale");
  };
  events.addEventListener("open", heard);
  events.addEventListener("fragment", ({ data }) => show(JSON.parse(data)));
  events.addEventListener("error", () => {
    if (lost.hidden) lost.textContent = `Not live since ${time.format(new Date())}; reconnecting`;
    lost.hidden = false;
    document.body.classList.add("stale");
    if (events.readyState !== EventSource.CLOSED) return;
    stopListening();
    setTimeout(listen, 1000);
  });
}

function stopListening() {
  events?.close();
  events = null;
}

// A press is sent without leaving the page; what it does comes with the stream.
async function press(event) {
  const form = event.target;
  if (!form.closest("#controls")) return;
  event.preventDefault();
  if (document.body.classList.contains("stale")) return; // nobody is there, as is told
  await fetch(form.action, { method: "POST", headers: { "X-Requested-With": "fetch" } });
}

async function open(event) {
  const link = event.target.closest("[data-document]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const page = new DOMParser().parseFromString(await (await fetch(link.href)).text(), "text/html");
  paper.replaceChildren(...page.getElementById("document").children);
  paper.showModal();
}

document.addEventListener("submit", press);
document.addEventListener("click", open);
paper.addEventListener("click", (event) => event.target === paper && paper.close());
document.addEventListener("visibilitychange", () => (document.hidden ? stopListening() : listen()));
setInterval(tick, CLOCK_MILLISECONDS);
listen();
