"""What a user can always say, in the phone's own words; no command asks a model."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import pytest

from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.messages import LINK, link_in
from tests.acceptance.stack import Stack, announced, eventually


class User:
    """Somebody with a phone, who reads each answer before they say the next thing."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.phone: Phone = stack.phone()
        self._heard = 0

    def builds(self, request_text: str) -> PhoneMessage:
        self.phone.say(request_text)
        return self.hears(announced)

    def orders(self, words: str) -> PhoneMessage:
        """Say a command and return the answer; fails if a model was asked."""
        calls = len(self.stack.model_calls())
        self.phone.say(words)
        answer = self.hears(lambda m: bool(m.body))
        assert len(self.stack.model_calls()) == calls, f"{words!r} asked a model"
        return answer

    def replies(self, message: PhoneMessage, words: str) -> PhoneMessage:
        """Quote a message with a command and return the answer."""
        self.phone.say(words, quoting=message)
        return self.hears(lambda m: bool(m.body))

    def taps(self, message: PhoneMessage, title: str) -> PhoneMessage:
        calls = len(self.stack.model_calls())
        self.phone.tap(message, title)
        answer = self.hears(lambda m: bool(m.body))
        assert len(self.stack.model_calls()) == calls
        return answer

    def hears(self, fits: Callable[[PhoneMessage], bool]) -> PhoneMessage:
        heard = self.phone.wait_for(fits, 60, after=self._heard)
        self._heard = heard.position
        return heard


@pytest.fixture
def user(stack: Stack) -> User:
    return User(stack)


def read(link: str) -> bytes:
    with urlopen(link) as answer:
        content: bytes = answer.read()
        return content


def app_at(link: str) -> str:
    """The app's own address, where its short link leads."""
    with urlopen(link) as answer:
        return str(answer.geturl())


def test_help_names_every_command(user: User) -> None:
    told = user.orders("Help!").body

    for word in (
        "status", "stop", "try again", "undo", "redo", "versions", "projects", "open 2", "new",
        "share", "export", "cost", "data", "forget me", "unsubscribe", "start", "help",
    ):  # fmt: skip
        assert f"*{word}*" in told


def test_status_tells_phase_agent_percentage_time_and_cost(user: User) -> None:
    user.stack.hold_model("designer")
    user.phone.say("Build me a counter")
    understood = user.hears(lambda m: "I'll text you" in m.body)
    user.stack.await_call("designer")
    told = user.taps(understood, "Status").body
    user.stack.let_go()

    assert re.fullmatch(
        r"\*.+\*: designing it \(20%\)\. Now: design\. Next: coding\."
        r" Cost so far: (less than )?\$0\.\d\d\.",
        told,
    )
    user.hears(announced)
    assert user.orders("status").body.startswith("Nothing is being built right now")


def test_undo_and_redo_move_the_link_and_change_no_byte(user: User) -> None:
    link = link_in(user.builds("Build me a todo app"))
    first = read(link)
    user.builds("Change the title to Groceries")
    second = read(link)
    assert first != second

    back = user.orders("Undo, please").body
    assert "is at version 1 now" in back
    assert back.endswith("To take that back, write *redo*.")
    assert read(link) == first
    assert "no earlier version" in user.orders("undo").body
    forth = user.orders("redo").body
    assert "is at version 2 now" in forth
    assert forth.endswith("To take that back, write *undo*.")
    assert read(link) == second
    assert "nothing to redo" in user.orders("redo").body


def test_a_change_after_an_undo_starts_from_what_the_link_shows(user: User) -> None:
    link = link_in(user.builds("Build me a quiz"))
    user.builds("Change the title to Capitals")
    user.orders("undo")
    user.builds("Make it green")

    assert b"Capitals" not in read(link)
    assert "is at version 1 now" in user.orders("undo").body
    assert "is at version 3 now" in user.orders("redo").body


def test_versions_lists_them_with_their_links(user: User) -> None:
    user.builds("Build me a todo app")
    user.builds("Change the title to Chores")
    told = user.orders("versions").body

    assert '"Change the title to Chores"' in told
    assert told.count("this is what the link shows") == 1
    newest, oldest = LINK.findall(told)
    assert b"Chores" in read(newest)
    assert b"Chores" not in read(oldest)


def test_projects_and_open_choose_what_a_change_is_about(user: User) -> None:
    todo = link_in(user.builds("Build me a todo app"))
    assert "open 2" not in user.orders("projects").body
    quiz = link_in(user.builds("Build me a quiz"))
    listed = user.orders("projects")
    assert "open 2" in listed.body
    assert "1. *Todo*" in listed.body
    assert "2. *Quiz* - open" in listed.body

    assert user.orders("open 1").body.startswith("*Todo* is open.")
    user.builds("Make it green")
    assert link_in(user.orders("share")) == todo
    assert user.taps(listed, "2. Quiz").body.startswith("*Quiz* is open.")
    assert link_in(user.orders("share")) == quiz
    assert user.orders("open todo").body.startswith("*Todo* is open.")
    assert "can't tell which app *7* is" in user.orders("open 7").body


def test_a_number_means_the_same_app_to_every_reader(user: User) -> None:
    todo = link_in(user.builds("Build me a todo app"))
    user.builds("Build me a quiz")
    assert "1. *Todo*" in user.orders("projects").body

    changed = user.builds("Make app 1 green")
    assert link_in(changed) == todo
    assert "Version 2" in changed.body
    assert "1. *Todo* - open" in user.orders("projects").body
    user.phone.say("Make app 7 green")
    user.hears(lambda m: "can't tell which app *7* is" in m.body)


def test_new_asks_what_to_build(user: User) -> None:
    assert user.orders("New").body.startswith("What shall I build next?")


def test_cost_tells_today_the_project_and_all(user: User) -> None:
    user.builds("Build me a counter")
    today, project, ever = user.orders("how much?").body.splitlines()

    assert re.fullmatch(r"Today: (less than )?\$\d+\.\d\d", today)
    assert re.fullmatch(r"For \*Counter\*: (less than )?\$\d+\.\d\d", project)
    assert ever.removeprefix("Total: ") == today.removeprefix("Today: ")


def test_the_link_of_a_new_app_is_short_and_has_its_preview(user: User) -> None:
    ready = user.builds("Build me a todo app")
    (name,) = re.findall(r"/a/([\w-]{22})/", ready.body)
    asked = urlencode({"url": link_in(ready)})
    preview = json.loads(read(f"{user.stack.twilio.url}/phone/preview?{asked}"))

    assert link_in(ready) == f"{user.stack.public_url}/a/{name}/"
    assert (ready.media, ready.interaction) == ((), None), "nothing that keeps WhatsApp from it"
    assert preview["title"] == "Todo"
    assert preview["description"]
    assert preview["host"] == urlsplit(user.stack.sites_url).netloc


def test_export_gives_a_link_to_the_files_in_a_zip(user: User) -> None:
    link = link_in(user.builds("Build me a counter"))
    told = user.orders("export")
    found = re.search(r"^http://\S+/e/[\w-]{22}$", told.body, re.MULTILINE)

    assert "in a zip file" in told.body
    assert not told.media, "WhatsApp takes no such document"
    assert found is not None
    with urlopen(found[0]) as answer:
        assert answer.headers["Content-Type"] == "application/zip"
        assert answer.headers["Content-Disposition"] == "attachment; filename=counter.zip"
        packed = zipfile.ZipFile(io.BytesIO(answer.read()))
    assert packed.testzip() is None
    assert {"index.html", "styles.css", "app.js"} <= set(packed.namelist())
    assert packed.read("app.js") == read(f"{link}app.js")
    recorded = "SELECT 1 FROM records_all WHERE message = 'GET /e/<name>'"
    eventually(lambda: bool(user.stack.rows(recorded)), "that it was fetched is on record")
    for secret in (found[0].rpartition("/")[2], link.split("/")[-2]):
        telling = "SELECT message FROM records_all AS one WHERE position(%(it)s IN one::text) > 0"
        assert user.stack.rows(telling, {"it": secret}) == []


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
def test_without_a_project_a_command_says_so(user: User, words: str) -> None:
    assert user.orders(words).body.startswith("You don't have an app yet")


def test_nobody_opens_what_is_somebody_elses(stack: Stack, user: User) -> None:
    user.builds("Build me a counter")
    stranger = User(stack)

    assert stranger.orders("open 1").body.startswith("You don't have an app yet")
    assert stranger.orders("projects").body.startswith("You don't have an app yet")
    assert stranger.orders("cost").body.splitlines() == ["Today: $0.00", "Total: $0.00"]
