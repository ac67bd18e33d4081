// The voice note that is being recorded: it takes the place of the draft until it is sent or not.

import { attachmentOf } from "./files.js";
import { MicrophoneTrouble, record } from "./microphone.js";
import { minutes } from "./player.js";

const LEAST_SECONDS = 0.5; // shorter is a slip of the finger
const element = (id) => document.getElementById(id);

export class Voice {
  #onSend;
  #onTrouble;
  #recording = null;
  #asking = false;
  #frame = 0;

  constructor({ onSend, onTrouble }) {
    this.#onSend = onSend;
    this.#onTrouble = onTrouble;
    element("record").addEventListener("click", () => this.#begin());
    element("discard").addEventListener("click", () => this.#discard());
    element("send-recording").addEventListener("click", () => this.#send());
    element("recording").addEventListener("keydown", ({ key }) => key === "Escape" && this.#discard());
  }

  async #begin() {
    if (this.#asking) return;
    this.#asking = true;
    this.#onTrouble("");
    try {
      this.#recording = await record();
      this.#show(true);
      element("send-recording").focus();
      this.#tick();
    } catch (error) {
      if (!(error instanceof MicrophoneTrouble)) throw error;
      this.#onTrouble(error.message);
    } finally {
      this.#asking = false;
    }
  }

  async #send() {
    const recording = this.#end();
    if (recording.seconds < LEAST_SECONDS) {
      recording.discard();
      this.#onTrouble("That was too short. Speak, then send it.");
      return;
    }
    const attachment = await attachmentOf(await recording.stop());
    this.#onSend("", { attachment, messageType: "audio" });
  }

  #discard() {
    this.#end().discard();
  }

  #end() {
    const recording = this.#recording;
    this.#recording = null;
    cancelAnimationFrame(this.#frame);
    this.#show(false);
    element("record").focus();
    return recording;
  }

  #show(isRecording) {
    element("writing").hidden = isRecording;
    element("recording").hidden = !isRecording;
    element("recording-told").textContent = isRecording ? "Recording a voice note" : "";
  }

  #tick() {
    element("elapsed").textContent = minutes(Math.floor(this.#recording.seconds));
    element("loudness").style.setProperty("--loud", this.#recording.loudness.toFixed(2));
    this.#frame = requestAnimationFrame(() => this.#tick());
  }
}
