// Plays a voice note: a button, a bar to move on or back with, and the time.

let playing = null; // one at a time

export function player(url, { onGrowth }) {
  const element = document.getElementById("player-template").content.firstElementChild.cloneNode(true);
  const [button, bar, time, sound] = ["button", "input", ".time", "audio"].map((one) => element.querySelector(one));

  function show() {
    const length = Number.isFinite(sound.duration) ? sound.duration : 0;
    const at = Math.min(sound.currentTime, length);
    bar.max = String(length);
    bar.value = String(at);
    bar.setAttribute("aria-valuetext", `${minutes(at)} of ${minutes(length)}`);
    bar.style.setProperty("--played", length ? `${(at / length) * 100}%` : "0%");
    time.textContent = minutes(sound.paused && at === 0 ? length : at);
    element.classList.toggle("playing", !sound.paused);
    button.setAttribute("aria-label", sound.paused ? "Play the voice note" : "Pause the voice note");
    button.querySelector("use").setAttribute("href", sound.paused ? "#play" : "#pause");
  }

  button.addEventListener("click", () => (sound.paused ? sound.play() : sound.pause()));
  bar.addEventListener("input", () => (sound.currentTime = Number(bar.value)));
  sound.addEventListener("play", () => {
    if (playing !== sound) playing?.pause();
    playing = sound;
  });
  sound.addEventListener("ended", () => (sound.currentTime = 0));
  sound.addEventListener("error", () => {
    element.classList.add("broken");
    button.disabled = bar.disabled = true;
    time.textContent = "cannot be played here";
    onGrowth();
  });
  for (const event of ["loadedmetadata", "durationchange", "timeupdate", "play", "pause", "seeked"]) {
    sound.addEventListener(event, show);
  }
  sound.src = url;
  return element;
}

export function minutes(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
