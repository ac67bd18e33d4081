"""Logging in at the console: whom a session lets do what, and what ends it."""

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from werkzeug.test import Client, TestResponse

from bot.errors import DatabaseUnavailable
from bot.settings.groups import Settings
from bot.web.console.alert_watch import AlertWatch
from bot.web.console.desk import Desk
from bot.web.login_throttle import LoginThrottle
from bot.wsgi import create_app
from tests.databases import refuse_writes
from tests.settings import changed
from tests.users import insert_user

OPERATOR, VIEWER = "test-operator-token", "test-viewer-token-1"
NUMBER = "+15550104477"
USER = "e" * 32
HTML = {"Accept": "text/html,*/*;q=0.8"}
FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


class Browser:
    """A browser at the console: it keeps cookies, and asks for pages."""

    def __init__(self, settings: Settings) -> None:
        self._app = create_app(settings)
        self._client = Client(self._app)
        self._base = settings.web.public_base_url

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._client.get(path, base_url=self._base, headers=HTML | headers)

    def post(
        self, path: str, headers: dict[str, str] | None = None, /, **form: str
    ) -> TestResponse:
        return self._client.post(
            path, base_url=self._base, headers=HTML | (headers or {}), data=form
        )

    def log_in(self, token: str, name: str = "Kim", **form: str) -> TestResponse:
        return self.post("/console/login", token=token, name=name, **form)

    def act(self, path: str, **form: str) -> TestResponse:
        """Fill in the question that stands at the path."""
        (token,) = FORM_TOKEN.findall(self.get(path).text)[-1:]
        return self.post(path, form_token=token, **form)

    def cookie(self) -> str:
        kept = self._client.get_cookie("__Host-console", domain="bot.example.com")
        assert kept is not None
        return kept.value

    def take_over(self, other: "Browser") -> None:
        """Come with another browser's cookie."""
        self._client.set_cookie(
            "__Host-console", other.cookie(), domain="bot.example.com", secure=True
        )

    def close(self) -> None:
        self._app.close()


@contextmanager
def browsing(settings: Settings) -> Iterator[Browser]:
    browser = Browser(settings)
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture
def with_viewers(settings: Settings) -> Settings:
    return changed(settings, PUBLIC_BASE_URL="https://bot.example.com", VIEWER_TOKEN=VIEWER)


@pytest.fixture
def browser(with_viewers: Settings) -> Iterator[Browser]:
    with browsing(with_viewers) as browser:
        yield browser


@pytest.fixture
def rows(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        insert_user(connection, USER)
        yield connection


def test_a_browser_is_led_to_the_log_in_and_back_and_out_again(browser: Browser) -> None:
    led = browser.get("/console/requests?shown=all")
    assert (led.status_code, led.headers["Location"]) == (
        303,
        "/console/login?next=/console/requests?shown%3Dall",
    )
    assert 'value="/console/requests?shown=all"' in browser.get(led.headers["Location"]).text

    answer = browser.log_in(OPERATOR, next="/console/requests?shown=all")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/requests?shown=all")
    cookie = answer.headers["Set-Cookie"]
    for part in ("__Host-console=", "Secure", "HttpOnly", "Path=/", "SameSite=Strict", "Expires="):
        assert part in cookie
    page = browser.get("/console").text
    assert "Kim" in page
    assert "Pause intake" in page

    (token,) = set(FORM_TOKEN.findall(page))
    assert browser.post("/console/logout", form_token=token).status_code == 303
    assert browser.get("/console").status_code == 303


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "///console/x",
        " //console",
        "/",
    ],
)
def test_the_log_in_leads_to_nobody_elses_page(browser: Browser, place: str) -> None:
    assert browser.log_in(OPERATOR, next=place).headers["Location"] == "/console"


def test_a_session_ends_with_the_tokens_of_which_it_was_made(
    browser: Browser, with_viewers: Settings
) -> None:
    browser.log_in(VIEWER)
    assert browser.get("/console").status_code == 200

    for name, value in (
        ("VIEWER_TOKEN", "another-viewer-token"),
        ("OPERATOR_TOKEN", "another-operator-token"),
    ):
        with browsing(changed(with_viewers, **{name: value})) as after:
            after.take_over(browser)
            assert after.get("/console").status_code == 303


def test_a_copied_cookie_is_worth_nothing_after_the_log_out(
    browser: Browser, with_viewers: Settings, rows: psycopg.Connection
) -> None:
    browser.log_in(OPERATOR)
    with browsing(with_viewers) as other, browsing(with_viewers) as copy:
        other.log_in(OPERATOR, name="Lou")
        copy.take_over(browser)
        (token,) = set(FORM_TOKEN.findall(copy.get("/console").text))

        assert browser.post("/console/logout", form_token=token).status_code == 303
        assert copy.get("/console").status_code == 303
        late = copy.post("/console/acts/pause/sending", form_token=token, reason="why")
        assert (late.status_code, late.headers["Location"]) == (
            303,
            "/console/login?next=/console/acts/pause/sending",
        )
        assert copy.post("/console/logout", form_token=token).status_code == 403
        assert other.get("/console").status_code == 200
        assert rows.execute("SELECT FROM pause").fetchall() == []

        copy.take_over(other)
        copy.log_in(OPERATOR, name="Lou")
        assert other.get("/console").status_code == 303, "who logs in anew has left the session"


def test_sessions_whose_time_is_over_are_removed(
    browser: Browser, rows: psycopg.Connection
) -> None:
    browser.log_in(OPERATOR)
    rows.execute("UPDATE console_session SET ends_at = now() - interval '1 second'")
    assert browser.get("/console").status_code == 303
    browser.log_in(OPERATOR)
    assert rows.execute("SELECT count(*) FROM console_session").fetchone() == (1,)


def test_nobody_is_looked_up_for_another_sites_page(browser: Browser) -> None:
    browser.log_in(OPERATOR)
    (token,) = set(FORM_TOKEN.findall(browser.get("/console").text))
    path = "/console/search"
    assert browser.post(path, q=NUMBER).status_code == 403
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Authorization": f"Bearer {OPERATOR}"}
    assert browser.post(path, elsewhere, q=NUMBER, form_token=token).status_code == 403
    assert browser.post(path, q=NUMBER, form_token=token).status_code == 200


def test_a_session_ends_twelve_hours_after_the_log_in_whatever_was_done(
    browser: Browser, rows: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.log_in(OPERATOR)
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + 11 * 3600)
    assert browser.act("/console/acts/pause/sending", reason="late").status_code == 303
    assert browser.get("/console").status_code == 200
    monkeypatch.setattr(time, "time", lambda: clock() + 13 * 3600)
    assert browser.get("/console").status_code == 303


def test_wrong_tokens_are_slowed_and_a_name_is_needed(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LoginThrottle.check_password.__globals__["time"], "sleep", lambda _: None)
    assert "A name of at most" in browser.log_in(OPERATOR, name=" ").text
    assert browser.log_in("wrong").status_code == 401
    for _ in range(3):
        answer = browser.log_in("wrong again")
    assert answer.status_code in {401, 429}
    assert browser.get("/console").status_code == 303
    alien = browser.post(
        "/console/login", {"Sec-Fetch-Site": "cross-site"}, token=OPERATOR, name="Kim"
    )
    assert alien.status_code == 403


def test_viewers_look_and_neither_act_nor_read_words(
    browser: Browser, rows: psycopg.Connection
) -> None:
    browser.log_in(VIEWER, name="Vic")
    page = browser.get("/console")
    assert (page.status_code, "Pause intake" in page.text) == (200, False)

    (token,) = set(FORM_TOKEN.findall(page.text))
    for path in (
        "/console/acts/pause/intake",
        f"/console/acts/erase/{USER}",
        f"/console/requests/{uuid4()}/words",
    ):
        for answer in (browser.get(path), browser.post(path, form_token=token, reason="why")):
            assert (answer.status_code, answer.text) == (
                403,
                "Viewers may look, and neither act nor see what users wrote.\n",
            )
    assert rows.execute("SELECT FROM audit").fetchall() == []
    script = browser.get("/console", Authorization=f"Bearer {VIEWER}", Accept="application/json")
    assert script.status_code == 200
    assert browser.get("/metrics", Authorization=f"Bearer {VIEWER}").status_code == 401


def test_nothing_is_done_without_the_sessions_own_form(
    browser: Browser, rows: psycopg.Connection
) -> None:
    path = "/console/acts/pause/sending"
    bearer = {"Authorization": f"Bearer {OPERATOR}"}
    assert browser.post(path, bearer, reason="why").status_code == 403
    browser.log_in(OPERATOR)
    for form in ({}, {"form_token": ""}, {"form_token": "x" * 43}):
        assert browser.post(path, reason="why", **form).status_code == 403
        assert browser.post("/console/logout", **form).status_code == 403
    assert rows.execute("SELECT FROM pause").fetchall() == []


def test_pausing_is_asked_back_done_shown_and_on_record(
    browser: Browser, rows: psycopg.Connection
) -> None:
    browser.log_in(OPERATOR)
    path = "/console/acts/pause/sending"
    assert browser.act(path, reason=" ").status_code == 409
    done = browser.act(path, reason=f"{NUMBER} gets everything twice")
    assert (done.status_code, done.headers["Location"]) == (303, "/console")
    page = browser.get("/console").text
    assert "The sending is paused." in page
    assert "Resume sending" in page
    again = browser.act(path, reason="once more")
    assert (again.status_code, "The sending is paused already." in again.text) == (409, True)

    browser.act("/console/acts/resume/sending", reason="it is mended")
    noted = rows.execute("SELECT operator, action, subject, reason FROM audit").fetchall()
    assert noted == [
        ("Kim", "pause", "sending", "[address] gets everything twice"),
        ("Kim", "resume", "sending", "it is mended"),
    ]


def test_a_user_is_erased_by_who_types_their_id_and_stands_in_the_audit_as_an_id_alone(
    browser: Browser, rows: psycopg.Connection
) -> None:
    browser.log_in(OPERATOR)
    path = f"/console/acts/erase/{USER}"
    assert browser.act(path, reason="they asked", typed="ffff").status_code == 409
    assert browser.act(path, reason="they asked", typed=USER[:8]).status_code == 303
    assert rows.execute("SELECT FROM contact").fetchall() == []
    assert rows.execute("SELECT action, subject FROM audit").fetchall() == [
        ("erase", f"user:{USER}")
    ]
    for nobody in ("f" * 32, "%00", "%3Cscript%3E"):
        odd = browser.act(f"/console/acts/export/{nobody}", reason="why")
        assert (odd.status_code, "<script>" in odd.text) == (409, False)
    gone = browser.act(path, reason="once more", typed=USER[:8])
    assert (gone.status_code, "Nobody is known" in gone.text) == (409, True)


def test_what_was_done_about_a_user_stands_on_their_page(
    browser: Browser, rows: psycopg.Connection
) -> None:
    browser.log_in(OPERATOR, name="Kim <i>")
    assert "Nothing was done about them." in browser.get(f"/console/users/{USER}").text
    request_id = insert_request(rows)
    rows.execute(
        "INSERT INTO audit (operator, action, subject, reason) VALUES"
        " ('Lou', 'cancel', %s, 'it ran wild'), ('Lou', 'cancel', 'request:other', 'not theirs')",
        [f"request:{request_id}"],
    )
    path = f"/console/acts/raise-budget/{USER}"
    assert browser.act(path, reason="a <b>gift</b>", amount="2").status_code == 303

    page = browser.get(f"/console/users/{USER}").text
    for told in ("Kim &lt;i&gt;", "a &lt;b&gt;gift&lt;/b&gt;", "raise budget", "it ran wild"):
        assert told in page
    assert f'href="/console/requests/{request_id}"' in page
    assert "not theirs" not in page


def test_the_overview_tells_how_each_part_is(browser: Browser, rows: psycopg.Connection) -> None:
    rows.execute(
        "INSERT INTO alert_recovered (name, fired_at, recovered_at)"
        " VALUES ('paused', now() - interval '2 hours', now() - interval '1 hour')"
    )
    browser.log_in(OPERATOR)
    told = browser.get("/console?format=json").get_json()["health"]
    assert {name: part["status"] for name, part in told.items()} == {
        "database": "up",
        "writes": "up",
        "schema": "up",
        "worker": "down",
        "records": "up",
    }
    page = browser.get("/console").text
    assert "no worker has started yet" in page
    assert "none are kept here (LOCAL_RECORDS)" in page
    assert "fired 2 h 00 min ago, for 1 h 00 min" in page


def insert_request(rows: psycopg.Connection) -> UUID:
    """A request of the user's."""
    request_id = uuid4()
    rows.execute(
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length) VALUES (%s, %s, %s, 'whatsapp', %s, %s, 9)",
        [request_id, USER, uuid4(), "0" * 32, "0" * 16],
    )
    return request_id


def test_words_are_shown_to_who_said_why_for_a_quarter_of_an_hour(
    browser: Browser, with_viewers: Settings, rows: psycopg.Connection
) -> None:
    request_id = insert_request(rows)
    rows.execute(
        "INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,"
        " fields_encrypted) VALUES ('SM1', %s, %s, 'text', '<b>my secret</b>', '')",
        [request_id, USER],
    )
    browser.log_in(OPERATOR)
    path = f"/console/requests/{request_id}/words"
    assert "secret" not in browser.get(path).text
    assert browser.act(path, reason="they say it is wrong").status_code == 303
    shown = browser.get(path)
    assert "&lt;b&gt;my secret&lt;/b&gt;" in shown.text
    assert 890 < int(shown.headers["Refresh"]) <= 901, "an open page closes as well"
    with browsing(with_viewers) as other:
        other.log_in(OPERATOR, name="Lou")
        assert "secret" not in other.get(path).text
    rows.execute("UPDATE audit SET at = at - interval '15 minutes'")
    assert "secret" not in browser.get(path).text


def test_an_act_without_a_database_is_to_be_tried_again(settings: Settings) -> None:
    nobody: Any = None
    desk = Desk(
        settings=settings,
        database_url="postgresql://127.0.0.1:1/none",
        pool=nobody,
        alerts=AlertWatch(settings),
        health=nobody,
        reader=nobody,
    )

    async def act() -> None:
        async with desk.acting():
            pass

    with pytest.raises(DatabaseUnavailable, match="try again"):
        asyncio.run(act())


def test_an_act_upon_a_database_that_takes_no_writes_is_to_be_tried_again(
    browser: Browser, database_url: str
) -> None:
    browser.log_in(OPERATOR)
    refuse_writes(database_url, refuse=True)

    refused = browser.act("/console/acts/pause/sending", reason="a storm")

    assert refused.status_code == 409
    assert "please try again" in refused.text
