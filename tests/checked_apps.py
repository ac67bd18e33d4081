"""Apps for the hard check: sound ones, and the same with one thing broken."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.checks.acceptance import Acceptance
from bot.checks.report import Check
from bot.checks.steps import Choose
from bot.sandbox.claude.crew.acceptance import (
    acceptance,
    click,
    counts,
    fill,
    lacks,
    reads,
    reload,
    shows,
    that,
)
from bot.sandbox.claude.crew.app_request import read_request
from bot.sandbox.claude.crew.apps import render_app

Files = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class App:
    """The files of an app and what it must do."""

    files: Files
    acceptance: Acceptance


def _built(request_text: str) -> App:
    read = read_request(request_text)
    return App(files=render_app(read), acceptance=acceptance(read))


def _choose(field: str, option: str) -> Choose:
    return Choose(action="choose", field=field, option=option)


def page(*, title: str, body: str, script: str, lang: str = "en", style: str = "") -> Files:
    return {
        "index.html": f"""<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>body {{ font: 18px sans-serif; margin: 1rem; max-width: 30rem }} {style}</style>
</head>
<body><main><h1>{title}</h1>{body}</main><script src="app.js"></script></body>
</html>""",
        "app.js": script,
    }


_TIP = App(
    files=page(
        title="Split the bill",
        body="""<label>Bill <input id="bill" inputmode="decimal"></label>
<label>Tip <select id="tip"><option>10 %</option><option>20 %</option></select></label>
<p id="total" role="status">Enter the bill.</p>""",
        script="""for (const field of document.querySelectorAll("input, select")) {
  field.addEventListener("input", () => {
    const bill = Number(document.querySelector("#bill").value);
    const tip = parseInt(document.querySelector("#tip").value, 10);
    document.querySelector("#total").textContent = `Pay ${(bill * (1 + tip / 100)).toFixed(2)}`;
  });
}""",
    ),
    acceptance=Acceptance(
        language="en",
        keeps_data=False,
        criteria=[
            that("It adds the tip.", fill("Bill", "50"), _choose("Tip", "20 %"), reads("Pay 60.00"))
        ],
    ),
)

_STOPWATCH = App(
    files=page(
        title="Stopwatch",
        body="""<p id="time">0.0</p><button id="start">Start</button>
<button id="stop">Stop</button> <button id="reset">Reset</button>""",
        script="""let since = 0, before = 0, timer = 0;
const show = (ms) => (document.querySelector("#time").textContent = (ms / 1000).toFixed(1));
const on = (id, act) => document.querySelector(id).addEventListener("click", act);
on("#start", () => {
  if (timer) return;
  since = Date.now();
  timer = setInterval(() => show(before + Date.now() - since), 50);
});
on("#stop", () => {
  if (!timer) return;
  clearInterval(timer);
  timer = 0;
  before += Date.now() - since;
  show(before);
});
on("#reset", () => { before = 0; since = Date.now(); if (!timer) show(0); });""",
    ),
    acceptance=Acceptance(
        language="en",
        keeps_data=False,
        criteria=[that("It runs.", click("button", "Start"), lacks("0.0"))],
    ),
)

_SHOPPING = App(
    files=page(
        lang="de",
        title="Einkaufsliste",
        body="""<p>Was brauchst du noch? Alles wird auf diesem Gerät für dich gespeichert, und
niemand sonst kann die Liste sehen.</p>
<form><label>Neuer Eintrag <input name="ding" required></label> <button>Hinzufügen</button></form>
<ul></ul><button id="leeren">Liste leeren</button>""",
        script="""const list = document.querySelector("ul"), kept = "einkauf:" + location.pathname;
let items = JSON.parse(localStorage.getItem(kept) ?? "[]");
function show() {
  localStorage.setItem(kept, JSON.stringify(items));
  list.replaceChildren(...items.map((item) => {
    const row = document.createElement("li");
    row.textContent = item;
    return row;
  }));
  document.querySelector("#leeren").disabled = items.length === 0;
}
document.forms[0].addEventListener("submit", (event) => {
  event.preventDefault();
  items = [...items, event.target.elements.ding.value];
  event.target.reset();
  show();
});
document.querySelector("#leeren").addEventListener("click", () => { items = []; show(); });
show();""",
    ),
    acceptance=Acceptance(
        language="de",
        keeps_data=True,
        criteria=[
            that(
                "Was ich eintrage, bleibt.",
                fill("Neuer Eintrag", "Hafermilch"),
                click("button", "Hinzufügen"),
                reload(),
                counts("listitem", "", 1),
                reads("Hafermilch"),
            )
        ],
    ),
)

_STAMPS = App(
    files=page(
        title="Rubber stamps",
        body="""<canvas id="sheet" width="300" height="200" role="img" aria-label="Sheet"></canvas>
<p><button id="star">Star</button> <button id="wipe">Wipe</button>
<button id="copy">Copy</button></p>""",
        script="""const sheet = document.querySelector("#sheet").getContext("2d");
document.querySelector("#star").addEventListener("click", () => {
  sheet.fillText("*", 20 + Math.random() * 260, 20 + Math.random() * 160);
});
document.querySelector("#wipe").addEventListener("click", () => sheet.clearRect(0, 0, 300, 200));
document.querySelector("#copy").addEventListener("click", () => {
  navigator.clipboard.writeText("*").catch(() => {});
});""",
        style="canvas { border: 1px solid; max-width: 100% }",
    ),
    acceptance=Acceptance(
        language="en",
        keeps_data=False,
        criteria=[that("I can stamp.", click("button", "Star"), shows("img", "Sheet"))],
    ),
)

POLL = App(
    files=page(
        title="Lunch poll",
        body="""<form><label>Your vote <select name="dish" required><option>Pizza</option>
<option>Soup</option></select></label> <button>Vote</button></form>
<p id="result" aria-live="polite"></p>""",
        script="""const votes = "api/collections/votes";
async function show() {
  const { documents } = await (await fetch(votes)).json();
  const of = (dish) => documents.filter((one) => one.data.dish === dish).length;
  document.querySelector("#result").textContent = `Pizza ${of("Pizza")}, soup ${of("Soup")}`;
}
document.forms[0].addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ dish: event.target.elements.dish.value });
  await fetch(votes, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  await show();
});
show();""",
    )
    | {
        "collections.json": """{"votes": {"type": "object", "required": ["dish"],
  "additionalProperties": false, "properties": {"dish": {"enum": ["Pizza", "Soup"]}}}}"""
    },
    acceptance=Acceptance(
        language="en",
        keeps_data=True,
        criteria=[
            that(
                "Votes are counted and kept.",
                _choose("Your vote", "Soup"),
                click("button", "Vote"),
                reads("Pizza 0, soup 1"),
                reload(),
                reads("Pizza 0, soup 1"),
            )
        ],
    ),
)

SOUND: dict[str, App] = {
    "todo": _built("Build me a todo app with modern UI"),
    "notes": _built("I need notes"),
    "counter": _built("a counter in dark green"),
    "calculator": _built("a calculator"),
    "quiz": _built("a pink quiz"),
    "landing": _built("A landing page for Rosa's <b>bakery</b> & café"),
    "tip": _TIP,
    "stopwatch": _STOPWATCH,
    "shopping": _SHOPPING,
    "stamps": _STAMPS,
    "poll": POLL,
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A way to break an app, and the check that is to find it."""

    app: str
    check: Check
    spoil: Callable[[Files], Files]

    def broken(self) -> App:
        """The app with this fault."""
        sound = SOUND[self.app]
        return App(files=self.spoil(dict(sound.files)), acceptance=sound.acceptance)


def _without(path: str) -> Callable[[Files], Files]:
    return lambda files: {name: text for name, text in files.items() if name != path}


def edited(path: str, pattern: str, new: str) -> Callable[[Files], Files]:
    def edit(files: Files) -> Files:
        text, count = re.subn(pattern, lambda _: new, files[path], count=1, flags=re.S)
        assert count == 1, f"{pattern} is not in {path}"
        return {**files, path: text}

    return edit


def more(path: str, text: str) -> Callable[[Files], Files]:
    return lambda files: {**files, path: f"{files[path]}\n{text}\n"}


def in_page(html: str) -> Callable[[Files], Files]:
    return edited("index.html", "</main>", f"{html}</main>")


def _fault(app: str, check: Check, spoil: Callable[[Files], Files]) -> Fault:
    return Fault(app=app, check=check, spoil=spoil)


_ON_SUBMIT = r'element\("entry"\)\.addEventListener\("submit", \(event\) => \{.*?\n\}\);'
_SWALLOW = """element("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  event.target.reset();
});"""

FAULTS: dict[str, Fault] = {
    "empty body": _fault(
        "todo", "content", edited("index.html", "<body>.*</body>", "<body></body>")
    ),
    "everything hidden": _fault("landing", "content", more("styles.css", "body{display:none}")),
    "text in the background's colour": _fault(
        "tip",
        "content",
        edited(
            "index.html", "</style>", "*{color:#fff!important;background:#fff;border:0}</style>"
        ),
    ),
    "console error": _fault("todo", "console", more("app.js", 'console.error("no state");')),
    "exception at the start": _fault("notes", "console", more("app.js", "undefinedThing();")),
    "rejected promise": _fault(
        "counter", "console", more("app.js", 'Promise.reject(new Error("offline"));')
    ),
    "syntax error": _fault("calculator", "console", more("app.js", "}{")),
    "exception on a click": _fault(
        "stopwatch", "console", edited("app.js", r"before = 0; since", "befor.e = 0; since")
    ),
    "button without a handler": _fault(
        "todo", "buttons", in_page('<button type="button" id="share">Share</button>')
    ),
    "button whose handler does nothing": _fault(
        "counter",
        "buttons",
        edited("app.js", r'on\("\.up", "click", .*?\);\n', 'on(".up", "click", () => {});\n'),
    ),
    "link to nowhere": _fault("tip", "buttons", in_page('<p><a href="#">Our prices</a></p>')),
    "button below a veil": _fault(
        "stopwatch",
        "buttons",
        in_page('<div style="position:fixed;inset:0;z-index:9"></div>'),
    ),
    "missing style sheet": _fault("quiz", "requests", _without("styles.css")),
    "missing script": _fault("calculator", "requests", _without("app.js")),
    "missing picture": _fault("landing", "requests", in_page('<img src="hero.svg" alt="">')),
    "missing start page": _fault("todo", "requests", _without("index.html")),
    "collection that is not defined": _fault("poll", "requests", _without("collections.json")),
    "path from the root": _fault(
        "todo", "console", edited("index.html", 'src="app.js"', 'src="/app.js"')
    ),
    "unreachable script": _fault(
        "notes",
        "console",
        in_page('<script src="https://cdn.example.com/framework.js"></script>'),
    ),
    "font from elsewhere": _fault(
        "quiz",
        "console",
        edited("styles.css", "^", '@import url("https://fonts.example.com/css?family=Inter");\n'),
    ),
    "data from elsewhere": _fault(
        "tip", "console", more("app.js", 'fetch("https://api.example.com/rates");')
    ),
    "endless loop at the start": _fault("todo", "loads", more("app.js", "for (;;) {}")),
    "endless loop a moment later": _fault(
        "quiz", "loads", more("app.js", "setTimeout(() => { for (;;) {} }, 300);")
    ),
    "endless loop on a click": _fault(
        "stopwatch", "loads", edited("app.js", r"if \(timer\) return;", "for (;;) {}")
    ),
    "endless dialogs": _fault("tip", "loads", more("app.js", 'for (;;) alert("Hello");')),
    "memory without end": _fault(
        "tip",
        "loads",
        more("app.js", "const heap = []; for (;;) heap.push(new Array(1e6).fill(Math.random()));"),
    ),
    "leaves for another site": _fault(
        "tip", "requests", more("app.js", 'location.href = "https://example.com/";')
    ),
    "wider than a phone": _fault("todo", "layout", more("styles.css", "main{min-width:40rem}")),
    "no viewport": _fault(
        "todo", "layout", edited("index.html", '<meta name="viewport"[^>]*>', "")
    ),
    "button off the edge": _fault(
        "stopwatch",
        "layout",
        edited(
            "index.html",
            "</style>",
            "html{overflow-x:hidden}#stop{position:fixed;left:600px}</style>",
        ),
    ),
    "data not kept": _fault(
        "todo", "acceptance", edited("app.js", r"localStorage\.setItem\(.*?\);", "")
    ),
    "data kept but not shown": _fault(
        "shopping", "acceptance", edited("app.js", r"localStorage.getItem\(kept\) \?\? ", "")
    ),
    "counts down for up": _fault(
        "counter", "acceptance", edited("app.js", r"value \+ 1", "value - 1")
    ),
    "calculates wrongly": _fault("tip", "acceptance", edited("app.js", r"tip / 100", "tip / 1000")),
    "form that swallows input": _fault("todo", "forms", edited("app.js", _ON_SUBMIT, _SWALLOW)),
    "form that nobody listens to": _fault("landing", "forms", edited("app.js", _ON_SUBMIT, "")),
    "text in the wrong language": _fault(
        "shopping",
        "language",
        edited(
            "index.html",
            "<p>Was brauchst.*?</p>",
            "<p>What do you need? All of it is kept on this device for you, and it is not to be "
            "seen by the others.</p><p>Add what you have to buy here.</p>",
        ),
    ),
    "declared in the wrong language": _fault(
        "shopping", "language", edited("index.html", 'lang="de"', 'lang="en"')
    ),
    "field without a label": _fault(
        "tip",
        "accessibility",
        edited("index.html", "<label>Bill (<input[^>]*>)</label>", '<input id="bill">'),
    ),
    "pale text": _fault(
        "quiz", "accessibility", more("styles.css", "p,h1,h2{color:#d5d5d9!important}")
    ),
    "nameless button": _fault("stamps", "accessibility", edited("index.html", ">Wipe<", "><")),
}
