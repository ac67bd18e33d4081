// Keeps what the user said until the stand-in has it, also over a reload. Sends in order.

import { addressOf } from "./files.js";

const AGAIN_MILLISECONDS = 3000;

export class Outbox {
  #address;
  #profileName;
  #onChange;
  #waiting = new Map();
  #running = false;
  #timer = 0;

  constructor({ address, profileName, onChange }) {
    this.#address = address;
    this.#profileName = profileName;
    this.#onChange = onChange;
    const kept = JSON.parse(localStorage.getItem(this.#key) ?? "[]");
    for (const message of kept) {
      const status = message.status === "failed" ? "failed" : "waiting";
      this.#waiting.set(message.sid, { ...message, status });
    }
  }

  // What has not arrived at the stand-in, oldest first.
  get messages() {
    return [...this.#waiting.values()];
  }

  // `tapped` is the button or item whose title the body is, `attachment` a file in base64, `place`
  // where something is, `quoted` the sid of the message that this one replies to; `messageType` is
  // what WhatsApp calls it.
  add(body, { tapped = null, attachment = null, place = null, quoted = null, messageType = "text", sid = newSid(attachment ? "MM" : "SM") } = {}) {
    const at = new Date().toISOString();
    const media = attachment ? [addressOf(attachment)] : [];
    const shown = { sid, body, at, media, place, direction: "inbound", message_type: messageType, status: "waiting" };
    this.#waiting.set(sid, { ...shown, tapped, attachment, quoted });
    this.#keep();
    this.flush();
    return sid;
  }

  retry(sid) {
    const message = this.#waiting.get(sid);
    if (message) Object.assign(message, { status: "waiting", error_message: null });
    this.#keep();
    this.flush();
  }

  // Forget a message that the live events show: the stand-in has it.
  arrived(sid) {
    if (this.#waiting.delete(sid)) this.#keep();
  }

  async flush() {
    if (this.#running) return;
    this.#running = true;
    clearTimeout(this.#timer);
    try {
      let next;
      while ((next = this.messages.find((message) => message.status === "waiting"))) {
        await this.#send(next);
      }
    } catch {
      // The stand-in is away: everything stays where it is and is tried again.
      this.#timer = setTimeout(() => this.flush(), AGAIN_MILLISECONDS);
    } finally {
      this.#running = false;
    }
  }

  async #send({ sid, body, tapped, attachment, place, quoted }) {
    const answer = await fetch("phone/messages", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        from: this.#address,
        profile_name: this.#profileName,
        body,
        message_sid: sid,
        tapped,
        attachment,
        location: place,
        quoted,
      }),
    });
    if (answer.status >= 500) throw new Error(`HTTP ${answer.status}`);
    const message = this.#waiting.get(sid);
    if (!message) return;
    const problem = answer.ok ? null : (await answer.json()).message;
    Object.assign(message, { status: problem ? "failed" : "sending", error_message: problem });
    this.#keep();
  }

  #keep() {
    // Files would soon fill what a browser keeps: they are sent now or not at all.
    const kept = this.messages.filter(({ attachment }) => !attachment);
    localStorage.setItem(this.#key, JSON.stringify(kept));
    this.#onChange();
  }

  get #key() {
    return `unsent ${this.#address}`;
  }
}

function newSid(prefix) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return prefix + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
