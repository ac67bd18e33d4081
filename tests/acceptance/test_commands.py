"""What a person can always say, in the phone's own words; no command asks a model."""

import io
import re
import zipfile
from urllib.request import urlopen

import pytest

from bot.sandbox.phone.client import Phone, PhoneMessage
from tests.acceptance.stack import Stack, announced

LINK = re.compile(r"http://\S+/")


class Person:
    """Somebody with a phone, who reads each answer before they say the next thing."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.phone: Phone = stack.phone()
        self._heard = 0

    def builds(self, wish: str) -> PhoneMessage:
        self.phone.say(wish)
        return self.hears(announced)

    def orders(self, words: str) -> PhoneMessage:
        """Say a command and return the answer; fails if a model was asked."""
        calls = len(self.stack.model_calls())
        self.phone.say(words)
        answer = self.hears(lambda m: bool(m.body))
        assert len(self.stack.model_calls()) == calls, f"{words!r} asked a model"
        return answer

    def taps(self, message: PhoneMessage, title: str) -> PhoneMessage:
        calls = len(self.stack.model_calls())
        self.phone.tap(message, title)
        answer = self.hears(lambda m: bool(m.body))
        assert len(self.stack.model_calls()) == calls
        return answer

    def hears(self, fits: object) -> PhoneMessage:
        heard = self.phone.wait_for(fits, 60, after=self._heard)  # type: ignore[arg-type]
        self._heard = heard.position
        return heard


@pytest.fixture
def person(stack: Stack) -> Person:
    return Person(stack)


def read(link: str) -> bytes:
    with urlopen(link) as answer:
        content: bytes = answer.read()
        return content


def link_in(message: PhoneMessage) -> str:
    found = LINK.search(message.body)
    assert found, message.body
    return found[0]


def test_help_names_every_command(person: Person) -> None:
    told = person.orders("Help!").body

    for word in (
        "status", "stop", "try again", "undo", "redo", "versions", "projects", "open 2", "new",
        "share", "export", "cost", "data", "forget me", "unsubscribe", "start", "help",
    ):  # fmt: skip
        assert f"*{word}*" in told


def test_status_tells_phase_agent_percentage_time_and_cost(person: Person) -> None:
    person.stack.slow_model(3.0, "designer")
    person.phone.say("Build me a counter")
    understood = person.hears(lambda m: "I'll text you" in m.body)
    told = person.taps(understood, "Status").body
    person.stack.slow_model(0.0)

    assert re.fullmatch(
        r"\*.+\*: designing it \(20 %\)\. 0 minutes so far, (less than )?\$0\.\d\d\."
        r" The designer is at it\.",
        told,
    )
    person.hears(announced)
    assert person.orders("status").body.startswith("Nothing is being built right now")


def test_undo_and_redo_move_the_link_and_change_no_byte(person: Person) -> None:
    link = link_in(person.builds("Build me a todo app"))
    first = read(link)
    person.builds("Change the title to Groceries")
    second = read(link)
    assert first != second

    assert "is at version 1 now" in person.orders("Undo, please").body
    assert read(link) == first
    assert "no earlier version" in person.orders("undo").body
    assert "is at version 2 now" in person.orders("redo").body
    assert read(link) == second
    assert "no undone version" in person.orders("redo").body


def test_a_change_after_an_undo_starts_from_what_the_link_shows(person: Person) -> None:
    link = link_in(person.builds("Build me a quiz"))
    person.builds("Change the title to Capitals")
    person.orders("undo")
    person.builds("Make it green")

    assert b"Capitals" not in read(link)
    assert "is at version 1 now" in person.orders("undo").body
    assert "is at version 3 now" in person.orders("redo").body


def test_versions_lists_them_with_their_links(person: Person) -> None:
    person.builds("Build me a todo app")
    person.builds("Change the title to Chores")
    told = person.orders("versions").body

    assert '"Change the title to Chores"' in told
    assert told.count("this is what the link shows") == 1
    newest, oldest = LINK.findall(told)
    assert b"Chores" in read(newest)
    assert b"Chores" not in read(oldest)


def test_projects_and_open_choose_what_a_change_is_about(person: Person) -> None:
    todo = link_in(person.builds("Build me a todo app"))
    quiz = link_in(person.builds("Build me a quiz"))
    listed = person.orders("projects")
    assert "1. *Todo*" in listed.body
    assert "2. *Quiz* - open" in listed.body

    assert person.orders("open 1").body.startswith("*Todo* is open.")
    person.builds("Make it green")
    assert link_in(person.orders("share")) == todo
    assert person.taps(listed, "2. Quiz").body.startswith("*Quiz* is open.")
    assert link_in(person.orders("share")) == quiz
    assert person.orders("open todo").body.startswith("*Todo* is open.")
    assert "can't tell which app *7* is" in person.orders("open 7").body


def test_a_number_means_the_same_app_to_every_reader(person: Person) -> None:
    todo = link_in(person.builds("Build me a todo app"))
    person.builds("Build me a quiz")
    assert "1. *Todo*" in person.orders("projects").body

    changed = person.builds("Make app 1 green")
    assert link_in(changed) == todo
    assert "Version 2" in changed.body
    assert "1. *Todo* - open" in person.orders("projects").body
    person.phone.say("Make app 7 green")
    person.hears(lambda m: "can't tell which app *7* is" in m.body)


def test_new_asks_what_to_build(person: Person) -> None:
    assert person.orders("New").body.startswith("What shall I build next?")


def test_cost_tells_today_the_project_and_all(person: Person) -> None:
    person.builds("Build me a counter")
    today, project, ever = person.orders("how much?").body.splitlines()

    assert re.fullmatch(r"Today: (less than )?\$\d+\.\d\d", today)
    assert re.fullmatch(r"For \*Counter\*: (less than )?\$\d+\.\d\d", project)
    assert ever.removeprefix("In all: ") == today.removeprefix("Today: ")


def test_export_sends_the_files_as_a_zip(person: Person) -> None:
    link = link_in(person.builds("Build me a counter"))
    told = person.orders("export")
    document = person.hears(lambda m: bool(m.media))

    assert "in a zip file" in told.body
    assert document.body == "counter.zip"
    with urlopen(document.media[0]) as answer:
        assert answer.headers["Content-Type"] == "application/zip"
        packed = zipfile.ZipFile(io.BytesIO(answer.read()))
    assert packed.testzip() is None
    assert {"index.html", "styles.css", "app.js"} <= set(packed.namelist())
    assert packed.read("app.js") == read(f"{link}app.js")


@pytest.mark.parametrize(
    "words",
    [
        "undo",
        "redo",
        "versions",
        "share",
        "projects",
        "change something",
        "data",
        "data clear",
        "clear the data",
        "data restore",
    ],
)
def test_without_a_project_a_command_says_so(person: Person, words: str) -> None:
    assert person.orders(words).body.startswith("There is no app of yours yet")


def test_nobody_opens_what_is_somebody_elses(stack: Stack, person: Person) -> None:
    person.builds("Build me a counter")
    stranger = Person(stack)

    assert stranger.orders("open 1").body.startswith("There is no app of yours yet")
    assert stranger.orders("projects").body.startswith("There is no app of yours yet")
    assert stranger.orders("cost").body.splitlines() == ["Today: $0.00", "In all: $0.00"]
