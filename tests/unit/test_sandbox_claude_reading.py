"""How the stand-in reads messages, requests and changes."""

import pytest

from bot.model.answers import Route
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew import router
from bot.sandbox.claude.crew.app_request import read_request
from bot.sandbox.claude.crew.changes import read_changes
from bot.sandbox.claude.crew.colours import AccentColour, find_colours
from handoffs.tags import tagged

PROJECTS = "1. Garden plan (finished)\n2. Shopping list (building)"


def route(message: str, projects: str) -> Route:
    opening = tagged("projects", projects) + tagged("message", message)
    conversation = Conversation(
        role="router", first_line="# Role: router", opening=opening, turn=1, steps=[]
    )
    (part,) = router.route(conversation).parts
    return Route.model_validate_json(part.words)


@pytest.mark.parametrize(
    "message",
    [
        "Build me a todo app with modern UI",
        "build a quiz",
        "I need a landing page for my bakery",
        "I want an app to track my plants",
        "Can you make me a counter?",
        "please create a dark calculator",
        "Make a blue notes app and call it Sky",
        "I'd like a website for Rosa's bakery",
        "a shopping list app",
        "todo list please",
    ],
)
@pytest.mark.parametrize("projects", ["none", PROJECTS])
def test_a_request_for_something_new(message: str, projects: str) -> None:
    assert route(message, projects).kind == "new_build"


@pytest.mark.parametrize(
    "message",
    [
        "make it blue",
        "Can you make the header bigger?",
        "dark mode please",
        "add a due date",
        "change the title to Ada's garden",
        "I want it in green instead",
        "the button doesn't work",
        "call it Sky",
        "fix the layout",
        "purple",
    ],
)
def test_a_change_to_what_is_there(message: str) -> None:
    answer = route(message, PROJECTS)
    assert (answer.kind, answer.project) == ("change", 1)
    assert route(message, "none").kind == "talk"


def test_a_change_may_name_its_project() -> None:
    assert route("make the shopping list blue", PROJECTS).project == 2


@pytest.mark.parametrize(
    "message", ["hi", "Hello there!", "thanks", "What can you do?", "how much is it", "", "👍"]
)
def test_talk_is_nothing_to_build(message: str) -> None:
    assert route(message, PROJECTS).kind == "talk"


@pytest.mark.parametrize("message", ["maybe an app for plants some day", "a quiz would be cool"])
def test_musing_is_not_a_request_yet(message: str) -> None:
    assert route(message, PROJECTS).kind == "unsure"


def test_what_is_stated_is_to_be_remembered() -> None:
    answer = route("My name is Rosa. I always want dark mode!", "none")
    assert answer.kind == "talk"
    assert answer.remember == ["My name is Rosa", "I always want dark mode"]


@pytest.mark.parametrize(
    ("words", "kind", "title"),
    [
        ("Build me a todo app with modern UI", "todo", "Todo"),
        ("I need a shopping list", "todo", "Shopping list"),
        ("a to-do list called Groceries and stuff", "todo", "Groceries"),
        ("a diary", "notes", "Notes"),
        ("count my coffee cups: a counter", "counter", "Counter"),
        ("calculator in blue", "calculator", "Calculator"),
        ('quiz named "Salt & Pepper"', "quiz", "Salt & Pepper"),
        ("Build me a landing page for my notes shop", "landing", "My notes shop"),
        ("I want a website for Rosa's bakery with fresh bread", "landing", "Rosa's bakery"),
        ("something nice", "landing", "Something nice"),
        ("build me an app", "landing", "Welcome"),
        ("a page about " + "very " * 20 + "long things", "landing", None),
    ],
)
def test_the_kind_and_title_of_a_request(words: str, kind: str, title: str | None) -> None:
    request_text = read_request(words)
    assert request_text.kind == kind
    assert title is None or request_text.title == title
    assert 0 < len(request_text.title) <= 40


def test_a_dark_colour_is_not_a_dark_page() -> None:
    request_text = read_request("a quiz in dark blue")
    assert (request_text.accent.name, request_text.is_dark) == ("dark blue", False)
    assert read_request("a dark quiz in blue").is_dark


def test_the_last_colour_of_a_change_is_meant() -> None:
    changes = read_changes("change it from blue to green")
    assert changes.accent == AccentColour(name="green", hex="#15803d")
    assert changes.note is None


@pytest.mark.parametrize(
    ("request_text", "title"),
    [
        ("call it Sky", "Sky"),
        ("Rename the app to Blue Sky!", "Blue Sky"),
        ('change the title to "Ada\'s garden"', "Ada's garden"),
        ("the heading should be Welcome, please", "Welcome"),
        ("change the title to blue", None),
    ],
)
def test_the_title_of_a_change(request_text: str, title: str | None) -> None:
    assert read_changes(request_text).title == title


def test_a_change_beyond_the_stand_in_is_kept_as_a_note() -> None:
    request_text = "call it Sky and add a picture"
    changes = read_changes(request_text)
    assert (changes.title, changes.note) == ("Sky", request_text)
    assert read_changes("more cats").note == "more cats"
    assert read_changes("add a dark mode").note is None


@pytest.mark.parametrize("name", ["yellow", "blue", "black", "lime", "red", "orange", "pink"])
def test_text_on_an_accent_is_readable(name: str) -> None:
    (colour,) = find_colours(name)
    assert colour.text_on_it == ("#18181b" if name in {"yellow", "lime", "orange"} else "#ffffff")
