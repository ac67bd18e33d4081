"""Apps for the steps of criteria: for each step one that does right, and the same with a fault."""

from dataclasses import dataclass, replace

from bot.checks.acceptance import Criterion
from bot.checks.steps import (
    AdvanceClock,
    AnswerDialog,
    Drag,
    ExpectChecked,
    ExpectColours,
    ExpectDialog,
    ExpectOrder,
    Hover,
    PickFile,
    SetColours,
    SetNetwork,
    Step,
    Swipe,
    Ticked,
    Wait,
)
from bot.sandbox.claude.crew.acceptance import (
    click,
    counts,
    fill,
    lacks,
    later,
    on_phone,
    reads,
    reload,
    shows,
    that,
)
from bot.sandbox.claude.crew.acceptance import press as press_key

Files = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class SteppedApp:
    """An app that does what a criterion wants, and what to edit so that it does not."""

    body: str
    script: str = ""
    style: str = ""
    collections: str = ""
    steps: tuple[Step, ...]
    spoil: tuple[str, str]
    fails_at: int  # the step that the spoilt app fails at, from 1

    @property
    def criterion(self) -> Criterion:
        """What it is to do."""
        return that("It works.", *self.steps)

    @property
    def files(self) -> Files:
        """The app."""
        page = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>App</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<link rel="icon" href="data:,"><style>{self.style}</style></head>'
            f"<body><main>{self.body}</main><script>{self.script}</script></body></html>"
        )
        found = {"collections.json": self.collections} if self.collections else {}
        return {"index.html": page} | found

    def spoilt(self) -> "SteppedApp":
        """The app with its fault."""
        before, after = self.spoil
        edited = replace(
            self,
            body=self.body.replace(before, after),
            script=self.script.replace(before, after),
            style=self.style.replace(before, after),
        )
        assert edited != self, f"{before} is nowhere"
        return edited


def _steps(*steps: Step) -> tuple[Step, ...]:
    return steps


def _is(role: Ticked, name: str, *, is_on: bool) -> ExpectChecked:
    return ExpectChecked(action="expect_checked", role=role, name=name, is_on=is_on)


_SHARED = """const items = "api/collections/items";
async function show() {
  const { documents } = await (await fetch(items)).json();
  document.querySelector("ul").replaceChildren(...documents.map((one) => {
    const row = document.createElement("li");
    row.textContent = one.data.name + (one.may_change ? " (mine)" : "");
    return row;
  }));
}
document.forms[0].addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = event.target.elements.name.value;
  const headers = { "Content-Type": "application/json" };
  await fetch(items, { method: "POST", headers, body: JSON.stringify({ name }) });
  show();
});
show();"""

_TIDIED = _SHARED.replace(
    "    return row;",
    """    if (one.may_change) {
      const done = document.createElement("button");
      done.textContent = `Done: ${one.data.name}`;
      done.onclick = async () => {
        await fetch(`${items}/${one.id}`, { method: "DELETE" });
        show();
      };
      row.append(done);
    }
    return row;""",
)

_TICKED = _SHARED.replace(
    "    return row;",
    """    if (one.data.is_done) row.append(" (done)");
    const control = (name, data) => {
      const button = document.createElement("button");
      button.textContent = `${name}: ${one.data.name}`;
      button.onclick = async () => {
        const headers = { "Content-Type": "application/json" };
        const body = JSON.stringify(data);
        await fetch(`${items}/${one.id}`, { method: "PUT", headers, body });
        show();
      };
      row.append(button);
    };
    if (one.may_change) control("Correct", { name: `${one.data.name}!` });
    if (is_owner) control("Done", { ...one.data, is_done: true });
    return row;""",
).replace("const { documents }", "const { documents, is_owner }")

_LOCAL = """const kept = JSON.parse(localStorage.getItem("items") ?? "[]");
const show = () => (document.querySelector("ul").innerHTML =
  kept.map((name) => `<li>${name} (mine)</li>`).join(""));
document.forms[0].addEventListener("submit", (event) => {
  event.preventDefault();
  kept.push(event.target.elements.name.value);
  localStorage.setItem("items", JSON.stringify(kept));
  show();
});
show();"""

_DRAGGED_BY_POINTER = """const card = document.querySelector("#card");
card.onpointerdown = (event) => card.setPointerCapture(event.pointerId);
card.onpointerup = (event) => {
  const box = document.querySelector("#done").getBoundingClientRect();
  if (event.clientY > box.top && event.clientY < box.bottom) {
    document.querySelector("#told").textContent = "Moved";
  }
};"""

_DRAGGED_BY_BROWSER = """const done = document.querySelector("#done");
done.ondragover = (event) => event.preventDefault();
done.ondrop = () => { document.querySelector("#told").textContent = "Moved"; };"""

_CARD = '<p id="card">Call Rosa</p><p id="done">Done</p><p id="told">Nothing yet</p>'
_CARD_STYLE = "#card, #done { height: 60px; touch-action: none; background: #ddd }"

_ITEMS = """{"items": {"type": "object", "required": ["name"],
  "additionalProperties": false, "properties": {"name": {"type": "string", "maxLength": 80}}}}"""
_WISHES = _ITEMS.replace('"required"', '"changeable_by": "owner", "required"')
_MARKED = _ITEMS.replace(
    '"properties": {', '"properties": {"is_done": {"type": "boolean", "set_by": "owner"}, '
)
_LOOKS_AGAIN = 'document.addEventListener("visibilitychange", () => document.hidden || show());'

STEPPED: dict[str, SteppedApp] = {
    "another phone": SteppedApp(
        body='<form><label>Item <input name="name"></label> <button>Add</button></form><ul></ul>',
        script=_SHARED,
        collections=_ITEMS,
        steps=_steps(
            fill("Item", "Milk"),
            click("button", "Add"),
            shows("listitem", "Milk (mine)"),
            on_phone(2),
            shows("listitem", "Milk"),
            lacks("(mine)"),
            fill("Item", "Bread"),
            click("button", "Add"),
            reads("Bread (mine)"),
            on_phone(1),
            counts("listitem", "", 1),
            reload(),
            counts("listitem", "", 2),
        ),
        spoil=(_SHARED, _LOCAL),
        fails_at=5,
    ),
    "the owner's phone": SteppedApp(
        body='<form><label>Item <input name="name"></label> <button>Add</button></form><ul></ul>',
        script=_TIDIED,
        collections=_ITEMS,
        steps=_steps(
            fill("Item", "Milk"),
            click("button", "Add"),
            on_phone(2),
            shows("listitem", "Milk"),
            lacks("Done"),
            on_phone("owner"),
            click("button", "Done: Milk"),
            lacks("Milk"),
            on_phone(1),
            reload(),
            lacks("Milk"),
        ),
        spoil=('"DELETE"', '"GET"'),
        fails_at=8,
    ),
    "what only the owner changes": SteppedApp(
        body='<form><label>Item <input name="name"></label> <button>Add</button></form><ul></ul>',
        script=_TIDIED,
        collections=_WISHES,
        steps=_steps(
            fill("Item", "Milk"),
            click("button", "Add"),
            shows("listitem", "Milk"),
            lacks("Done"),
            on_phone("owner"),
            click("button", "Done: Milk"),
            lacks("Milk"),
        ),
        spoil=("if (one.may_change)", "if (one.id)"),
        fails_at=4,
    ),
    "what only the owner ticks off": SteppedApp(
        body='<form><label>Item <input name="name"></label> <button>Add</button></form><ul></ul>',
        script=_TICKED,
        collections=_MARKED,
        steps=_steps(
            fill("Item", "Milk"),
            click("button", "Add"),
            shows("button", "Correct: Milk"),
            lacks("Done"),
            on_phone("owner"),
            click("button", "Done: Milk"),
            reads("Milk (mine) (done)"),
            on_phone(1),
            click("button", "Correct: Milk"),
            reads("Milk! (mine) (done)"),
        ),
        spoil=("name: `${one.data.name}!`", "name: `${one.data.name}!`, is_done: false"),
        fails_at=10,
    ),
    "a phone that is taken up again": SteppedApp(
        body='<form><label>Item <input name="name"></label> <button>Add</button></form><ul></ul>',
        script=f"{_SHARED}\n{_LOOKS_AGAIN}",
        collections=_ITEMS,
        steps=_steps(
            shows("button", "Add"),
            on_phone(2),
            fill("Item", "Bread"),
            click("button", "Add"),
            reads("Bread (mine)"),
            on_phone(1),
            counts("listitem", "Bread", 1),
        ),
        spoil=(_LOOKS_AGAIN, ""),
        fails_at=7,
    ),
    "the clock, for a timer": SteppedApp(
        body='<p role="timer" id="left">25:00</p><button>Start</button>',
        script="""let left = 1500;
document.querySelector("button").onclick = () => setInterval(() => {
  if (left > 0) left -= 1;
  document.querySelector("#left").textContent = left ? `${left} s left` : "Take a break";
}, 1000);""",
        steps=_steps(
            click("button", "Start"), later(1440), lacks("break"), later(90), reads("Take a break")
        ),
        spoil=("left -= 1", "left -= 0.5"),
        fails_at=5,
    ),
    "the clock, for another day": SteppedApp(
        body='<button>Done today</button><p id="told"></p>',
        script="""const today = () => new Date().toDateString();
const show = () => (document.querySelector("#told").textContent =
  localStorage.getItem("day") === today() ? "Well done" : "Not yet");
document.querySelector("button").onclick = () => { localStorage.setItem("day", today()); show(); };
show();""",
        steps=_steps(
            click("button", "Done today"),
            reads("Well done"),
            later(24 * 3600),
            reload(),
            reads("Not yet"),
        ),
        spoil=("=== today()", "!== null"),
        fails_at=5,
    ),
    "a tick that is kept": SteppedApp(
        body='<label><input type="checkbox"> Passport</label>'
        '<button role="switch" aria-checked="true">Loud</button>',
        script="""const box = document.querySelector("input");
box.checked = localStorage.getItem("passport") === "true";
box.onchange = () => localStorage.setItem("passport", box.checked);
document.querySelector("button").onclick = (event) =>
  event.target.setAttribute("aria-checked", "false");""",
        steps=_steps(
            _is("checkbox", "Passport", is_on=False),
            click("checkbox", "Passport"),
            reload(),
            _is("checkbox", "Passport", is_on=True),
            _is("switch", "Loud", is_on=True),
            click("switch", "Loud"),
            _is("switch", "Loud", is_on=False),
        ),
        spoil=("box.checked);", "false);"),
        fails_at=4,
    ),
    "a moment": SteppedApp(
        body='<button>Roll</button><p id="told"></p>',
        script="""document.querySelector("button").onclick = () => setTimeout(() => {
  document.querySelector("#told").textContent = "Six";
}, 600);""",
        steps=_steps(click("button", "Roll"), Wait(action="wait", seconds=0.8), reads("Six")),
        spoil=("600", "600_000"),
        fails_at=3,
    ),
    "pointing": SteppedApp(
        body='<p id="term">Compost</p><p id="tip" hidden>Rotten leaves</p>',
        script="""document.querySelector("#term").onmouseenter = () => {
  document.querySelector("#tip").hidden = false;
};""",
        steps=_steps(Hover(action="hover", thing="Compost"), reads("Rotten leaves")),
        spoil=("onmouseenter", "onfocus"),
        fails_at=2,
    ),
    "swiping over a thing": SteppedApp(
        body='<p id="card">First card</p>',
        script="""const card = document.querySelector("#card");
let start = 0;
card.ontouchstart = (event) => { start = event.touches[0].clientX; };
card.ontouchend = (event) => {
  if (event.changedTouches[0].clientX < start - 50) card.textContent = "Second card";
};""",
        steps=_steps(
            Swipe(action="swipe", thing="First card", direction="left"), reads("Second card")
        ),
        spoil=("< start - 50", "> start + 50"),
        fails_at=2,
    ),
    "swiping over the page": SteppedApp(
        body='<h1>Snake</h1><p id="way">right</p>',
        style="html, body { height: 100%; touch-action: none }",
        script="""let start = null;
document.addEventListener("pointerdown", (event) => { start = event; });
document.addEventListener("pointerup", (event) => {
  if (event.clientY < start.clientY - 30) document.querySelector("#way").textContent = "up";
});""",
        steps=_steps(Swipe(action="swipe", thing="", direction="up"), reads("up")),
        spoil=("pointerup", "keyup"),
        fails_at=2,
    ),
    "dragging with a finger": SteppedApp(
        body=_CARD,
        style=_CARD_STYLE,
        script=_DRAGGED_BY_POINTER,
        steps=_steps(Drag(action="drag", thing="Call Rosa", onto="Done"), reads("Moved")),
        spoil=("onpointerup", "onkeyup"),
        fails_at=2,
    ),
    "dragging as browsers do": SteppedApp(
        body=_CARD.replace('id="card"', 'id="card" draggable="true"'),
        style=_CARD_STYLE,
        script=_DRAGGED_BY_BROWSER,
        steps=_steps(Drag(action="drag", thing="Call Rosa", onto="Done"), reads("Moved")),
        spoil=("event.preventDefault()", "event"),
        fails_at=2,
    ),
    "a question that is declined": SteppedApp(
        body='<p id="entry">Milk</p><button>Delete</button>',
        script="""document.querySelector("button").onclick = () => {
  if (confirm("Delete Milk for ever?")) document.querySelector("#entry").remove();
};""",
        steps=_steps(
            AnswerDialog(action="answer_dialog", answer="dismiss", text=""),
            click("button", "Delete"),
            ExpectDialog(action="expect_dialog", text="for ever"),
            reads("Milk"),
            click("button", "Delete"),
            lacks("Milk"),
        ),
        spoil=('confirm("Delete Milk for ever?")', "true"),
        fails_at=3,
    ),
    "a question that is answered": SteppedApp(
        body="<h1>Nobody</h1><button>Rename</button>",
        script="""document.querySelector("button").onclick = () => {
  document.querySelector("h1").textContent = prompt("New name?", "") ?? "Nobody";
};""",
        steps=_steps(
            AnswerDialog(action="answer_dialog", answer="accept", text="Ana"),
            click("button", "Rename"),
            shows("heading", "Ana"),
        ),
        spoil=('prompt("New name?", "") ??', 'prompt("New name?", "") &&'),
        fails_at=3,
    ),
    "an alarm": SteppedApp(
        body="<button>In an hour</button>",
        script="""document.querySelector("button").onclick = () =>
  setTimeout(() => alert("Take the bread out"), 3600_000);""",
        steps=_steps(
            click("button", "In an hour"),
            AdvanceClock(action="advance_clock", seconds=3601),
            ExpectDialog(action="expect_dialog", text="bread"),
        ),
        spoil=("3600_000", "3700_000"),
        fails_at=3,
    ),
    "an order": SteppedApp(
        body="""<p>Bread, Apples and Cheese are what you wanted.</p><label>Name <input></label>
<ul></ul>""",
        script="""const names = [];
document.querySelector("input").onchange = (event) => {
  names.push(event.target.value);
  event.target.value = "";
  document.querySelector("ul").innerHTML = names.sort()
    .map((name) => `<li style="display: contents"><b>${name}</b> <input value="${name}!"></li>`)
    .join("");
};""",
        steps=_steps(
            *(
                step
                for name in ("Cheese", "Apples", "Bread")
                for step in (fill("Name", name), press_key("Enter"))
            ),
            ExpectOrder(action="expect_order", texts=["apples", "apples!", "bread", "cheese!"]),
        ),
        spoil=("names.sort()", "names"),
        fails_at=7,
    ),
    "dark": SteppedApp(
        body="<h1>Night</h1>",
        style="""body { background: #fff; color: #111 }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } }""",
        steps=_steps(
            ExpectColours(action="expect_colours", scheme="light"),
            SetColours(action="set_colours", scheme="dark"),
            ExpectColours(action="expect_colours", scheme="dark"),
        ),
        spoil=("color: #eee }", "color: #eee; background: #fff }"),
        fails_at=3,
    ),
    "offline": SteppedApp(
        body='<button>Ask</button><p id="told"></p>',
        script="""document.querySelector("button").onclick = async () => {
  try {
    await fetch("index.html", { cache: "no-store" });
    document.querySelector("#told").textContent = "Asked";
  } catch (error) {
    console.error(error);
    document.querySelector("#told").textContent = "You are offline";
  }
};
addEventListener("online", () => {
  document.querySelector("#told").textContent = "Back again";
});""",
        steps=_steps(
            SetNetwork(action="set_network", is_online=False),
            click("button", "Ask"),
            reads("You are offline"),
            SetNetwork(action="set_network", is_online=True),
            reads("Back again"),
            click("button", "Ask"),
            reads("Asked"),
        ),
        spoil=('"You are offline"', '"Asked"'),
        fails_at=3,
    ),
    "a picture": SteppedApp(
        body='<label>Photo <input type="file" accept="image/*" hidden></label><img alt="" hidden>'
        '<p id="told"></p>',
        script="""document.querySelector("input").onchange = (event) => {
  const picture = document.querySelector("img");
  picture.onload = () => {
    document.querySelector("#told").textContent = `${picture.naturalWidth} px wide`;
  };
  picture.src = URL.createObjectURL(event.target.files[0]);
};""",
        steps=_steps(
            PickFile(action="pick_file", field="Photo", kind="picture"), reads("96 px wide")
        ),
        spoil=("picture.src =", "picture.alt ="),
        fails_at=2,
    ),
    "a table, by a button": SteppedApp(
        body='<button>Import</button><p id="told"></p>',
        script="""document.querySelector("button").onclick = () => {
  const asking = Object.assign(document.createElement("input"), { type: "file" });
  asking.onchange = async () => {
    const rows = (await asking.files[0].text()).trim().split("\\n").slice(1);
    const sum = rows.map((row) => Number(row.split(",")[1])).reduce((a, b) => a + b);
    document.querySelector("#told").textContent = `Sum ${sum}`;
  };
  asking.click();
};""",
        steps=_steps(PickFile(action="pick_file", field="Import", kind="csv"), reads("Sum 42")),
        spoil=("asking.click();", ""),
        fails_at=1,
    ),
    "things by their roles": SteppedApp(
        body="""<label>Find <input type="search"></label>
<label>Guests <input type="number" value="2"></label>
<label>Dish <select><option>Soup</option></select></label>
<table><tr><td>Tuesday</td></tr></table><ul><li>Fruit <ul><li>Apples</li><li>Pears</li></ul></li>
</ul><p role="status">3 things</p><button onclick="d.showModal()">About</button>
<dialog id="d"><p>Made with care</p></dialog>""",
        script="const d = document.querySelector('dialog');",
        steps=_steps(
            shows("searchbox", "Find"),
            shows("spinbutton", "Guests"),
            shows("combobox", "Dish"),
            shows("cell", "Tuesday"),
            counts("listitem", "Apples", 1),
            shows("status", "3 things"),
            click("button", "About"),
            shows("dialog", "Made with care"),
            press_key("Escape"),
            counts("dialog", "", 0),
        ),
        spoil=("<li>Apples</li>", "<li>Apples</li><li>Two apples</li>"),
        fails_at=5,
    ),
}
