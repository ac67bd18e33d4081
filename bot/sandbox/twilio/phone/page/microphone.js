// Records a voice note. What goes wrong is told in a sentence that the user can act on.

import { oggOf } from "./ogg.js";

const KINDS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
const TROUBLES = {
  NotAllowedError: "This page may not use the microphone. Allow it beside the page's address, then try again.",
  NotFoundError: "There is no microphone here. Connect one, then try again.",
  NotReadableError: "Something else is using the microphone. Close it, then try again.",
};

export class MicrophoneTrouble extends Error {}

// Begins to record. Throws `MicrophoneTrouble`.
export async function record() {
  const kind = KINDS.find((one) => globalThis.MediaRecorder?.isTypeSupported(one));
  if (!navigator.mediaDevices || !kind) {
    throw new MicrophoneTrouble("This browser cannot record here; it may need https, or this machine's own address.");
  }
  try {
    return new Recording(await navigator.mediaDevices.getUserMedia({ audio: true }), kind);
  } catch (error) {
    throw new MicrophoneTrouble(TROUBLES[error.name] ?? "The microphone does not work just now. Try again.");
  }
}

class Recording {
  #stream;
  #recorder;
  #parts = [];
  #began = performance.now();
  #sound = new AudioContext();
  #ear = this.#sound.createAnalyser();

  constructor(stream, kind) {
    this.#stream = stream;
    this.#sound.createMediaStreamSource(stream).connect(this.#ear);
    this.#recorder = new MediaRecorder(stream, { mimeType: kind, audioBitsPerSecond: 24_000 });
    this.#recorder.addEventListener("dataavailable", ({ data }) => this.#parts.push(data));
    this.#recorder.start();
  }

  get seconds() {
    return (performance.now() - this.#began) / 1000;
  }

  // How loud it is now, 0 to 1.
  get loudness() {
    const wave = new Uint8Array(this.#ear.fftSize);
    this.#ear.getByteTimeDomainData(wave);
    return Math.max(...wave.map((sample) => Math.abs(sample - 128))) / 128;
  }

  // Ends it and lets go of the microphone; returns the voice note as a Blob.
  async stop() {
    const ended = new Promise((resolve) => this.#recorder.addEventListener("stop", resolve, { once: true }));
    this.#recorder.stop();
    await ended;
    this.#release();
    const sound = new Blob(this.#parts, { type: this.#recorder.mimeType });
    return sound.type.startsWith("audio/webm") ? oggOf(await sound.arrayBuffer()) : sound;
  }

  discard() {
    this.#recorder.stop();
    this.#release();
  }

  #release() {
    for (const track of this.#stream.getTracks()) track.stop();
    this.#sound.close();
  }
}
