"""What the console's box finds, that a phone number stands nowhere, and lists page by page."""

from collections.abc import Iterator
from urllib.parse import quote
from uuid import UUID, uuid4

import psycopg
import pytest
from werkzeug.test import Client, TestResponse

from bot.requests.identity import address_key
from bot.settings.groups import Settings
from bot.web.console.search import may_be_number
from bot.wsgi import create_app
from tests.settings import changed

USER = "c" * 31 + "1"
NUMBER = "+15551234567"
SID = "SM" + "0" * 31 + "1"
REQUEST = UUID("7d1f3a52-0c4e-4b8a-9f36-5e2b8c9d0a17")
TRACE = "d" * 31 + "2"


class Console:
    """An operator's program that reads pages."""

    def __init__(self, settings: Settings) -> None:
        self._app = create_app(settings)
        self._client = Client(self._app)
        self._base = settings.web.public_base_url
        self._headers = {
            "Authorization": f"Bearer {settings.operators.operator_token.get_secret_value()}"
        }

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._client.get(path, base_url=self._base, headers=self._headers | headers)

    def search(self, words: str) -> TestResponse:
        return self._client.post(
            "/console/search", base_url=self._base, headers=self._headers, data={"q": words}
        )

    def close(self) -> None:
        self._app.close()


@pytest.fixture
def console(settings: Settings) -> Iterator[Console]:
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        fill(connection, settings)
    console = Console(settings)
    yield console
    console.close()


def fill(connection: psycopg.Connection, settings: Settings) -> None:
    key = address_key(settings.identity, f"whatsapp:{NUMBER}")
    connection.execute(
        "INSERT INTO contact (user_id, platform, address_encrypted, address_key)"
        " VALUES (%s, 'whatsapp', '', %s)",
        [USER, key],
    )
    connection.execute(
        "INSERT INTO user_address VALUES (%s, %s, true, now() - interval '1 hour')", [key, USER]
    )
    connection.execute(
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_type, request_length) SELECT %s, %s, gen_random_uuid(), 'whatsapp', %s, '',"
        " 'build', 19",
        [REQUEST, USER, TRACE],
    )
    connection.execute(
        "INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,"
        " fields_encrypted) VALUES (%s, %s, %s, 'text', 'secret', '')",
        [SID, REQUEST, USER],
    )


@pytest.mark.parametrize(
    "sought",
    [str(REQUEST), str(REQUEST)[:8], str(REQUEST).upper(), SID, TRACE],
)
def test_one_hit_leads_straight_to_its_request(console: Console, sought: str) -> None:
    asked = console.search(sought)
    assert asked.status_code == 303
    found = console.get(asked.headers["Location"])
    assert found.status_code == 303
    assert found.headers["Location"].startswith(f"/console/requests/{REQUEST}")
    page = console.get(found.headers["Location"])
    assert page.status_code == 200
    assert "secret" not in page.text


def test_a_user_is_found_by_the_beginning_of_their_id(console: Console) -> None:
    found = console.get(console.search(USER[:7]).headers["Location"])
    assert found.headers["Location"] == f"/console/users/{USER}"
    assert USER in console.get(found.headers["Location"]).text


@pytest.mark.parametrize(
    "written",
    [
        NUMBER,
        "+1 (555) 123-4567",
        "0015551234567",
        "tel:+1-555-123-4567",
        "\u202a+1\N{NO-BREAK SPACE}555\N{NON-BREAKING HYPHEN}123\N{EN DASH}4567\u202c",
    ],
)
def test_a_phone_number_leads_to_its_user_and_is_not_repeated(
    console: Console, written: str
) -> None:
    found = console.search(written)
    assert (found.status_code, found.headers["Location"]) == (303, f"/console/users/{USER}")
    assert "5551234567" not in console.get(found.headers["Location"]).text


@pytest.mark.parametrize(
    "written",
    [
        "+15559999999",
        "5551234567",
        "whatsapp:+15559999999",
        "+1555-999/9999 x7",
        "call 15559999999",
        "DE15559999999",
        "e15559999999",
        "US00015559999999",
        "a_v1_15559999999",
    ],
)
def test_a_number_of_nobody_is_not_repeated_either(console: Console, written: str) -> None:
    answer = console.search(written)
    assert answer.status_code == 200
    assert "Nobody is known by that number" in answer.text
    assert written.lstrip("+") not in answer.text
    assert console.get(f"/console/search?q={quote(written)}").status_code == 400


def test_a_number_in_an_address_is_refused(console: Console) -> None:
    answer = console.get("/console/search?q=%2B15551234567")
    assert answer.status_code == 400
    assert "5551234567" not in answer.text


def test_the_beginning_of_an_id_with_many_digits_is_found_without_an_address(
    console: Console,
) -> None:
    begins = str(REQUEST)[:18]
    assert may_be_number(begins)
    found = console.search(begins)
    assert (found.status_code, found.headers["Location"]) == (303, f"/console/requests/{REQUEST}")


@pytest.mark.parametrize(
    "sought", ["63024", "cafe", str(REQUEST), SID, TRACE, "frontend_v1_a83652"]
)
def test_ids_and_codes_are_no_numbers(sought: str) -> None:
    assert not may_be_number(sought)


def test_what_is_not_there_is_said(console: Console) -> None:
    for path in (f"/console/requests/{uuid4()}", "/console/users/nobody"):
        answer = console.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "text/plain")
        assert "erased" in answer.text
        assert 'aria-label="Search"' in console.get(path, Accept="text/html").text
    assert "Nothing found" in console.get("/console/search?q=nothing").text


def test_where_records_are_away_the_rest_of_a_request_stands(
    console: Console, settings: Settings
) -> None:
    away = "postgresql://127.0.0.1:1/none?connect_timeout=1"
    apart = Console(changed(settings, RECORDS_DATABASE_URL=away, LOCAL_RECORDS=True))
    page = apart.get(f"/console/requests/{REQUEST}")
    assert page.status_code == 200
    assert "The database that keeps the records is away" in page.text
    assert "from the user" in page.text
    overview = apart.get("/console").text
    assert "RECORDS_DATABASE_URL names is away" in overview
    assert "No worker runs." in overview
    assert "The database that keeps the records is away." in overview
    apart.close()


def test_requests_are_listed_page_by_page_without_one_twice_or_missed(
    console: Console, settings: Settings
) -> None:
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        connection.execute(
            "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id,"
            " span_id, request_type, request_length, accepted_at)"
            " SELECT gen_random_uuid(), %s, gen_random_uuid(), 'whatsapp', '', '', 'talk', 1,"
            " now() - interval '1 minute' FROM generate_series(1, 119)",
            [USER],
        )
    seen: list[str] = []
    path = "/console/requests"
    for _ in range(3):
        page = console.get(path)
        seen += [one["request_id"] for one in console.get(_as_json(path)).get_json()["requests"]]
        path = page.text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert path == ""
    assert len(seen) == len(set(seen)) == 120
    assert console.get("/console/requests?kind=failed").status_code == 200
    assert console.get("/console/requests?before=nonsense").status_code == 400


def _as_json(path: str) -> str:
    return path + ("&" if "?" in path else "?") + "format=json"
