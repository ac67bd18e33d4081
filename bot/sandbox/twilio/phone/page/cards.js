// Cards in the conversation: a document, a place, a contact, the preview of a link.

import { describe, sizeName, textOf, typeName } from "./files.js";

export function documentCard(url, name) {
  const card = made("document-card-template");
  card.download = name;
  linkTo(card, url);
  card.querySelector(".name").textContent = name || "Document";
  const [badge, about] = [card.querySelector(".badge"), card.querySelector(".about")];
  badge.textContent = typeName("", name);
  describe(url).then((known) => {
    const type = typeName(known?.type, name);
    badge.textContent = type;
    badge.dataset.type = type;
    about.textContent = known ? `${type} · ${sizeName(known.bytes)}` : type;
  });
  return card;
}

// Where a file opens; not while it is only here, since browsers follow no `data:` address.
export function linkTo(link, url) {
  if (!url.startsWith("data:")) link.href = url;
}

export function placeCard({ latitude, longitude, label, address }) {
  const card = made("place-card-template");
  const at = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  card.href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  card.querySelector(".name").textContent = label || address || "A place";
  card.querySelector(".about").textContent = label && address ? address : at;
  return card;
}

export function contactCard(url, { onGrowth }) {
  const card = made("contact-card-template");
  textOf(url).then((text) => {
    const { name, phone, company } = vCardIn(text);
    card.querySelector(".name").textContent = name || "Contact";
    card.querySelector(".about").textContent = [phone, company].filter(Boolean).join(" · ");
    card.querySelector(".badge").textContent = (name || "?").trim()[0].toUpperCase();
    onGrowth();
  });
  return card;
}

// Asks the stand-in, which fetches pages of our own apps only; null where there is nothing to show.
const previews = new Map();

export async function previewOf(url) {
  if (!previews.has(url)) {
    const asked = fetch(`phone/preview?url=${encodeURIComponent(url)}`);
    previews.set(url, asked.then((answer) => (answer.ok ? answer.json() : null), () => null));
  }
  const found = await previews.get(url);
  if (!found) return null;
  const card = made("preview-card-template");
  card.href = url;
  card.querySelector("img").hidden = !found.picture;
  if (found.picture) card.querySelector("img").src = found.picture;
  card.querySelector(".name").textContent = found.title;
  card.querySelector(".about").textContent = found.description;
  card.querySelector(".about").hidden = !found.description;
  card.querySelector(".host").textContent = found.host;
  return card;
}

// A contact as other phones read it (RFC 2426).
export function vCard({ name, phone, company }) {
  const lines = ["BEGIN:VCARD", "VERSION:3.0", `N:${escaped(name)};;;;`, `FN:${escaped(name)}`, `TEL;TYPE=CELL:${escaped(phone)}`];
  if (company) lines.push(`ORG:${escaped(company)}`);
  return [...lines, "END:VCARD", ""].join("\r\n");
}

function escaped(text) {
  return text.trim().replace(/[\\;,]/g, "\\$&").replace(/\s+/g, " ");
}

function vCardIn(text) {
  const lines = text.replace(/\r?\n[ \t]/g, "").split(/\r?\n/);
  const value = (name) => {
    const line = lines.find((one) => new RegExp(`^(\\w+\\.)?${name}[;:]`, "i").test(one)) ?? "";
    return line.slice(line.indexOf(":") + 1).replace(/\\([\\;,])/g, "$1").trim();
  };
  return { name: value("FN"), phone: value("TEL"), company: value("ORG").replace(/;+$/, "") };
}

function made(template) {
  return document.getElementById(template).content.firstElementChild.cloneNode(true);
}
