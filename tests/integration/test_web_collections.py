"""An app's collections: checked, limited, and of one project only."""

import asyncio
import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import expect
from werkzeug.test import Client, TestResponse

from bot.collections import room
from bot.collections.visitor_data import clear
from bot.delivery.little_room import tell_little_room
from bot.projects import workspace
from bot.settings.groups import Settings
from bot.web import collections, rate_limiter
from bot.wsgi import create_app
from tests.acceptance.stack import eventually
from tests.browser import running_browser
from tests.checked_apps import POLL
from tests.integration.published_sites import Site, publish_site
from tests.integration.web_process import serving
from tests.settings import changed
from tests.users import add_words

pytestmark = pytest.mark.anyio

UNKNOWN = "0" * 32

# What a page does with fetch.
LISTED = 'async () => (await fetch("api/collections/votes")).json()'
DELETED = """async (id) =>
  (await fetch(`api/collections/votes/${id}`, { method: "DELETE" })).status"""


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    app = create_app(settings)
    yield Client(app)
    app.close()


@pytest.fixture
async def site(settings: Settings, anyio_backend: str) -> Site:
    return await publish_site(settings, POLL.files)


class Votes:
    """The poll's collection as seen through one link."""

    def __init__(self, client: Client, settings: Settings, token: str) -> None:
        self._client = client
        self._base = settings.web.sites_base_url
        self._path = f"/{token}/api/collections/"

    def ask(
        self,
        method: str,
        below: str = "votes",
        *,
        json: object = None,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
        address: str = "127.0.0.1",
    ) -> TestResponse:
        return self._client.open(
            self._path + below,
            base_url=self._base,
            method=method,
            json=json,
            data=data,
            headers=headers,
            environ_overrides={"REMOTE_ADDR": address},
        )

    def vote(self, dish: str) -> str:
        answer = self.ask("POST", json={"dish": dish})
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["id"])

    def all(self) -> list[str]:
        return [one["data"]["dish"] for one in self.ask("GET").get_json()["documents"]]


@pytest.fixture
def votes(client: Client, settings: Settings, site: Site) -> Votes:
    return Votes(client, settings, site.token)


async def test_documents_are_added_read_replaced_and_deleted(votes: Votes) -> None:
    first, second = votes.vote("Pizza"), votes.vote("Soup")
    assert votes.all() == ["Pizza", "Soup"]

    replaced = votes.ask("PUT", f"votes/{first}", json={"dish": "Soup"})
    assert (replaced.status_code, replaced.get_json()["data"]) == (200, {"dish": "Soup"})
    assert votes.ask("GET", f"votes/{first}").get_json()["data"] == {"dish": "Soup"}
    assert votes.ask("DELETE", f"votes/{second}").status_code == 204
    assert votes.all() == ["Soup"]
    for method in ("GET", "DELETE"):
        assert votes.ask(method, f"votes/{second}").status_code == 404


async def test_an_app_of_an_earlier_release_that_demands_what_the_owner_sets_is_read_as_before(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "check_definitions", lambda _: None)
    done = {"type": "boolean", "set_by": "owner"}
    votes = {"type": "object", "properties": {"done": done}, "allOf": [{"required": ["done"]}]}
    files = {"index.html": "<p>Votes</p>", "collections.json": json.dumps({"votes": votes})}
    seen = Votes(client, settings, (await publish_site(settings, files)).token)
    assert seen.ask("POST", json={"done": False}).status_code == 201
    assert seen.ask("GET").status_code == 200


async def test_times_are_told_in_utc_wherever_the_database_is(
    settings: Settings, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGTZ", "Asia/Kolkata")
    app = create_app(settings)
    votes = Votes(Client(app), settings, site.token)
    votes.vote("Pizza")
    (one,) = votes.ask("GET").get_json()["documents"]
    app.close()
    assert one["created_at"].endswith("+00:00")


async def test_a_long_collection_is_read_in_pages(votes: Votes) -> None:
    ids = [votes.vote("Pizza") for _ in range(5)]
    first = votes.ask("GET", "votes?limit=3").get_json()
    rest = votes.ask("GET", f"votes?limit=3&after={first['next']}").get_json()
    assert [one["id"] for one in first["documents"] + rest["documents"]] == sorted(ids)
    assert rest["next"] is None


async def test_a_page_may_ask_for_the_head_alone_and_spell_what_it_asks_as_it_likes(
    votes: Votes,
) -> None:
    votes.vote("Pizza"), votes.vote("Soup")
    head = votes.ask("HEAD")
    assert (head.status_code, head.text) == (200, "")
    assert len(votes.ask("GET", "%76otes?limit=1&limit=2").get_json()["documents"]) == 1


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"dish": "Cake"}', "application/json", 422),
        (b'{"dish": "Soup", "more": 1}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"{", "application/json", 400),
        (b'{"dish": "\\ud800"}', "application/json", 400),
        (b"[" * 5_000, "application/json", 400),
        (b'{"dish": "' + b"x" * 9_000 + b'"}', "application/json", 413),
        (b'{"dish": "Soup"}', "text/plain", 415),
        (b"dish=Soup", "application/x-www-form-urlencoded", 415),
    ],
)
async def test_what_does_not_fit_is_refused_in_one_sentence(
    votes: Votes, body: bytes, kind: str, status: int
) -> None:
    answer = votes.ask("POST", data=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert "\n" not in json.loads(answer.data)["error"]
    assert votes.all() == []


@pytest.mark.parametrize(
    "below", ["secrets", "votes/../votes", "votes/1", "Votes", "", "votes/" + "0" * 33]
)
async def test_nothing_else_is_found(votes: Votes, below: str) -> None:
    assert votes.ask("GET", below).status_code == 404


async def test_no_link_leads_into_another_project(
    client: Client, settings: Settings, votes: Votes
) -> None:
    mine = votes.vote("Pizza")
    other = Votes(client, settings, (await publish_site(settings, POLL.files)).token)

    assert other.all() == []
    for method in ("GET", "DELETE"):
        assert other.ask(method, f"votes/{mine}").status_code == 404
    assert other.ask("PUT", f"votes/{mine}", json={"dish": "Soup"}).status_code == 404
    assert votes.all() == ["Pizza"]
    assert Votes(client, settings, UNKNOWN).ask("GET").status_code == 404


async def test_other_sites_are_kept_out(votes: Votes) -> None:
    for origin in ("cross-site", "same-site"):
        refused = votes.ask("POST", json={"dish": "Soup"}, headers={"Sec-Fetch-Site": origin})
        assert refused.status_code == 403
    asked = votes.ask("OPTIONS", headers={"Origin": "https://evil.example"})
    answer = votes.ask("GET", headers={"Origin": "https://evil.example"})
    for one in (asked, answer):
        assert not [name for name, _ in one.headers if name.startswith("Access-Control")]
    assert asked.status_code == 405


async def test_the_quota_holds(votes: Votes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_DOCUMENTS", 2)
    monkeypatch.setattr(room, "SHARES", 1)
    kept = [votes.vote("Pizza"), votes.vote("Soup")]
    assert votes.ask("POST", json={"dish": "Soup"}).status_code == 507
    assert votes.ask("PUT", f"votes/{kept[0]}", json={"dish": "Soup"}).status_code == 200
    assert votes.ask("DELETE", f"votes/{kept[0]}").status_code == 204
    votes.vote("Pizza")


@pytest.mark.parametrize("limit", ["MAX_DOCUMENTS", "MAX_BYTES"])
async def test_above_the_quota_documents_are_changed_that_take_no_more_room(
    votes: Votes, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """As after what was cleared has been brought back beside what was left since."""
    kept = [votes.vote("Pizza") for _ in range(3)]
    monkeypatch.setattr(room, limit, 1)
    for dish in ("Pizza", "Soup"):
        assert votes.ask("PUT", f"votes/{kept[0]}", json={"dish": dish}).status_code == 200
    assert votes.ask("POST", json={"dish": "Soup"}).status_code == 507
    larger = votes.ask("PUT", f"votes/{kept[0]}", json={"dish": "Pizza"})
    assert larger.status_code == (507 if limit == "MAX_BYTES" else 200)


@pytest.fixture
def told(database_url: str) -> Callable[[], list[str]]:
    """Of what owners are told, in order."""

    def tellings() -> list[str]:
        with psycopg.connect(database_url) as connection:
            jobs = connection.execute(
                "SELECT args->>'is_full' FROM procrastinate_jobs"
                " WHERE task_name = 'tell_little_room' ORDER BY id"
            ).fetchall()
        return ["full" if is_full == "true" else "nearly full" for (is_full,) in jobs]

    return tellings


def a_day_passes(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "UPDATE project SET full_told_at = full_told_at - interval '1 day',"
            " nearly_full_told_at = nearly_full_told_at - interval '1 day'"
        )


@pytest.mark.parametrize("by", ["DELETE", "PUT"])
async def test_an_owner_is_told_anew_that_an_app_is_full_where_something_was_deleted_since(
    votes: Votes,
    monkeypatch: pytest.MonkeyPatch,
    database_url: str,
    told: Callable[[], list[str]],
    by: str,
) -> None:
    monkeypatch.setattr(room, "SHARES", 1)
    monkeypatch.setattr(room, "MAX_BYTES", 2 * len('{"dish": "Pizza"}'))
    kept = [votes.vote("Pizza") for _ in range(2)]

    def refuse() -> list[str]:
        assert votes.ask("POST", json={"dish": "Pizza"}).status_code == 507
        return [one for one in told() if one == "full"]

    def fill_up_again() -> None:
        if by == "DELETE":
            assert votes.ask("DELETE", f"votes/{kept.pop()}").status_code == 204
            kept.append(votes.vote("Pizza"))
        else:
            for dish in ("Soup", "Pizza"):
                assert votes.ask("PUT", f"votes/{kept[0]}", json={"dish": dish}).status_code == 200

    assert [refuse(), refuse()] == [["full"]] * 2
    a_day_passes(database_url)
    assert refuse() == ["full"], "the owner knows, and nothing was deleted"
    fill_up_again()
    assert refuse() == ["full"] * 2
    fill_up_again()
    assert refuse() == ["full"] * 2, "once a day is enough"
    a_day_passes(database_url)
    assert [refuse(), refuse()] == [["full"] * 3] * 2


async def test_an_owner_is_told_a_day_later_of_an_app_that_is_nearly_full_again(
    votes: Votes,
    monkeypatch: pytest.MonkeyPatch,
    database_url: str,
    told: Callable[[], list[str]],
) -> None:
    monkeypatch.setattr(room, "SHARES", 1)
    monkeypatch.setattr(room, "MAX_DOCUMENTS", 10)
    kept = [votes.vote("Pizza") for _ in range(8)]
    assert told() == ["nearly full"]
    for one in kept[:2]:
        votes.ask("DELETE", f"votes/{one}")
    for _ in range(2):
        votes.vote("Pizza")
    assert told() == ["nearly full"], "once a day is enough"
    a_day_passes(database_url)
    for _ in range(2):
        votes.vote("Pizza")
    assert told() == ["nearly full"] * 2


async def test_an_owner_who_has_made_room_is_not_told_that_there_is_none(
    votes: Votes,
    monkeypatch: pytest.MonkeyPatch,
    site: Site,
    database_url: str,
    told: Callable[[], list[str]],
) -> None:
    """As after a while in which no worker ran."""
    monkeypatch.setattr(room, "SHARES", 1)
    monkeypatch.setattr(room, "MAX_DOCUMENTS", 2)
    for _ in range(2):
        votes.vote("Pizza")
    assert votes.ask("POST", json={"dish": "Soup"}).status_code == 507
    assert told() == ["nearly full", "full"]

    async def tell() -> int:
        for is_full in (False, True):
            noted = await connection.execute("SELECT now()::text")
            ((noted_at,),) = await noted.fetchall()
            await tell_little_room(connection, site.project, is_full=is_full, noted_at=noted_at)
        return (await connection.execute("SELECT FROM outbox WHERE kind = 'little_room'")).rowcount

    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        request_id = await add_words(connection, site.user, "a poll")
        await connection.execute("UPDATE version SET request_id = %s", [request_id])
        assert await clear(connection, site.project) == 2
        assert await tell() == 0
        for _ in range(2):
            votes.vote("Pizza")
        assert await tell() == 2


async def test_one_address_takes_a_share_of_the_room_and_leaves_the_rest_to_others(
    votes: Votes, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setattr(room, "MAX_DOCUMENTS", 8)

    def status(method: str = "POST", below: str = "votes", *, address: str) -> int:
        json = {"dish": "Soup"} if method == "POST" else None
        return votes.ask(method, below, json=json, address=address).status_code

    mine = votes.vote("Soup")
    assert [status(address="127.0.0.1") for _ in range(2)] == [201, 429]
    assert status("DELETE", f"votes/{mine}", address="127.0.0.1") == 204
    assert [status(address="127.0.0.1") for _ in range(2)] == [201, 429], "its room is free again"
    assert [status(address="192.0.2.1") for _ in range(3)] == [201, 201, 429]
    with psycopg.connect(database_url) as connection:  # a day later
        connection.execute("UPDATE document SET share_day = share_day - 1")
        kept = connection.execute("SELECT DISTINCT share_key FROM document").fetchall()
    assert [status(address="192.0.2.1") for _ in range(3)] == [201, 201, 429]
    assert len(kept) == 2
    assert all(b"192.0.2.1" not in key and len(key) == 16 for (key,) in kept)


async def test_what_is_made_larger_counts_for_who_did_it(
    votes: Votes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MAX_BYTES", 4 * len('{"dish": "Pizza"}'))
    small = [votes.ask("POST", json={"dish": "Soup"}, address=f"192.0.2.{n}") for n in range(2)]
    assert [one.status_code for one in small] == [201, 201]
    statuses = [
        votes.ask("PUT", f"votes/{one.get_json()['id']}", json={"dish": dish}).status_code
        for one in small
        for dish in ("Pizza", "Soup", "Pizza")
    ]
    assert statuses == [200, 200, 200, 429, 200, 429]


Ask = Callable[[str | None, str], int]


@pytest.fixture
def write_from(votes: Votes, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Votes as a visitor whose address is given, with what their X-Forwarded-For says."""
    monkeypatch.setattr(collections, "VISITOR_WRITES", 3)
    monkeypatch.setattr(collections, "APP_WRITES", 6)

    def write(forwarded: str | None, address: str) -> int:
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
        return votes.ask(
            "POST", json={"dish": "Soup"}, headers=headers, address=address
        ).status_code

    return write


async def test_who_asks_too_often_has_to_wait_whatever_address_they_pretend_to_have(
    write_from: Ask,
) -> None:
    pretended = [write_from(f"1.2.3.{n}", "192.0.2.1") for n in range(5)]
    assert pretended == [201, 201, 201, 429, 429]
    assert [write_from(None, "192.0.2.2") for _ in range(4)] == [201, 201, 201, 429]
    assert write_from(None, "192.0.2.3") == 429, "the app's own limit"


async def test_a_machine_is_one_visitor_whichever_of_its_addresses_it_takes(
    write_from: Ask,
) -> None:
    taken = [write_from(None, f"2001:db8::{n}") for n in range(1, 5)]
    assert taken == [201, 201, 201, 429]
    assert write_from(None, "2001:db8:0:1::1") == 201


@pytest.mark.parametrize(
    ("forwarded", "others"),
    [
        ("198.51.100.7", "198.51.100.8"),
        ("evil, 198.51.100.7", "198.51.100.7, 198.51.100.8"),  # what comes first is only claimed
        ("198.51.100.7,10.0.0.9", "198.51.100.8, 10.0.0.9"),  # two proxies of ours
        ("::ffff:198.51.100.7", "198.51.100.8"),
    ],
)
async def test_a_proxy_that_the_settings_name_is_believed(
    settings: Settings, site: Site, monkeypatch: pytest.MonkeyPatch, forwarded: str, others: str
) -> None:
    monkeypatch.setattr(collections, "VISITOR_WRITES", 2)
    proxies = [ip_network("10.0.0.0/8")]
    app = create_app(changed(settings, TRUSTED_PROXIES=proxies))
    votes = Votes(Client(app), settings, site.token)

    def write(header: str) -> int:
        headers = {"X-Forwarded-For": header}
        return votes.ask(
            "POST", json={"dish": "Soup"}, headers=headers, address="10.0.0.1"
        ).status_code

    assert [write(forwarded) for _ in range(3)] == [201, 201, 429]
    assert write("198.51.100.7") == 429, "the same visitor"
    assert write(others) == 201
    app.close()


async def test_strangers_without_a_link_take_no_place_and_a_full_table_keeps_nobody_out(
    client: Client, settings: Settings, votes: Votes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collections, "VISITOR_WRITES", 3)
    monkeypatch.setattr(rate_limiter, "MAX_KEYS", 5)
    for made_up in (secrets.token_hex(16) for _ in range(10)):
        assert Votes(client, settings, made_up).ask("GET").status_code == 404
    assert Votes(client, settings, "x" * 100_000).ask("GET").status_code == 404

    def write(address: str) -> int:
        return votes.ask("POST", json={"dish": "Soup"}, address=address).status_code

    assert [write("192.0.2.1") for _ in range(4)] == [201, 201, 201, 429]
    assert {write(f"198.51.100.{n}") for n in range(20)} == {201}
    assert write("192.0.2.1") == 429, "a crowd makes nobody's count begin anew"


async def test_who_adds_something_while_the_owner_is_forgotten_is_told_that_nothing_is_there(
    votes: Votes, database_url: str
) -> None:
    with psycopg.connect(database_url) as connection, ThreadPoolExecutor() as beside:
        connection.execute("DELETE FROM project")
        adding = beside.submit(votes.ask, "POST", json={"dish": "Soup"})
        with psycopg.connect(database_url) as looking:
            eventually(
                lambda: looking.execute("SELECT FROM pg_locks WHERE NOT granted").fetchone() == (),
                "it waits for the project",
            )
        connection.commit()
        answer = adding.result()

    assert answer.status_code == 404
    assert answer.get_json() == {"error": "This app has no collections."}


async def test_the_data_outlives_a_version_and_leaves_with_the_project(
    settings: Settings, client: Client
) -> None:
    changed = {**POLL.files, "more.txt": "more"}
    site = await publish_site(settings, POLL.files, changed)
    Votes(client, settings, site.versions[0]).vote("Soup")
    assert Votes(client, settings, site.token).all() == ["Soup"]


@pytest.mark.browser
def test_two_visitors_share_a_poll(settings: Settings, tmp_path: Path) -> None:
    site = asyncio.run(publish_site(settings, POLL.files))
    with serving(settings, tmp_path, workers=1) as (served, _), running_browser() as browser:
        ada, ben = (browser.new_context().new_page() for _ in range(2))
        for page, dish in ((ada, "Pizza"), (ben, "Soup")):
            page.goto(f"{served.web.sites_base_url}/{site.token}/")
            page.get_by_label("Your vote").select_option(dish)
            page.get_by_role("button", name="Vote").click()
            expect(page.locator("#result")).to_contain_text(f"{dish[:3]}", ignore_case=True)
        expect(ben.locator("#result")).to_have_text("Pizza 1, soup 1")
        ada.reload()
        expect(ada.locator("#result")).to_have_text("Pizza 1, soup 1")
        pizza = next(
            one for one in ben.evaluate(LISTED)["documents"] if one["data"]["dish"] == "Pizza"
        )
        assert [page.evaluate(DELETED, pizza["id"]) for page in (ben, ada)] == [403, 204]
        ben.reload()
        expect(ben.locator("#result")).to_have_text("Pizza 0, soup 1")
