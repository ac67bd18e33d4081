// What the console's pages do beyond what the server draws: times in the reader's zone, lists that
// follow what happens, and keys. Without it each page is complete as of its load.
"use strict";

const EVERY = Number(document.body.dataset.live) * 1000;
const SLOWEST = 60_000; // milliseconds between two attempts while the server is away
const sign = document.getElementById("live");
const zone = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
});

function tellTimes(within) {
  for (const time of within.querySelectorAll("time[datetime]")) {
    time.title = time.textContent;
    time.textContent = zone.format(new Date(time.dateTime));
  }
}

// The page itself is asked again, and of its parts those that have changed are put in; the one that
// the reader is in, or points at a control of, stays as it is until they leave it.
async function follow() {
  const answer = await fetch(location.href, { headers: { "X-Follows": "1", Accept: "text/html" } });
  if (answer.redirected || answer.status === 404) location.reload(); // logged out, or erased
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  tellTimes(fresh);
  for (const part of fresh.querySelectorAll("[data-part], #alert-count")) {
    const shown = document.getElementById(part.id);
    if (shown && shown.outerHTML !== part.outerHTML && !isInUse(shown)) {
      keepScroll(shown);
      if (shown.tagName === part.tagName) shown.replaceChildren(...part.childNodes);
      else shown.replaceWith(part);
    }
  }
  return fresh.body.dataset.live;
}

function isInUse(shown) {
  return shown.contains(document.activeElement) || shown.querySelector("a:hover, button:hover");
}

function keepScroll(shown) {
  const places = [...shown.querySelectorAll(".scroll")].map((one) => [one.scrollLeft, one.scrollTop]);
  requestAnimationFrame(() => {
    for (const [index, one] of document.getElementById(shown.id).querySelectorAll(".scroll").entries()) {
      if (places[index]) [one.scrollLeft, one.scrollTop] = places[index];
    }
  });
}

function tellLive(words) {
  sign.hidden = false;
  sign.className = words === "live" ? "state is-running" : "state is-bad";
  sign.lastElementChild.textContent = words;
}

function live() {
  let wait = EVERY;
  let lostAt = null;
  const turn = async () => {
    if (!document.hidden) {
      try {
        const goesOn = await follow();
        [wait, lostAt] = [EVERY, null];
        if (!goesOn) {
          sign.hidden = true;
          return;
        }
        tellLive("live");
      } catch {
        lostAt ??= new Date();
        wait = Math.min(wait * 2, SLOWEST);
        tellLive(`not live since ${lostAt.toLocaleTimeString()}`);
      }
    }
    setTimeout(turn, wait);
  };
  tellLive("live");
  setTimeout(turn, wait);
}

function isTyping() {
  return /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
}

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !isTyping()) {
    event.preventDefault();
    document.querySelector(".find input").focus();
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "sql") {
    event.target.form.requestSubmit();
  }
});

const filter = document.getElementById("book-filter");
filter?.addEventListener("input", () => {
  const wanted = filter.value.toLowerCase();
  for (const one of document.querySelectorAll(".book li")) {
    one.hidden = !one.textContent.toLowerCase().includes(wanted);
  }
});

// A question opens over the page; what follows a yes is the server's, and without this it is a page.
const asked = document.getElementById("asked");
document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-asks]");
  if (event.target.closest("#asked [data-close]")) {
    event.preventDefault();
    asked.close();
  } else if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
    const question = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("act");
    if (!answer.ok || answer.redirected || !question) {
      location.assign(link.href);
      return;
    }
    asked.replaceChildren(question);
    asked.showModal();
  }
});

// Who comes back to the page finds it without the question that was answered.
addEventListener("pagehide", () => asked?.close());

tellTimes(document);
if (EVERY) live();
