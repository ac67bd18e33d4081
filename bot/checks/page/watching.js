// Runs before the app's own scripts and notes whatever a click can bring about, seen or unseen, and
// whether a press has reached the control that it was meant for. `__textcrew` also holds what other
// scripts share: which controls there are, how texts are compared, and what a field says.
(() => {
  const seen = {
    effects: 0,
    aimed: null, // the control that is about to be pressed
    pending: 0, // requests that have no answer yet
    reached: false, // whether the press has arrived there
    known: new WeakSet(), // the controls that were there before something was entered
    controls: () => [
      ...document.querySelectorAll(
        'button, [role="button"], input[type="button"], input[type="submit"], a[href="#"], a[href=""]',
      ),
    ],
    typed: new WeakMap(), // by field, what a step has typed
    // As a reader compares: what is not seen (soft hyphens, marks of direction) counts for nothing,
    // and neither does whether letters are capital, of which "ß" becomes two.
    plain: (words) =>
      words
        .replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, "")
        .replace(/\s+/g, " ")
        .trim()
        .toUpperCase(),
    roots: [document], // of the page, and of components that draw into a shadow
    fields: () =>
      seen.roots.flatMap((root) => [...root.querySelectorAll("input, textarea, select")]),
    // What can be read, apart from fields.
    words: () => {
      const drawn = seen.roots
        .filter((root) => root !== document && root.isConnected)
        .flatMap((root) => [...root.children])
        .filter((part) => part.checkVisibility?.());
      return [document.body, ...drawn].map((part) => part?.innerText ?? "").join("\n");
    },
    isField: (part) => ["INPUT", "TEXTAREA", "SELECT"].includes(part.tagName),
    fieldText: (field) => {
      if (field.tagName === "SELECT") return field.selectedOptions[0]?.text ?? "";
      return field.type === "hidden" ? "" : field.value;
    },
  };
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
    seen.roots.push(root);
    watch(root);
    return root;
  };

  const wrap = (kind, ...names) => {
    const owner = globalThis[kind]?.prototype;
    for (const name of names) {
      const original = owner?.[name];
      if (typeof original !== "function") continue;
      owner[name] = function (...given) {
        note();
        return original.apply(this, given);
      };
    }
  };
  const wrapGlobal = (...names) => {
    for (const name of names) {
      const original = globalThis[name];
      if (typeof original !== "function") continue;
      globalThis[name] = function (...given) {
        note();
        return original.apply(this, given);
      };
    }
  };
  const wrapSetter = (kind, ...names) => {
    const owner = globalThis[kind]?.prototype;
    for (const name of names) {
      const original = owner && Object.getOwnPropertyDescriptor(owner, name);
      if (!original?.set) continue;
      Object.defineProperty(owner, name, {
        ...original,
        set(value) {
          note();
          original.set.call(this, value);
        },
      });
    }
  };

  // What is kept or sent.
  wrap("Storage", "setItem", "removeItem", "clear");
  wrap("IDBObjectStore", "add", "put", "delete", "clear");
  wrapSetter("Document", "cookie", "title");
  wrap("XMLHttpRequest", "send");
  wrap("Navigator", "sendBeacon");
  for (const kind of ["Worker", "BroadcastChannel", "MessagePort"]) wrap(kind, "postMessage");
  wrapGlobal("postMessage");
  const get = globalThis.fetch;
  globalThis.fetch = (...given) => {
    note();
    seen.pending += 1;
    const answer = get.apply(globalThis, given);
    const over = () => (seen.pending -= 1);
    answer.then(over, over);
    return answer;
  };
  // Where the page goes, and what it shows.
  globalThis.navigation?.addEventListener("navigate", ({ destination }) => {
    if (!destination.url.startsWith("http")) note(); // a mail, a call: of that no page shows anything
  });
  wrap("History", "pushState", "replaceState", "back", "forward", "go");
  wrap("Element", "scrollIntoView", "scrollTo", "scrollBy", "scroll", "animate");
  wrapSetter("Element", "scrollTop", "scrollLeft");
  wrapGlobal("open", "alert", "confirm", "prompt", "scrollTo", "scrollBy", "scroll");
  wrap("CSSStyleSheet", "insertRule", "deleteRule", "replace", "replaceSync");
  wrapSetter("Document", "adoptedStyleSheets");
  wrap("Element", "requestFullscreen", "webkitRequestFullscreen");
  wrap("Document", "exitFullscreen", "webkitExitFullscreen", "exitPictureInPicture");
  wrap("HTMLVideoElement", "requestPictureInPicture");
  wrap("DocumentPictureInPicture", "requestWindow");
  wrap(
    "CanvasRenderingContext2D",
    "clearRect",
    "fillRect",
    "fill",
    "stroke",
    "strokeRect",
    "fillText",
    "strokeText",
    "drawImage",
    "putImageData",
    "reset",
  );
  wrap("WebGLRenderingContext", "clear", "drawArrays", "drawElements");
  wrap("WebGL2RenderingContext", "clear", "drawArrays", "drawElements");
  // What is selected, copied, printed, saved, shared or asked of the device.
  wrap("Document", "execCommand");
  wrap("Selection", "addRange", "removeAllRanges", "empty", "selectAllChildren", "setBaseAndExtent");
  wrap("HTMLInputElement", "select", "setSelectionRange", "setRangeText", "showPicker");
  wrap("HTMLTextAreaElement", "select", "setSelectionRange", "setRangeText");
  wrap("HTMLSelectElement", "showPicker");
  wrap("Clipboard", "writeText", "write", "readText", "read");
  wrapGlobal("print", "showOpenFilePicker", "showSaveFilePicker", "showDirectoryPicker");
  wrap("Navigator", "vibrate", "share", "requestMIDIAccess");
  wrap("Geolocation", "getCurrentPosition", "watchPosition", "clearWatch");
  wrap("MediaDevices", "getUserMedia", "getDisplayMedia");
  wrap("WakeLock", "request");
  wrap("WakeLockSentinel", "release");
  wrap("EyeDropper", "open");
  wrap("ScreenOrientation", "lock", "unlock");
  const askToNotify = globalThis.Notification?.requestPermission;
  if (askToNotify) {
    Notification.requestPermission = (...given) => {
      note();
      return askToNotify.apply(Notification, given);
    };
  }
  const click = HTMLElement.prototype.click;
  HTMLElement.prototype.click = function () {
    if (this.matches('input[type="file"], a[download]')) note();
    click.call(this);
  };
  // What can be heard.
  wrap("HTMLMediaElement", "play", "pause", "load");
  wrapSetter("HTMLMediaElement", "muted", "volume", "currentTime", "playbackRate", "src", "srcObject");
  wrap("BaseAudioContext", "createOscillator", "createBufferSource", "decodeAudioData");
  wrap("AudioContext", "resume", "suspend", "close");
  wrap("AudioScheduledSourceNode", "start", "stop");
  wrap("AudioBufferSourceNode", "start");
  wrap("AudioParam", "setValueAtTime", "linearRampToValueAtTime", "setTargetAtTime", "cancelScheduledValues");
  wrapSetter("AudioParam", "value");
  wrap("SpeechSynthesis", "speak", "cancel", "pause", "resume");
  wrap("SpeechRecognition", "start", "stop");
  wrap("webkitSpeechRecognition", "start", "stop");
  wrap("MediaRecorder", "start", "stop", "pause", "resume");

  for (const type of ["invalid", "play", "toggle", "close", "volumechange", "fullscreenchange"]) {
    addEventListener(type, note, true);
  }
  for (const type of ["pointerdown", "click"]) {
    const look = (event) => {
      if (event.isTrusted && seen.aimed?.contains(event.target)) seen.reached = true;
    };
    addEventListener(type, look, true);
  }
})();
