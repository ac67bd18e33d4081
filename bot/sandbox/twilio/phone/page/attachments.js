// What can be sent beside words: photos, a document, a place, a contact. Each is chosen in a sheet
// over the phone and handed to `onSend(body, more)`, as `Outbox.add` takes it.

import { vCard } from "./cards.js";
import { attachmentOf, addressOf } from "./files.js";

const PHOTOS = 30; // as many as WhatsApp sends at once
const NOWHERE = {
  1: "This page may not know where you are. Allow it beside the page's address, or fill in the place.",
  2: "This device cannot tell where it is. Fill in the place.",
  3: "This device took too long to tell where it is. Try again, or fill in the place.",
};

const element = (id) => document.getElementById(id);

export class Attachments {
  #onSend;
  #takeDraft;
  #photos = []; // attachments of the album, in order

  // `takeDraft` returns the words written so far and clears them: they become an album's caption.
  constructor({ onSend, takeDraft }) {
    this.#onSend = onSend;
    this.#takeDraft = takeDraft;
    element("attachments").addEventListener("beforetoggle", () => besidePhone(element("attachments")));
    for (const button of element("attachments").querySelectorAll("button")) {
      button.addEventListener("click", () => (element("attachments").hidePopover(), this.#open(button.value)));
    }
    for (const button of document.querySelectorAll("dialog.sheet .close")) {
      button.addEventListener("click", () => button.closest("dialog").close());
    }
    element("photos").addEventListener("change", ({ target }) => this.#choosePhotos(target));
    element("file").addEventListener("change", ({ target }) => this.#sendFile(target));
    element("album-form").addEventListener("submit", (event) => this.#sendAlbum(event));
    element("place-form").addEventListener("submit", (event) => this.#sendPlace(event));
    element("contact-form").addEventListener("submit", (event) => this.#sendContact(event));
    element("here").addEventListener("click", findHere);
  }

  #open(what) {
    if (what === "photos" || what === "file") {
      element(what).click();
      return;
    }
    element("nowhere").hidden = true;
    show(element(`${what}-sheet`));
  }

  async #choosePhotos(input) {
    const chosen = await Promise.all([...input.files].slice(0, PHOTOS).map(attachmentOf));
    input.value = "";
    if (chosen.length === 0) return;
    this.#photos = chosen;
    element("caption").value = this.#takeDraft();
    this.#drawAlbum();
    show(element("album-sheet"));
  }

  #drawAlbum() {
    const many = this.#photos.length;
    element("album-title").textContent = many === 1 ? "One photo" : `${many} photos`;
    element("album").replaceChildren(
      ...this.#photos.map((photo, index) => {
        const row = element("chosen-photo-template").content.firstElementChild.cloneNode(true);
        row.querySelector("img").src = addressOf(photo);
        row.querySelector("img").alt = `Photo ${index + 1}`;
        const remove = row.querySelector("button");
        remove.setAttribute("aria-label", `Leave out photo ${index + 1}`);
        remove.addEventListener("click", () => this.#leaveOut(photo));
        return row;
      }),
    );
  }

  #leaveOut(photo) {
    this.#photos = this.#photos.filter((one) => one !== photo);
    if (this.#photos.length === 0) element("album-sheet").close();
    else (this.#drawAlbum(), element("caption").focus());
  }

  // WhatsApp sends an album as a message a photo; the caption goes with the first.
  #sendAlbum(event) {
    event.preventDefault();
    element("album-sheet").close();
    this.#photos.forEach((attachment, index) => {
      this.#onSend(index === 0 ? element("caption").value.trim() : "", { attachment, messageType: "image" });
    });
    this.#photos = [];
  }

  async #sendFile(input) {
    const [file] = input.files;
    if (!file) return;
    const attachment = await attachmentOf(file);
    input.value = "";
    // WhatsApp shows a document with its name, a picture or a video with what is written to it.
    const family = attachment.content_type.split("/")[0];
    const isSeen = ["image", "video"].includes(family);
    const messageType = isSeen || family === "audio" ? family : "document";
    this.#onSend(isSeen ? this.#takeDraft() : file.name, { attachment, messageType });
  }

  #sendPlace(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const told = (name) => form.get(name).trim();
    const place = {
      latitude: Number(told("latitude")),
      longitude: Number(told("longitude")),
      label: told("label"),
      address: told("address"),
    };
    element("place-sheet").close();
    event.target.reset();
    this.#onSend("", { place, messageType: "location" });
  }

  async #sendContact(event) {
    event.preventDefault();
    const card = vCard(Object.fromEntries(new FormData(event.target)));
    element("contact-sheet").close();
    event.target.reset();
    const attachment = await attachmentOf(new Blob([card], { type: "text/vcard" }));
    this.#onSend("", { attachment, messageType: "contacts" });
  }
}

function findHere() {
  const tell = (sentence) => {
    element("nowhere").textContent = sentence;
    element("nowhere").hidden = !sentence;
  };
  tell("");
  if (!navigator.geolocation) return tell(NOWHERE[2]);
  element("here").disabled = true;
  const done = () => (element("here").disabled = false);
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      done();
      element("latitude").value = coords.latitude.toFixed(6);
      element("longitude").value = coords.longitude.toFixed(6);
    },
    ({ code }) => (done(), tell(NOWHERE[code])),
    { enableHighAccuracy: true, timeout: 10_000 },
  );
}

function show(sheet) {
  besidePhone(sheet);
  sheet.showModal();
}

// What is above everything knows nothing of the phone's place: it is told.
function besidePhone(layer) {
  const screen = document.querySelector(".screen").getBoundingClientRect();
  const composer = element("composer").getBoundingClientRect();
  layer.style.setProperty("--phone-left", `${screen.left}px`);
  layer.style.setProperty("--phone-width", `${screen.width}px`);
  layer.style.setProperty("--phone-height", `${screen.height}px`);
  layer.style.setProperty("--below-screen", `${innerHeight - screen.bottom}px`);
  layer.style.setProperty("--below-composer", `${innerHeight - composer.top}px`);
}
