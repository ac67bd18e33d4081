// Draws the conversation: one list item a message, kept and updated in place.

import { withAlbums } from "./albums.js";
import { linkTo, previewOf } from "./cards.js";
import { contentsOf, inShort } from "./contents.js";
import { firstLink, formatted } from "./formatting.js";

const GROUP_MILLISECONDS = 5 * 60 * 1000;
const BARE = new Set(["sticker"]); // shown without a bubble
const NAMED_IN_CARD = new Set(["document"]);
const TICKS = { waiting: "waiting", sending: "sent", delivered: "delivered", read: "delivered", failed: "failed" };
const SPOKEN = { waiting: "waiting to be sent", sending: "sent", delivered: "delivered", read: "read", failed: "not delivered" };

const clock = new Intl.DateTimeFormat([], { hour: "numeric", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat([], { weekday: "long", day: "numeric", month: "long" });

export function timeOfDay(moment) {
  return clock.format(moment);
}

export class Bubbles {
  #list;
  #onRetry;
  #onGrowth;
  #onTap;
  #onReply;
  #items = new Map();
  #typing = document.getElementById("typing-template").content.firstElementChild.cloneNode(true);

  constructor(list, { onRetry, onGrowth, onTap, onReply }) {
    this.#list = list;
    this.#onRetry = onRetry;
    this.#onGrowth = onGrowth;
    this.#onTap = onTap;
    this.#onReply = onReply;
  }

  // Show these messages in this order, then the dots while the bot is typing.
  draw(messages, { typing, animate }) {
    const rows = [];
    withAlbums(messages).forEach((message, index, shown) => {
      const before = shown[index - 1];
      const newDay = !before || day(before) !== day(message);
      if (newDay) rows.push(daySeparator(message));
      const item = this.#item(message, animate);
      item.classList.toggle("first", newDay || !together(before, message));
      const after = shown[index + 1];
      item.classList.toggle("last", !after || day(after) !== day(message) || !together(message, after));
      rows.push(item);
    });
    if (typing) {
      this.#typing.classList.toggle("first", !rows.at(-1)?.classList.contains("bot"));
      rows.push(this.#typing);
    }
    this.#place(rows);
  }

  #item(message, animate) {
    const key = message.sids.join();
    let item = this.#items.get(key);
    if (!item) {
      item = this.#make(message);
      item.classList.toggle("new", animate && message.sids.length === 1);
      this.#items.set(key, item);
    }
    item.querySelectorAll(".file").forEach((link, index) => linkTo(link, message.media[index]));
    showStatus(item, message);
    return item;
  }

  #make(message) {
    const item = document.getElementById("message-template").content.firstElementChild.cloneNode(true);
    const own = message.direction === "inbound";
    const at = new Date(message.at);
    item.classList.add(own ? "own" : "bot");
    item.dataset.sid = message.sid;
    item.querySelector(".author").textContent = own ? "You: " : "textcrew: ";
    const text = item.querySelector(".text");
    const isEmpty = !message.media.length && !message.place; // as of a file that was too large
    if (isEmpty) text.append(formatted(inShort(message)));
    else if (!NAMED_IN_CARD.has(message.message_type)) text.append(formatted(message.body));
    text.hidden = !text.textContent;
    item.classList.toggle("bare", BARE.has(message.message_type));
    item.querySelector("time").textContent = timeOfDay(at);
    item.querySelector("time").dateTime = at.toISOString();
    item.querySelector(".ticks").hidden = !own;
    item.querySelector(".retry").addEventListener("click", () => message.sids.forEach((sid) => this.#onRetry(sid)));
    item.querySelector(".reply").addEventListener("click", () => this.#onReply(message));
    const contents = item.querySelector(".contents");
    contents.append(...contentsOf(message, { onGrowth: this.#onGrowth }));
    contents.hidden = !contents.hasChildNodes();
    if (!own && message.interaction) item.append(this.#choices(message));
    else if (contents.hidden) this.#preview(message, contents);
    return item;
  }

  // As in WhatsApp: of the first link in a plain text, and of nothing that can be tapped.
  async #preview({ body }, contents) {
    const url = firstLink(body);
    const card = url && (await previewOf(url));
    if (!card) return;
    contents.append(card);
    contents.hidden = false;
    this.#onGrowth();
  }

  #choices({ sid, interaction: { kind, options } }) {
    const list = document.createElement("ul");
    list.className = `choices ${kind}`;
    list.append(...options.map(({ id, title, description }) => {
      const row = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = title;
      if (description) button.title = description;
      button.addEventListener("click", () => this.#onTap({ kind, id, title, sid }));
      row.append(button);
      return row;
    }));
    return list;
  }

  // Move only what is not in its place, so that nothing is announced or animated twice.
  #place(rows) {
    const kept = new Set(rows);
    for (const child of [...this.#list.children]) if (!kept.has(child)) child.remove();
    rows.forEach((row, index) => {
      const there = this.#list.children[index];
      if (there !== row) this.#list.insertBefore(row, there ?? null);
    });
  }
}

function showStatus(item, { direction, status, error_message: reason, error_code: code }) {
  const own = direction === "inbound";
  const ticks = item.querySelector(".ticks");
  ticks.classList.toggle("read", status === "read");
  ticks.classList.toggle("failed", status === "failed");
  ticks.setAttribute("aria-label", SPOKEN[status] ?? status);
  ticks.querySelector("use").setAttribute("href", `#tick-${TICKS[status] ?? "sent"}`);
  const lost = !own && (status === "undelivered" || status === "failed");
  item.classList.toggle("lost", lost);
  item.querySelector(".problem").hidden = !lost && !reason;
  item.querySelector(".retry").hidden = !own;
  item.querySelector(".reason").textContent = lost
    ? `The bot's message did not arrive (${code ?? status}).`
    : (reason ?? "");
}

const separators = new Map();

function daySeparator(message) {
  const name = day(message);
  if (!separators.has(name)) {
    const row = document.createElement("li");
    row.className = "day";
    separators.set(name, row);
  }
  const row = separators.get(name);
  row.textContent = dayName(new Date(message.at));
  return row;
}

function dayName(date) {
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (date.toDateString() === today.toDateString()) return "Today";
  if (date.toDateString() === yesterday.toDateString()) return "Yesterday";
  return calendar.format(date);
}

function day(message) {
  return new Date(message.at).toDateString();
}

function together(one, other) {
  return one.direction === other.direction && new Date(other.at) - new Date(one.at) < GROUP_MILLISECONDS;
}
