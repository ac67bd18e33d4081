"""What the stand-in's apps must do to be accepted, as the QA engineer would write it."""

from collections.abc import Iterable
from typing import Literal

from bot.checks.acceptance import Acceptance, Criterion
from bot.checks.steps import (
    AdvanceClock,
    Click,
    ExpectCount,
    ExpectNoText,
    ExpectText,
    ExpectVisible,
    Fill,
    Press,
    Reload,
    Role,
    Step,
    SwitchPhone,
)
from bot.sandbox.claude.crew.app_request import AppRequest


def fill(field: str, text: str) -> Step:
    return Fill(action="fill", field=field, text=text)


def click(role: Role, name: str) -> Step:
    return Click(action="click", role=role, name=name)


def press(key: str) -> Step:
    return Press(action="press", key=key)


def reload() -> Step:
    return Reload(action="reload")


def on_phone(phone: Literal[1, 2, 3, "owner"]) -> Step:
    return SwitchPhone(action="switch_phone", phone=phone)


def later(seconds: int) -> Step:
    return AdvanceClock(action="advance_clock", seconds=seconds)


def reads(text: str) -> Step:
    return ExpectText(action="expect_text", text=text)


def lacks(text: str) -> Step:
    return ExpectNoText(action="expect_no_text", text=text)


def shows(role: Role, name: str) -> Step:
    return ExpectVisible(action="expect_visible", role=role, name=name)


def counts(role: Role, name: str, count: int) -> Step:
    return ExpectCount(action="expect_count", role=role, name=name, count=count)


def that(criterion: str, *steps: Step) -> Criterion:
    return Criterion(criterion=criterion, steps=list(steps))


_CRITERIA = {
    "poll": (
        that(
            "My vote is counted, and still there after a reload.",
            click("button", "Vote for Maybe"),
            reads("Maybe: 1 vote"),
            reload(),
            reads("Maybe: 1 vote"),
        ),
        that(
            "Every vote counts, whichever phone it comes from.",
            click("button", "Vote for Yes"),
            reads("Yes: 1 vote"),
            on_phone(2),
            reads("Yes: 1 vote"),
            click("button", "Vote for Yes"),
            reads("Yes: 2 votes"),
            on_phone(1),
            reload(),
            reads("Yes: 2 votes"),
        ),
    ),
    "todo": (
        that(
            "A task that I add is there, and still there after a reload.",
            fill("New task", "Water the plants"),
            press("Enter"),
            reads("Water the plants"),
            reload(),
            reads("Water the plants"),
        ),
        that(
            "What I tick off counts as done.",
            fill("New task", "Call Rosa"),
            click("button", "Add"),
            click("checkbox", "Call Rosa"),
            reads("All done"),
        ),
    ),
    "notes": (
        that(
            "A note that I write is kept.",
            click("button", "New note"),
            fill("Title", "Ideas"),
            fill("Note", "A garden on the roof"),
            click("button", "All notes"),
            reload(),
            reads("Ideas"),
        ),
        that(
            "The search finds only what I look for.",
            click("button", "New note"),
            fill("Title", "Ideas"),
            click("button", "All notes"),
            fill("Search notes", "elephants"),
            lacks("Ideas"),
        ),
    ),
    "counter": (
        that(
            "Counting up counts, and is kept.",
            click("button", "Count My counter up"),
            click("button", "Count My counter up"),
            reads("2"),
            lacks("-2"),
            reload(),
            reads("2"),
        ),
        that(
            "I can add a counter with a name.",
            fill("New counter", "Birds"),
            click("button", "Add"),
            shows("button", "Count Birds up"),
        ),
        that(
            "What I delete can be brought back for a moment only.",
            click("button", "Delete My counter"),
            shows("button", "Undo"),
            later(10),
            counts("button", "Undo", 0),
        ),
    ),
    "calculator": (
        that(
            "It calculates.",
            click("button", "1"),
            click("button", "2"),
            click("button", "Multiply"),
            click("button", "3"),
            click("button", "Equals"),
            reads("36"),
        ),
        that(
            "The keyboard works, and results are kept.",
            press("7"),
            press("+"),
            press("8"),
            press("Enter"),
            reload(),
            reads("15"),
        ),
    ),
    "quiz": (
        that(
            "A quiz begins with four answers to choose from.",
            click("button", "Start the quiz"),
            reads("Question 1"),
        ),
    ),
    "landing": (
        that(
            "A message in the guest book is kept.",
            fill("Your name", "Ada"),
            fill("Your message", "What lovely bread"),
            click("button", "Sign"),
            reads("What lovely bread"),
            reload(),
            reads("What lovely bread"),
        ),
    ),
}


def list_for(wanted: AppRequest, title: str) -> Acceptance:
    """One of the lists for our own apps; for any other page of that title, that it opens."""
    return acceptance(wanted) if title == wanted.title else only("The page opens.", title)


def acceptance(wanted: AppRequest) -> Acceptance:
    """What follows from the request for one of the stand-in's apps."""
    return Acceptance(
        language="en",
        keeps_data=wanted.kind != "quiz",
        shares_data=wanted.kind == "poll",
        criteria=list(_CRITERIA[wanted.kind]),
    )


def only(criterion: str, text: str) -> Acceptance:
    """The list of one criterion: the text can be read on the page."""
    criteria = [that(criterion, reads(text))]
    return Acceptance(language="en", keeps_data=False, criteria=criteria)


def proving(requirements: Iterable[int], made: Acceptance) -> Acceptance:
    """The list, each of whose criteria proves these requirements."""
    proves = list(requirements)
    criteria = [one.model_copy(update={"requirements": proves}) for one in made.criteria]
    return made.model_copy(update={"criteria": criteria})
