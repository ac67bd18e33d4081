// What a message brings beside words: photos, a sticker, a voice note, a document, a place, a contact.

import { contactCard, documentCard, linkTo, placeCard } from "./cards.js";
import { player } from "./player.js";

const ALBUM_SHOWN = 4;
const NAMES = {
  image: "Photo",
  sticker: "Sticker",
  audio: "Voice note",
  video: "Video",
  document: "Document",
  location: "Place",
  contacts: "Contact",
};

// A message in a few words, as where it is replied to.
export function inShort({ body, message_type: type }) {
  return body || NAMES[type] || "Message";
}

// The elements for it; a document's name is in its card and not said once more.
export function contentsOf(message, { onGrowth }) {
  const { message_type: type, media, body, place } = message;
  switch (type) {
    case "location":
      return place ? [placeCard(place)] : [];
    case "sticker":
      return media.map((url) => picture(url, { name: "Sticker", onGrowth }));
    case "audio":
      return media.map((url) => player(url, { onGrowth }));
    case "video":
      return media.map(film);
    case "contacts":
      return media.map((url) => contactCard(url, { onGrowth }));
    case "document":
      return media.map((url) => documentCard(url, body));
    default:
      return media.length > 1 ? [album(media, onGrowth)] : media.map((url) => photo(url, onGrowth));
  }
}

function album(media, onGrowth) {
  const grid = document.createElement("div");
  grid.className = "album";
  const photos = media.map((url) => photo(url, onGrowth));
  grid.append(...photos);
  if (photos.length > ALBUM_SHOWN) {
    const hidden = photos.slice(ALBUM_SHOWN);
    for (const one of hidden) one.hidden = true;
    const more = document.createElement("button");
    more.type = "button";
    more.className = "more";
    more.textContent = `Show ${hidden.length} more`;
    more.addEventListener("click", () => {
      for (const one of hidden) one.hidden = false;
      hidden[0].focus();
      more.remove();
      onGrowth();
    });
    grid.append(more);
  }
  return grid;
}

function photo(url, onGrowth) {
  const link = document.createElement("a");
  Object.assign(link, { className: "file", target: "_blank", rel: "noopener noreferrer" });
  linkTo(link, url);
  const image = picture(url, { name: "Picture, opens in a new tab", onGrowth });
  image.addEventListener("error", () => link.replaceWith(documentCard(url, nameIn(url))));
  link.append(image);
  return link;
}

function picture(url, { name, onGrowth }) {
  const image = document.createElement("img");
  image.alt = name;
  image.addEventListener("load", onGrowth);
  image.src = url;
  return image;
}

function film(url) {
  return Object.assign(document.createElement("video"), { src: url, controls: true, preload: "metadata" });
}

function nameIn(url) {
  return url.startsWith("http") ? url : "";
}
