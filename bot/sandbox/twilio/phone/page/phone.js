// The page: listens to the conversation, draws it, and takes what the user types.
// `?as=whatsapp:+15550100002` is another user.

import { Attachments } from "./attachments.js";
import { Bubbles, timeOfDay } from "./bubbles.js";
import { inShort } from "./contents.js";
import { Outbox } from "./outbox.js";
import { Voice } from "./voice.js";

const LIMIT = 1600; // UTF-16 code units, Twilio's limit
const NEAR_BOTTOM = 90; // pixels
const GONE_MILLISECONDS = 2000;
const FIRST_WISHES = [
  "Build me a todo app with modern UI",
  "Make a quiz about the planets",
  "A landing page for my bakery",
  "A counter for my push-ups",
];

const address = new URLSearchParams(location.search).get("as") ?? "whatsapp:+15550100001";
const element = (id) => document.getElementById(id);
const [scroller, draft, presence, away] = ["scroller", "draft", "presence", "away"].map(element);

const received = new Map(); // sid → message, as the stand-in has it
const quotes = new Map(); // sid → the sid that it replies to, for another attempt
let epoch = null;
let loaded = false;
let online = false;
let events = null; // the stream of what happens in the conversation
let goneTimer = 0;
let typingTimer = 0;
let unseen = 0;
let follows = true; // the newest message is to be seen, however high what is above it grows
let lastTop = 0;
let quoted = null; // the message that the next one replies to

const profileName = document.body.dataset.name ?? "Sam";
const outbox = new Outbox({ address, profileName, onChange: change });
const bubbles = new Bubbles(element("messages"), {
  onRetry: retry,
  onGrowth: followGrowth,
  onTap: (tapped) => (outbox.add(tapped.title, { tapped }), toBottom()),
  onReply: quote,
});

// Conversation

function shown() {
  const known = [...received.values()]
    .filter(({ direction, status }) => direction === "inbound" || !["queued", "sent"].includes(status))
    .sort((one, other) => one.position - other.position);
  return [...known, ...outbox.messages.filter(({ sid }) => !received.has(sid))];
}

function take(message) {
  const known = received.get(message.sid);
  const arrives = message.direction === "outbound" && message.status === "delivered";
  if (arrives) stopTyping();
  if (arrives && known?.status !== "delivered" && loaded && !follows) unseen += 1;
  received.set(message.sid, message);
  outbox.arrived(message.sid);
  change();
}

function change() {
  if (loaded) draw({ animate: true });
}

function draw({ animate }) {
  const messages = shown();
  bubbles.draw(messages, { typing: typingTimer !== 0, animate });
  element("welcome").hidden = messages.length > 0;
  if (follows || !animate) toBottom();
  showPresence();
  showJump();
}

function showPresence() {
  const state = !online ? "connecting…" : typingTimer ? "typing…" : "online";
  if (presence.textContent !== state) presence.textContent = state;
  presence.classList.toggle("typing", state === "typing…");
}

function retry(sid) {
  const message = received.get(sid);
  if (!message) {
    outbox.retry(sid);
    return;
  }
  received.set(sid, { ...message, status: "sending", error_message: null });
  const { place, message_type: messageType } = message;
  outbox.add(message.body, { sid, place, messageType, quoted: quotes.get(sid) });
}

function stopTyping() {
  clearTimeout(typingTimer);
  typingTimer = 0;
}

// Live events

function listen() {
  if (document.hidden || events) return;
  events = new EventSource(`phone/events?with=${encodeURIComponent(address)}`);
  events.addEventListener("hello", ({ data }) => {
    const hello = JSON.parse(data);
    if (epoch !== null && epoch !== hello.epoch) received.clear();
    epoch = hello.epoch;
    clearTimeout(goneTimer);
    goneTimer = 0;
    online = true;
    away.hidden = true;
  });
  events.addEventListener("message", ({ data }) => take(JSON.parse(data)));
  events.addEventListener("ready", () => {
    draw({ animate: loaded });
    loaded = true;
    scroller.setAttribute("aria-busy", "false");
    outbox.flush();
  });
  events.addEventListener("typing", ({ data }) => {
    stopTyping();
    const { seconds } = JSON.parse(data);
    if (seconds > 0) typingTimer = setTimeout(() => (stopTyping(), change()), seconds * 1000);
    change();
  });
  events.addEventListener("error", () => {
    goneTimer ||= setTimeout(showAway, GONE_MILLISECONDS);
    if (events.readyState !== EventSource.CLOSED) return;
    stopListening();
    showAway();
    setTimeout(listen, GONE_MILLISECONDS);
  });
}

// A browser has six connections for all its tabs: one that nobody looks at holds none.
function stopListening() {
  events?.close();
  events = null;
  clearTimeout(goneTimer);
  goneTimer = 0;
}

function showAway() {
  online = false;
  stopTyping();
  away.textContent = "The stand-in does not answer. Reconnecting; what you write is kept and sent then.";
  away.hidden = false;
  draw({ animate: loaded });
}

// Scrolling

function isAtBottom() {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_BOTTOM;
}

function toBottom() {
  scroller.scrollTop = scroller.scrollHeight;
  follows = true;
  unseen = 0;
}

function followGrowth() {
  if (follows) toBottom();
}

// Only who scrolls up leaves the newest message; a picture that has just been loaded does not.
function noteScroll() {
  if (isAtBottom()) follows = true;
  else if (scroller.scrollTop < lastTop) follows = false;
  lastTop = scroller.scrollTop;
  showJump();
}

function showJump() {
  if (follows) unseen = 0;
  element("jump").hidden = follows;
  element("unseen").hidden = unseen === 0;
  element("unseen").textContent = String(unseen);
}

// Composer

function say(text) {
  const body = text.trim();
  if (!body || body.length > LIMIT) return;
  send(body);
}

function send(body, more = {}) {
  const sid = outbox.add(body, { ...more, quoted: quoted?.sid });
  if (quoted) quotes.set(sid, quoted.sid);
  quote(null);
  toBottom();
}

function quote(message) {
  quoted = message;
  element("quoting").hidden = !message;
  element("quoted").textContent = message ? inShort(message) : "";
  if (message) draft.focus();
}

function fitDraft() {
  draft.style.height = "auto";
  draft.style.height = `${draft.scrollHeight}px`;
  const length = draft.value.trim().length;
  const count = element("count");
  count.hidden = length < LIMIT - 200;
  count.classList.toggle("over", length > LIMIT);
  count.textContent = length > LIMIT ? `${length - LIMIT} characters too long for one message` : `${length} of ${LIMIT}`;
  element("send").disabled = length > LIMIT;
  element("send").hidden = length === 0;
  element("record").hidden = length > 0;
  tellTrouble("");
  localStorage.setItem(`draft ${address}`, draft.value);
}

function submit() {
  if (element("send").disabled) return;
  say(takeDraft());
  draft.focus();
}

function takeDraft() {
  const text = draft.value.trim();
  draft.value = "";
  fitDraft();
  return text;
}

function tellTrouble(sentence) {
  element("trouble").textContent = sentence;
  element("trouble").hidden = !sentence;
}

function tellTime() {
  element("clock").textContent = timeOfDay(new Date()).replace(/[^\d:.]/g, "");
}

element("chips").append(
  ...FIRST_WISHES.map((wish) => {
    const row = document.createElement("li");
    const chip = document.createElement("button");
    chip.type = "button";
    chip.textContent = wish;
    chip.addEventListener("click", () => (say(wish), draft.focus({ preventScroll: true })));
    row.append(chip);
    return row;
  }),
);
element("composer").addEventListener("submit", (event) => (event.preventDefault(), submit()));
element("jump").addEventListener("click", () => (toBottom(), showJump(), draft.focus()));
scroller.addEventListener("scroll", noteScroll, { passive: true });
const growth = new ResizeObserver(followGrowth);
growth.observe(scroller);
growth.observe(element("messages"));
new Attachments({ onSend: send, takeDraft });
new Voice({ onSend: send, onTrouble: tellTrouble });
element("unquote").addEventListener("click", () => (quote(null), draft.focus()));
draft.addEventListener("input", fitDraft);
draft.addEventListener("keydown", (event) => {
  const enter = event.key === "Enter" && !event.shiftKey && !event.isComposing;
  if (!enter || matchMedia("(pointer: coarse)").matches) return;
  event.preventDefault();
  submit();
});

draft.value = localStorage.getItem(`draft ${address}`) ?? "";
fitDraft();
tellTime();
setInterval(tellTime, 10_000);
if (!matchMedia("(pointer: coarse)").matches) draft.focus();
document.addEventListener("visibilitychange", () => (document.hidden ? stopListening() : listen()));
listen();
