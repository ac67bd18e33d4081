// Runs before the app's own scripts and notes whatever a click can bring about, seen or unseen.
(() => {
  const seen = { effects: 0 };
  Object.defineProperty(globalThis, "__textcrew", { value: seen });
  const note = () => (seen.effects += 1);

  const observer = new MutationObserver(note);
  const watch = (root) =>
    observer.observe(root, {
      attributes: true,
      characterData: true,
      childList: true,
      subtree: true,
    });
  watch(document);
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (...given) {
    const root = attach.apply(this, given);
    watch(root);
    return root;
  };

  const wrap = (owner, ...names) => {
    for (const name of names) {
      const original = owner?.[name];
      if (typeof original !== "function") continue;
      owner[name] = function (...given) {
        note();
        return original.apply(this, given);
      };
    }
  };
  wrap(globalThis.Storage?.prototype, "setItem", "removeItem", "clear");
  wrap(globalThis.IDBObjectStore?.prototype, "add", "put", "delete", "clear");
  wrap(globalThis.History?.prototype, "pushState", "replaceState", "back", "forward", "go");
  wrap(globalThis.Clipboard?.prototype, "writeText", "write", "readText", "read");
  wrap(globalThis.Navigator?.prototype, "vibrate", "share", "sendBeacon");
  wrap(globalThis.HTMLMediaElement?.prototype, "play", "pause", "load");
  wrap(globalThis.BaseAudioContext?.prototype, "createOscillator", "createBufferSource");
  wrap(globalThis.SpeechSynthesis?.prototype, "speak", "cancel");
  wrap(globalThis.Element?.prototype, "scrollIntoView", "scrollTo", "requestFullscreen", "animate");
  wrap(
    globalThis.CanvasRenderingContext2D?.prototype,
    "clearRect",
    "fillRect",
    "fill",
    "stroke",
    "strokeRect",
    "fillText",
    "drawImage",
    "putImageData",
  );
  wrap(globalThis.WebGLRenderingContext?.prototype, "clear", "drawArrays", "drawElements");
  wrap(globalThis.WebGL2RenderingContext?.prototype, "clear", "drawArrays", "drawElements");
  wrap(globalThis, "fetch", "open", "print", "alert", "confirm", "prompt", "scrollTo", "scrollBy");

  for (const type of ["invalid", "play", "toggle", "close"]) {
    addEventListener(type, note, true);
  }
})();
