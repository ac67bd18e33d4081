"""What visitors leave in an app: safe from strangers, and the owner's to clear and restore."""

import csv
import io
import json
import re
import secrets
import zipfile
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlsplit

import psycopg
import pytest
import requests

from bot.collections.room import MAX_DOCUMENTS, NEARLY_FULL
from bot.sandbox.twilio.phone.client import PhoneMessage
from bot.web.collections import VISITOR_WRITES
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, eventually
from tests.acceptance.test_commands import User, app_at
from tests.acceptance.test_forgetting import forgotten

LINKS = re.compile(r"http://\S+")


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser of their own and the link of a poll."""

    poll: str
    browser: requests.Session = field(default_factory=requests.Session)

    def ask(
        self, method: str, below: str = "votes", choice: str | None = None
    ) -> requests.Response:
        return self.sends(method, below, None if choice is None else {"choice": choice})

    def sends(self, method: str, below: str, document: object) -> requests.Response:
        url = f"{self.poll}api/collections/{below}"
        return self.browser.request(method, url, json=document, timeout=60)

    def votes(self, choice: str) -> str:
        answer = self.ask("POST", choice=choice)
        assert answer.status_code == 201, answer.text
        return f"votes/{answer.json()['id']}"

    def sees(self) -> list[str]:
        return [one["data"]["choice"] for one in self.ask("GET").json()["documents"]]


@pytest.fixture
def owner(stack: Stack) -> User:
    return User(stack)


def links_in(told: PhoneMessage) -> tuple[str, str]:
    """The owner's link to the download, and that to the app."""
    download, opening = LINKS.findall(told.body)
    return download, opening


OWNED = "*data* gives you a link that opens the app as its owner."


def test_who_can_change_what_visitors_enter_is_told_once(stack: Stack, owner: User) -> None:
    assert OWNED in owner.builds("Build me a poll").body
    assert OWNED not in owner.builds("Change the title to Lunch").body
    assert OWNED not in owner.builds("Build me a counter").body, "it shares nothing"


def test_what_only_the_owner_may_change_visitors_can_only_add(stack: Stack, owner: User) -> None:
    told = owner.builds("Build me a poll where only I can change what was voted").body
    assert "can be changed and deleted by you alone" in told
    ada = Visitor(app_at(link_in(owner.builds("Change the title to Lunch"))))
    vote = ada.votes("Yes")
    assert ada.ask("DELETE", vote).status_code == 403

    _, opening = links_in(owner.orders("data"))
    ada.browser.get(opening, timeout=60)
    assert ada.ask("DELETE", vote).status_code == 204


def test_what_only_the_owner_ticks_off_outlasts_a_correction_and_not_an_undo(
    stack: Stack, owner: User
) -> None:
    owner.builds("Build me a poll")
    told = owner.builds("Change the title to Votes, which only I can tick off").body
    assert "Part of what is entered there can be set by you alone." in told
    poll = app_at(link_in(owner.builds("Change the title to Lunch")))
    ada, ben = Visitor(poll), Visitor(poll)
    vote = ada.votes("Yes")
    ticked = {"choice": "Yes", "is_counted": True}
    assert ada.sends("PUT", vote, ticked).json() == {
        "error": "Only the owner of the app can set is_counted: load it again, and leave it out."
    }
    _, opening = links_in(owner.orders("data"))
    ben.browser.get(opening, timeout=60)
    assert ben.sends("PUT", vote, ticked).status_code == 200
    assert ada.ask("PUT", vote, "Maybe").json()["data"] == {"choice": "Maybe", "is_counted": True}

    for _ in range(2):
        owner.orders("undo")
    assert ada.sends("PUT", vote, {"choice": "No", "is_counted": False}).status_code == 200


def test_visitors_data_is_its_authors_and_its_owners(stack: Stack, owner: User) -> None:
    poll = app_at(link_in(owner.builds("Build me a poll")))
    ada, ben = Visitor(poll), Visitor(poll)
    told = owner.orders("data")
    assert told.body.startswith("Visitors have left nothing in *Poll* so far.\n\nWith this link")
    (opening,) = LINKS.findall(told.body)
    early = Visitor(poll)
    assert early.browser.get(opening, timeout=60).url == poll
    adas, bens = ada.votes("Yes"), ben.votes("No")

    assert ben.ask("DELETE", adas).status_code == 403
    assert ben.ask("PUT", adas, "No").status_code == 403
    assert ada.ask("PUT", adas, "Maybe").status_code == 200
    assert ben.sees() == ["Maybe", "No"]

    told = owner.orders("data")
    assert told.body.startswith("What visitors left in *Poll*:\nvotes: 2 entries\n")
    download, opening = links_in(told)
    packed = zipfile.ZipFile(io.BytesIO(requests.get(download, timeout=60).content))
    left = json.loads(packed.read("votes.json"))
    assert [one["data"] for one in left] == [{"choice": "Maybe"}, {"choice": "No"}]
    _, *rows = csv.reader(io.StringIO(packed.read("votes.csv").decode("utf-8-sig")))
    assert [row[-1] for row in rows] == ["Maybe", "No"]

    moderating = Visitor(poll)
    assert moderating.browser.get(opening, timeout=60).url == poll
    assert moderating.ask("DELETE", bens).status_code == 204
    assert ada.sees() == ["Maybe"]
    assert early.ask("PUT", adas, "Yes").status_code == 200


def test_the_owner_clears_what_visitors_left_and_brings_it_back(stack: Stack, owner: User) -> None:
    poll = app_at(link_in(owner.builds("Build me a poll")))
    visitor = Visitor(poll)
    vote = visitor.votes("Yes")
    assert owner.orders("data restore").body == "There's nothing of *Poll* that I could bring back."

    asked = owner.orders("data clear")
    assert asked.body.startswith(
        "Shall I delete everything that visitors left in *Poll* (1 entry)?"
    )
    assert owner.taps(asked, "Keep the data").body == "OK, nothing was deleted."
    assert owner.taps(asked, "Clear the data").body == asked.body, "that question is withdrawn"
    assert visitor.sees() == ["Yes"]

    assert owner.orders("clear the data").body == (
        "Deleted in *Poll*: 1 entry. To bring it back within 30 days, write *data restore*."
    )
    assert visitor.sees() == []
    assert "To bring back what you cleared last" in owner.orders("data").body
    assert owner.orders("data clear").body.startswith("Visitors have left nothing")
    Visitor(poll).votes("Maybe")
    assert owner.orders("data restore").body == "Back in *Poll*: 1 entry."
    assert visitor.sees() == ["Yes", "Maybe"]
    assert visitor.ask("DELETE", vote).status_code == 204, "it is still its author's"

    owner.builds("Change the title to Lunch")
    assert owner.orders("undo").body.endswith("What visitors left stays as it is: see *data*.")
    assert visitor.sees() == ["Maybe"]
    owner.orders("data clear")
    owner.orders("yes")
    assert stack.rows("SELECT data FROM cleared_document") == [{"data": {"choice": "Maybe"}}]
    owner.phone.say("forget me")
    forgotten(stack, owner.phone)
    eventually(lambda: not stack.rows("SELECT FROM cleared_document"), "what was cleared is gone")


def test_a_german_owner_does_all_of_it_in_german(stack: Stack, owner: User) -> None:
    poll = app_at(link_in(owner.builds("Build me a poll")))
    visitor = Visitor(poll)
    visitor.votes("Yes")
    owner.orders("speak German")

    assert "votes: 1 Eintrag" in owner.orders("Daten").body
    asked = owner.orders("Daten löschen")
    assert owner.taps(asked, "Daten löschen").body.startswith("Gelöscht in *Poll*: 1 Eintrag.")
    assert visitor.sees() == []
    assert owner.orders("Daten wiederherstellen").body == "Wieder da in *Poll*: 1 Eintrag."
    assert visitor.sees() == ["Yes"]


def fill(stack: Stack, documents: int) -> None:
    """Let visitors have left so many documents in the only app, over the days."""
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(
            "INSERT INTO document (project_id, collection, document_id, data, size)"
            " SELECT project_id, 'votes', left(md5(random()::text), 32),"
            """ '{"choice": "Yes"}', 17 FROM project,"""
            " generate_series(1, %s - (SELECT count(*) FROM document))",
            [documents],
        )


def test_the_owner_is_told_once_when_an_app_is_nearly_full_and_when_it_is_and_anew_once_cleared(
    stack: Stack, owner: User
) -> None:
    poll = app_at(link_in(owner.builds("Build me a poll")))
    visitor = Visitor(poll)
    fill(stack, int(NEARLY_FULL * MAX_DOCUMENTS) - 1)
    assert "of the room" not in owner.orders("data").body
    mine = visitor.votes("Yes")

    warned = owner.hears(lambda m: "nearly full" in m.body)
    assert warned.body.startswith("*Poll* is nearly full (1,600 entries).")
    assert visitor.ask("DELETE", mine).status_code == 204
    visitor.votes("Yes")
    told = owner.replies(warned, "data")
    assert told.body.endswith(
        "80% of the room for this is taken. Once it is full, visitors can add nothing until "
        "something is deleted."
    )

    fill(stack, MAX_DOCUMENTS)
    for _ in range(3):
        assert visitor.ask("POST", choice="Yes").status_code == 507
    full = owner.hears(lambda m: "is full" in m.body)
    assert full.body.startswith("*Poll* is full (2,000 entries). Visitors can add nothing")
    assert "100% of the room" in owner.replies(full, "data").body
    owner.taps(owner.orders("data clear"), "Clear the data")
    fill(stack, int(NEARLY_FULL * MAX_DOCUMENTS) - 1)
    visitor.votes("No")
    owner.hears(lambda m: "nearly full" in m.body)
    fill(stack, MAX_DOCUMENTS)
    assert visitor.ask("POST", choice="Yes").status_code == 507
    owner.hears(lambda m: "is full" in m.body)
    assert len(stack.rows("SELECT FROM outbox WHERE kind = 'little_room'")) == 4


def test_one_machine_without_a_link_or_with_a_made_up_address_locks_nobody_out(
    stack: Stack, owner: User
) -> None:
    poll = app_at(link_in(owner.builds("Build me a poll")))
    attacker = requests.Session()
    for _ in range(300):
        made_up = f"{stack.sites_url}/{secrets.token_hex(16)}/api/collections/votes"
        assert attacker.get(made_up, timeout=60).status_code == 404
    statuses = {
        attacker.post(
            f"{poll}api/collections/votes",
            json={"choice": "No"},
            headers={"X-Forwarded-For": f"203.0.113.{n}"},
            timeout=60,
        ).status_code
        for n in range(2 * VISITOR_WRITES + 1)  # a minute may begin meanwhile
    }

    assert statuses == {201, 429}
    assert posted_from("127.0.0.2", poll) == 201, "another address has its own count"


def posted_from(address: str, poll: str) -> int:
    """The status of a vote that comes from another address of this machine."""
    parts = urlsplit(poll)
    connection = HTTPConnection(parts.netloc, source_address=(address, 0), timeout=60)
    with closing(connection):
        connection.request(
            "POST",
            f"{parts.path}api/collections/votes",
            json.dumps({"choice": "Yes"}),
            {"Content-Type": "application/json"},
        )
        return connection.getresponse().status
