import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from werkzeug.test import Client, TestResponse

from bot.requests.identity import decrypt_address, decrypt_fields
from bot.settings.groups import Settings
from bot.wsgi import create_app
from tests.integration.twilio_forms import FORM, Fields, encoded, message_fields, signed
from tests.settings import changed

PATH = "/webhooks/whatsapp"
TABLES = ("contact", "request", "inbound_message", "procrastinate_jobs")


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    app = create_app(settings)
    yield Client(app)
    app.close()


def post(
    client: Client, settings: Settings, body: bytes, headers: dict[str, str], path: str = PATH
) -> TestResponse:
    return client.post(path, base_url=settings.web.public_base_url, data=body, headers=headers)


def send(client: Client, settings: Settings, fields: Fields, **options: Any) -> TestResponse:
    headers = signed(fields, url=settings.web.public_base_url + PATH, **options)
    return post(client, settings, encoded(fields), headers)


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        return connection.execute(query.encode()).fetchall()


def counts(settings: Settings) -> list[int]:
    return [rows(settings, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES]


def test_a_signed_message_is_stored_with_its_request_and_its_job(
    client: Client, settings: Settings
) -> None:
    fields = message_fields(settings)
    response = send(client, settings, fields)
    assert (response.status_code, response.data) == (204, b"")
    assert counts(settings) == [1, 1, 1, 1]
    ((sid, body, kind, user, trace_id, span_id, length),) = rows(
        settings,
        "SELECT message_sid, body, message_type, user_id, trace_id, span_id, request_length"
        " FROM inbound_message JOIN request USING (request_id, user_id)",
    )
    assert (sid, body, kind) == (fields["MessageSid"], "Build me a todo app", "text")
    assert (len(user), len(trace_id), len(span_id), length) == (32, 32, 16, 19)
    ((queue, task, lock, args),) = rows(
        settings, "SELECT queue_name, task_name, lock, args FROM procrastinate_jobs"
    )
    assert (queue, task, lock) == ("conversation", "read_message", f"user:{user}")
    assert args == {"message_sid": sid}


def test_the_address_and_every_field_are_kept_encrypted(client: Client, settings: Settings) -> None:
    fields = message_fields(settings, Body="", Latitude="48.1", New=["one", "two"], Blank="")
    assert send(client, settings, fields).status_code == 204
    ((address, kept),) = rows(
        settings,
        "SELECT address_encrypted, fields_encrypted FROM contact JOIN inbound_message"
        " USING (user_id)",
    )
    assert decrypt_address(settings.identity, address) == fields["From"]
    assert decrypt_fields(settings.identity, kept) == {
        name: value if isinstance(value, list) else [value] for name, value in fields.items()
    }
    with_clear_text = rows(
        settings,
        "SELECT 1 FROM contact, request, inbound_message, procrastinate_jobs WHERE"
        " concat(contact, request, inbound_message, procrastinate_jobs) LIKE '%5551234567%'",
    )
    assert with_clear_text == []


def test_the_same_message_fifty_times_at_once_is_one_request(
    client: Client, settings: Settings
) -> None:
    fields = message_fields(settings)
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: send(client, settings, fields), range(50)))
    assert {answer.status_code for answer in answers} == {204}
    assert counts(settings) == [1, 1, 1, 1]


def test_messages_of_one_user_queue_in_the_order_of_their_arrival(
    client: Client, settings: Settings
) -> None:
    sent = [message_fields(settings) for _ in range(5)]
    for fields in sent:
        assert send(client, settings, fields).status_code == 204
    queued = rows(settings, "SELECT args->>'message_sid' FROM procrastinate_jobs ORDER BY id")
    assert [sid for (sid,) in queued] == [fields["MessageSid"] for fields in sent]
    assert counts(settings) == [1, 5, 5, 5]


def test_a_user_without_a_phone_number_may_write(client: Client, settings: Settings) -> None:
    for address in ("whatsapp:US.13491208655302741918", "whatsapp:US.2"):
        fields = message_fields(settings, From=address, ExternalUserId="US.1349", WaId=[])
        assert send(client, settings, fields).status_code == 204
    ((address,),) = rows(settings, "SELECT address_encrypted FROM contact")
    assert decrypt_address(settings.identity, address) == "whatsapp:US.2"


def test_text_that_postgresql_cannot_hold_is_taken_in_all_the_same(
    client: Client, settings: Settings
) -> None:
    fields = message_fields(settings, Body="to\0do 🎉", MessageType="te\0xt")
    assert send(client, settings, fields).status_code == 204
    assert rows(settings, "SELECT body, message_type FROM inbound_message") == [("todo 🎉", "text")]


@pytest.mark.parametrize(
    ("said", "has_key"),
    [
        ("What is https://x.app/t/api/collections/?owner=gAB-_9== for?", True),
        ("A button to https://x.app/t/api/collections/?download=gAB-_9== please", True),
        ("A button to https://shop.example/?owner=jane please", False),
    ],
)
def test_the_key_of_an_owners_link_reaches_nobody_who_reads_the_message(
    client: Client, settings: Settings, said: str, has_key: bool
) -> None:
    fields = message_fields(settings, Body=said)
    assert send(client, settings, fields).status_code == 204
    ((body, encrypted),) = rows(settings, "SELECT body, fields_encrypted FROM inbound_message")
    assert body == (said.replace("gAB-_9==", "…") if has_key else said)
    assert decrypt_fields(settings.identity, encrypted)["Body"] == [said]


def test_any_token_of_a_rotation_and_both_algorithms_sign(settings: Settings) -> None:
    both = changed(settings, TWILIO_AUTH_TOKEN=["old", "new"])
    app = create_app(both)
    client = Client(app)
    for token in ("old", "new"):
        for algorithm in ("HMAC_SHA1", "HMAC_SHA256"):
            answer = send(client, both, message_fields(both), token=token, algorithm=algorithm)
            assert answer.status_code == 204
    assert send(client, both, message_fields(both), token="older").status_code == 403
    app.close()


@pytest.mark.parametrize("query", ["a=1%2C2&b=%C3%A9", "x=%2e%2e%2f&y=a+b%20c", "empty="])
def test_the_query_is_signed_as_it_was_sent(client: Client, settings: Settings, query: str) -> None:
    fields = message_fields(settings)
    target = f"{PATH}?{query}"
    headers = signed(fields, url=settings.web.public_base_url + target)
    assert post(client, settings, encoded(fields), headers, target).status_code == 204
    other = post(client, settings, encoded(fields), headers, f"{PATH}?{query}1")
    assert other.status_code == 403


def test_behind_a_proxy_the_public_address_counts(settings: Settings) -> None:
    public = changed(settings, PUBLIC_BASE_URL="https://crew.example.com")
    app = create_app(public)
    fields = message_fields(public)
    headers = signed(fields, url=f"https://crew.example.com{PATH}")
    answer = Client(app).post(
        PATH, base_url="http://crew.example.com", data=encoded(fields), headers=headers
    )
    assert answer.status_code == 204
    app.close()


def bad_signatures(settings: Settings, fields: Fields) -> list[dict[str, str]]:
    good = signed(fields, url=settings.web.public_base_url + PATH)
    return [
        {"Content-Type": FORM},
        good | {"X-Twilio-Signature": ""},
        good | {"X-Twilio-Signature": "é"},
        good | {"X-Twilio-Signature": good["X-Twilio-Signature"][:-1]},
        good | {"X-Twilio-Webhooks-Signature-Settings": "algorithm=HMAC_SHA256"},
        good | {"X-Twilio-Webhooks-Signature-Settings": "algorithm=NONE"},
        signed(fields, url=settings.web.public_base_url + PATH, token="guess"),
        signed(fields, url=settings.web.sites_base_url + PATH),
        signed(fields | {"Body": "another"}, url=settings.web.public_base_url + PATH),
    ]


@pytest.mark.filterwarnings("ignore:Unsupported webhook signature")
def test_a_bad_signature_is_403_and_leaves_nothing_behind(
    client: Client, settings: Settings
) -> None:
    fields = message_fields(settings)
    for headers in bad_signatures(settings, fields):
        answer = post(client, settings, encoded(fields), headers)
        assert (answer.status_code, answer.text) == (
            403,
            "The signature does not match this request.\n",
        )
    assert counts(settings) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"MessageSid": []}, 400, "MessageSid"),
        ({"MessageSid": "../../etc/passwd"}, 400, "MessageSid"),
        ({"From": []}, 400, "From"),
        ({"From": "+15551234567"}, 400, "From"),
        ({"AccountSid": []}, 403, "AccountSid"),
        ({"AccountSid": "AC" + "f" * 32}, 403, "AccountSid"),
    ],
)
def test_a_signed_form_that_is_not_for_us_is_refused_in_one_sentence(
    client: Client,
    settings: Settings,
    changes: dict[str, str | list[str]],
    status: int,
    sentence: str,
) -> None:
    answer = send(client, settings, message_fields(settings, **changes))
    assert (answer.status_code, answer.mimetype) == (status, "text/plain")
    assert sentence in answer.text
    assert answer.text.count("\n") == 1
    assert counts(settings) == [0, 0, 0, 0]


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "", "?"])
def test_another_content_type_is_refused(client: Client, settings: Settings, kind: str) -> None:
    fields = message_fields(settings)
    headers = signed(fields, url=settings.web.public_base_url + PATH) | {"Content-Type": kind}
    answer = post(client, settings, encoded(fields), headers)
    assert answer.status_code == 415
    assert FORM in answer.text
    assert counts(settings) == [0, 0, 0, 0]


def test_a_form_beyond_what_twilio_sends_is_refused(client: Client, settings: Settings) -> None:
    longest = message_fields(settings, Body="🎉" * 1600)
    assert send(client, settings, longest).status_code == 204
    answer = send(client, settings, message_fields(settings, Body="x" * 70_000))
    assert (answer.status_code, answer.text) == (413, "The body is larger than 65536 bytes.\n")
    assert counts(settings) == [1, 1, 1, 1]


@pytest.mark.parametrize("body", [b"", b"\xff\xfe=%ff", b"&&&===", b"%", b"a" * 1000])
def test_a_malformed_form_is_refused_signed_or_not(
    client: Client, settings: Settings, body: bytes
) -> None:
    answer = post(client, settings, body, {"Content-Type": FORM})
    assert answer.status_code == 403
    headers = signed({}, url=settings.web.public_base_url + PATH)
    assert post(client, settings, b"", headers).status_code == 403
    assert counts(settings) == [0, 0, 0, 0]


def test_only_post_is_answered(client: Client, settings: Settings) -> None:
    answer = client.get(PATH, base_url=settings.web.public_base_url)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_what_nobody_expected_is_logged_and_not_told(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        connection.execute("DROP TABLE inbound_message CASCADE")
    answer = send(client, settings, message_fields(settings))
    assert (answer.status_code, answer.text) == (
        500,
        "Something went wrong here; it has been noted.\n",
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    (logged,) = [record for record in caplog.records if record.name == "bot.web.webhooks"]
    assert logged.getMessage() == f"POST {PATH} failed with UndefinedTable"
    assert logged.exc_info is not None


@pytest.mark.lengthy
def test_without_the_database_twilio_is_told_to_try_again(settings: Settings) -> None:
    url = "postgresql://127.0.0.1:1/none?connect_timeout=1"
    app = create_app(changed(settings, DATABASE_URL=url))
    answer = send(Client(app), settings, message_fields(settings))
    assert (answer.status_code, answer.mimetype) == (503, "text/plain")
    assert "database" in answer.text
    app.close()


def test_a_status_callback_reaches_the_message_it_is_about(
    client: Client, settings: Settings
) -> None:
    assert send(client, settings, message_fields(settings)).status_code == 204
    sid = "SM" + secrets.token_hex(16)
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        connection.execute(
            "INSERT INTO outbox (user_id, request_id, kind, dedupe_key, part, parts, body, state,"
            " provider_status, provider_sid)"
            " SELECT user_id, request_id, 'reply', 'x', 1, 1, 'hello', 'sent', 'sent', %s"
            " FROM request",
            [sid],
        )
    fields: Fields = {
        "AccountSid": settings.twilio.account_sid,
        "MessageSid": sid,
        "MessageStatus": "delivered",
        "To": "whatsapp:+15551234567",
    }
    path = "/webhooks/status"
    forged = signed(fields, url=settings.web.public_base_url + path, token="guess")
    assert post(client, settings, encoded(fields), forged, path).status_code == 403
    assert rows(settings, "SELECT state FROM outbox") == [("sent",)]
    headers = signed(fields, url=settings.web.public_base_url + path)
    assert post(client, settings, encoded(fields), headers, path).status_code == 204
    assert rows(settings, "SELECT state FROM outbox") == [("delivered",)]


@pytest.mark.parametrize(
    ("said", "kind"), [("stop", "stop"), ("status", "words"), ("stpo", "user"), ("stauts", "user")]
)
def test_only_what_is_a_command_to_the_letter_overtakes(
    client: Client, settings: Settings, said: str, kind: str
) -> None:
    """A slip is one in its user's language, so it may be none when it is read."""
    send(client, settings, message_fields(settings, Body=said))
    locks = rows(settings, "SELECT split_part(lock, ':', 1) FROM procrastinate_jobs")
    assert (kind,) in locks
    assert len({*locks} & {("stop",), ("words",)}) == (kind != "user")
