"""Apps for the hard check that a later version has broken, beside the same version as it should be.

Either an earlier criterion is not met any more, or a button is dead that exists only after
something was entered. Among the sound ones are some that a hasty check takes for broken.
"""

from collections.abc import Callable

from bot.checks.acceptance import Acceptance
from bot.checks.report import Check
from bot.sandbox.claude.crew.acceptance import (
    click,
    counts,
    fill,
    lacks,
    reads,
    reload,
    shows,
    that,
)
from tests.checked_apps import POLL, SOUND, App, Files, edited, page

_ROWS = """const list = document.querySelector("ul"), kept = "packing:" + location.pathname;
let items = JSON.parse(localStorage.getItem(kept) ?? "[]");
function control(name, act) {
  const button = document.createElement("button");
  button.textContent = name;
  button.addEventListener("click", act);
  return button;
}
function change(act) {
  return () => { act(); show(); };
}
function rename(row, at) {
  const field = document.createElement("input");
  field.setAttribute("aria-label", "New name");
  field.value = items[at].name;
  row.replaceChildren(field, control("Save", () => {
    items[at].name = field.value;
    show();
  }));
}
function show() {
  localStorage.setItem(kept, JSON.stringify(items));
  document.querySelector("#left").textContent = `${items.filter((one) => !one.done).length} left`;
  list.replaceChildren(...items.map((item, at) => {
    const row = document.createElement("li");
    row.append(
      item.done ? `${item.name} (packed)` : item.name,
      control("Pack", change(() => { item.done = !item.done; })),
      control("Up", () => {
        if (!at) return;
        items.splice(at - 1, 0, ...items.splice(at, 1));
        show();
      }),
      control("Rename", () => rename(row, at)),
      control("Remove", change(() => items.splice(at, 1))),
    );
    return row;
  }));
}
document.forms[0].addEventListener("submit", (event) => {
  event.preventDefault();
  items.push({ name: event.target.elements.thing.value, done: false });
  event.target.reset();
  show();
});
show();"""

_PACKING = App(
    files=page(
        title="Packing",
        body="""<form><label>Thing <input name="thing" required></label> <button>Add</button></form>
<p id="left" role="status"></p><ul></ul>""",
        script=_ROWS,
        style="button { background: #0b3d91; color: #fff } li button { margin: 4px }",
    ),
    acceptance=Acceptance(
        language="en",
        keeps_data=True,
        criteria=[
            that(
                "What I add stays.",
                fill("Thing", "Tent"),
                click("button", "Add"),
                reads("1 left"),
                reload(),
                reads("Tent"),
            ),
            that(
                "I can pack a thing.",
                fill("Thing", "Tent"),
                click("button", "Add"),
                click("button", "Pack"),
                reads("Tent (packed)"),
                reads("0 left"),
            ),
            that(
                "I can remove a thing.",
                fill("Thing", "Tent"),
                click("button", "Add"),
                counts("listitem", "", 1),
                click("button", "Remove"),
                lacks("Tent"),
            ),
        ],
    ),
)

# Fields that belong to no form; what is entered becomes a chip, which can be copied and taken away.
_CHIPS = App(
    files=page(
        title="Guests",
        body="""<label>Guest <input id="guest"></label> <button id="invite">Invite</button>
<p id="chips"></p>""",
        script="""const chips = document.querySelector("#chips");
function chip(name) {
  const one = document.createElement("span");
  const copy = document.createElement("button"), away = document.createElement("button");
  one.className = "chip";
  copy.textContent = "Copy";
  copy.addEventListener("click", () => navigator.clipboard.writeText(name).catch(() => {}));
  away.textContent = "Uninvite";
  away.addEventListener("click", () => one.remove());
  one.append(`${name} `, copy, away);
  return one;
}
document.querySelector("#invite").addEventListener("click", () => {
  const field = document.querySelector("#guest");
  if (field.value) chips.append(chip(field.value));
  field.value = "";
});""",
        style=".chip { position: relative; display: block }",
    ),
    acceptance=Acceptance(
        language="en",
        keeps_data=False,
        criteria=[
            that("I can invite.", fill("Guest", "Ana"), click("button", "Invite"), reads("Ana"))
        ],
    ),
)

# What these buttons do is not to be seen on the page.
_EDITOR = App(
    files=page(
        title="Letter",
        body="""<p><button id="bold">Bold</button> <button id="mark">Mark</button>
<button id="full">Full screen</button> <button id="print">Print</button>
<button id="share">Share</button> <button id="shake">Shake</button>
<button id="open">Open</button> <button id="save">Save</button> <button id="ring">Ring</button>
</p><div id="text" role="textbox" aria-label="Text" contenteditable="true">Dear all</div>""",
        script="""const on = (id, act) => document.querySelector(id).addEventListener("click", act);
for (const id of ["#bold", "#mark"]) {
  document.querySelector(id).addEventListener("mousedown", (event) => event.preventDefault());
}
on("#bold", () => document.execCommand("bold"));
on("#mark", () => {
  if (getSelection().isCollapsed) return;
  const mark = document.createElement("mark"), range = getSelection().getRangeAt(0);
  mark.append(range.extractContents());
  range.insertNode(mark);
});
on("#full", () => document.querySelector("#text").requestFullscreen().catch(() => {}));
on("#print", () => print());
on("#share", () => navigator.share?.({ title: "Letter" })?.catch(() => {}) ?? print());
on("#shake", () => navigator.vibrate(50));
on("#open", () => Object.assign(document.createElement("input"), { type: "file" }).click());
on("#save", () => Object.assign(document.createElement("a"), {
  href: URL.createObjectURL(new Blob(["Dear all"])), download: "letter.txt",
}).click());
on("#ring", () => {
  const sound = new AudioContext(), tone = sound.createOscillator();
  tone.connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.1);
});""",
        style="#text { min-height: 5rem; border: 1px solid; background: #fff }",
    ),
    acceptance=Acceptance(
        language="en",
        keeps_data=False,
        criteria=[that("I can print.", click("button", "Print"), shows("textbox", "Text"))],
    ),
)

# Asks with prompts: for a number, and for words of its own choice.
_ASKING = App(
    files=page(
        title="Score",
        body="""<p id="score" role="status">0</p> <button id="add">Add points</button>
<button id="team">Team</button>""",
        script="""const score = document.querySelector("#score");
document.querySelector("#add").addEventListener("click", () => {
  const said = prompt("How many points?");
  if (said === null) return;
  if (Number.isNaN(Number(said))) console.error("not a number");
  score.textContent = Number(score.textContent) + Number(said);
});
document.querySelector("#team").addEventListener("click", () => {
  const said = prompt("Red or blue?");
  if (said === null) return;
  if (!["red", "blue"].includes(said)) console.error("no such team");
  score.className = said;
});""",
    ),
    acceptance=Acceptance(
        language="en", keeps_data=False, criteria=[that("It shows the score.", reads("0"))]
    ),
)

_FRAMING = App(
    files=page(
        title="Two pages",
        body="""<button id="turn">Turn</button>
<iframe src="inner.html" title="The other page" width="300" height="150"></iframe>""",
        script="""document.querySelector("#turn").addEventListener("click", () => {
  document.querySelector("iframe").contentDocument.body.classList.toggle("dark");
});""",
    )
    | {
        "inner.html": """<!doctype html><html lang="en"><title>Inside</title><link rel="icon"
href="data:,"><style>.dark { background: #222; color: #fff }</style><p>Here is the other one.</p>"""
    },
    acceptance=Acceptance(
        language="en",
        keeps_data=False,
        criteria=[that("It turns.", click("button", "Turn"), reads("Two pages"))],
    ),
)

# The poll, whose next version tells how many have voted.
_COUNTED_POLL = App(
    files={
        **POLL.files,
        "app.js": POLL.files["app.js"].replace(
            "`Pizza ${of", "`${documents.length} voted. Pizza ${of"
        ),
    },
    acceptance=POLL.acceptance,
)

_MENU = App(
    files=page(
        title="Guess the number",
        body="""<div id="menu"><button id="start">Start the game</button>
<button id="ask">How it goes</button></div>
<p id="rules" hidden>Guess a number from 1 to 10.</p>
<p id="game" hidden>Which number is it?</p>""",
        script="""const element = (id) => document.getElementById(id);
element("start").addEventListener("click", () => {
  element("menu").remove();
  element("game").hidden = false;
});
element("ask").addEventListener("click", () => { element("rules").hidden = false; });
""",
    )
    | {"game.html": '<html lang="en"><title>Game</title><main>Which number is it?</main></html>'},
    acceptance=Acceptance(
        language="en",
        keeps_data=False,
        criteria=[
            that("A game begins.", click("button", "Start the game"), reads("Which number is it?"))
        ],
    ),
)

# Its fields have names that are no selectors, and that hide what a form has of that name itself.
_MIXTURE = App(
    files=page(
        title="Mix a drink",
        body="""<form><fieldset><legend>Size</legend>
<label><input type="radio" name='drink["size"]' value="small"> Small</label>
<label><input type="radio" name='drink["size"]' value="large"> Large</label></fieldset>
<label>Elements <input name="elements"></label><button>Mix</button></form>
<p id="mixed" role="status"></p>""",
        script="""document.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const elements = document.querySelector("[name=elements]").value;
  document.querySelector("#mixed").textContent = `Mixed from ${elements}`;
});""",
    ),
    acceptance=Acceptance(
        language="en",
        keeps_data=False,
        criteria=[
            that(
                "A drink is mixed.",
                fill("Elements", "mint"),
                click("button", "Mix"),
                reads("Mixed from mint"),
            )
        ],
    ),
)

# A text of its page is cut within an emoji, and so is, by the check itself, a button's name.
_HALVES = App(
    files=page(
        title="Half a pizza",
        body="""<p id="eaten">None is eaten.</p><p id="left"></p><button id="eat"></button>""",
        script="""const element = (id) => document.getElementById(id), half = "🍕".slice(0, 1);
element("left").textContent = `${half} is left.`;
element("eat").textContent = `${"Yummy ".repeat(9)}Eat: 🍕`;
element("eat").addEventListener("click", () => {
  element("eaten").textContent = "A half is eaten.";
});""",
    ),
    acceptance=Acceptance(
        language="en",
        keeps_data=False,
        criteria=[that("It is eaten.", click("button", "Yummy"), reads("A half is eaten."))],
    ),
)

TWINS: dict[str, App] = {
    "packing": _PACKING,
    "guests": _CHIPS,
    "letter": _EDITOR,
    "score": _ASKING,
    "two pages": _FRAMING,
    "counted poll": _COUNTED_POLL,
    "menu": _MENU,
    "mixture": _MIXTURE,
    "halves": _HALVES,
}

_APPS = SOUND | TWINS


def _seeded(app: str, check: Check, spoil: Callable[[Files], Files]) -> tuple[Check, App]:
    sound = _APPS[app]
    return check, App(files=spoil(dict(sound.files)), acceptance=sound.acceptance)


_HIDING_RULES = edited("app.js", r'element\("rules"\)\.hidden = false;', "")

# By what is wrong, the check that is to find it and the app.
BROKEN: dict[str, tuple[Check, App]] = {
    "rows that cannot be removed": _seeded(
        "packing",
        "buttons",
        edited("app.js", r"change\(\(\) => items\.splice\(at, 1\)\)", "() => {}"),
    ),
    "rows that cannot be renamed": _seeded(
        "packing", "buttons", edited("app.js", r"\(\) => rename\(row, at\)", "() => {}")
    ),
    "new name that cannot be saved": _seeded(
        "packing", "buttons", edited("app.js", r"items\[at\]\.name = field.*?show\(\);", "")
    ),
    "rows that never move up": _seeded(
        "packing", "buttons", edited("app.js", r"if \(!at\) return;", "return;")
    ),
    "guests that cannot be uninvited": _seeded(
        "guests", "buttons", edited("app.js", r"\(\) => one\.remove\(\)", "() => {}")
    ),
    "guests below a veil": _seeded(
        "guests",
        "buttons",
        edited(
            "index.html", "</style>", ".chip::after{content:'';position:absolute;inset:0}</style>"
        ),
    ),
    "button that another one takes away": _seeded("menu", "buttons", _HIDING_RULES),
    "button on a page that another one leaves": _seeded(
        "menu",
        "buttons",
        lambda files: edited("app.js", r'element\("menu"\).*?false', 'location = "game.html"')(
            _HIDING_RULES(files)
        ),
    ),
    "mark that marks nothing": _seeded(
        "letter", "buttons", edited("app.js", r"const mark = .*?insertNode\(mark\);", "")
    ),
    "prompt that no answer is right for": _seeded(
        "score",
        "console",
        edited("app.js", r"if \(said === null\) return;\n  if \(!\[", "if (![said.x.y,"),
    ),
    "what was kept is read under another name": _seeded(
        "packing", "acceptance", edited("app.js", r"getItem\(kept\)", 'getItem("v2:" + kept)')
    ),
    "blue buttons that hide what they were": _seeded(
        "packing",
        "acceptance",
        edited("index.html", "</style>", "li button:last-child{display:none}</style>"),
    ),
    "another name for what was to be pressed": _seeded(
        "packing", "acceptance", edited("index.html", ">Add<", ">+<")
    ),
    "count that stands still": _seeded(
        "packing", "acceptance", edited("app.js", r"filter\(\(one\) => !one\.done\)\.", "")
    ),
    "votes that are told before they are counted": _seeded(
        "counted poll", "acceptance", edited("app.js", r"  await show\(\);\n", "")
    ),
}
