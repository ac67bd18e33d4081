"""A user is the same whatever they come with, and nobody else is, whatever number they have."""

import hmac
from urllib.request import Request, urlopen

from bot.sandbox.twilio.messages import new_sid
from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.stack import ACCOUNT_SID, AUTH_TOKEN, BOT, Stack, announced, eventually
from tests.acceptance.test_forgetting import traces_of
from tests.integration.twilio_forms import Fields, encoded, signed

NUMBER = "+15550001111"
ADA, BEN = "US.1349", "US.2718"


def writes(stack: Stack, text: str, external_id: str = "") -> None:
    """Let Twilio bring a text from the number, with an ExternalUserId or none."""
    form: Fields = {
        "MessageSid": new_sid(),
        "AccountSid": ACCOUNT_SID,
        "From": f"whatsapp:{NUMBER}",
        "To": BOT,
        "Body": text,
        "NumMedia": "0",
        "MessageType": "text",
        "ExternalUserId": external_id,
    }
    url = f"{stack.public_url}/webhooks/whatsapp"
    headers = signed(form, url=url, token=AUTH_TOKEN)
    urlopen(Request(url, encoded(form), headers), timeout=60).close()


def was_known_before(stack: Stack) -> str:
    """Let the number have written before it came with an ExternalUserId, as another user."""
    pepper = stack.environment["USER_ID_PEPPER"].encode()
    user_id = hmac.new(pepper, f"whatsapp:{NUMBER}".encode(), "sha256").hexdigest()[:32]
    stack.rows(
        "WITH known AS (INSERT INTO contact (user_id, platform, address_encrypted,"
        " first_inbound_at, last_inbound_at) SELECT %(user_id)s, platform, address_encrypted,"
        " now() - interval '9 days', now() - interval '8 days' FROM contact"
        " RETURNING user_id, first_inbound_at)"
        " INSERT INTO user_address SELECT address_key, %(user_id)s, NULL, first_inbound_at"
        " FROM known, (SELECT address_key FROM user_address) AS held RETURNING 1",
        {"user_id": user_id},
    )
    return user_id


def hears(phone: Phone, words: str, *, after: int = 0) -> int:
    return phone.wait_for(lambda m: words in m.body, 60, after=after).position


def users(stack: Stack) -> list[str]:
    return [row["user_id"] for row in stack.rows("SELECT user_id FROM contact")]


def test_a_number_that_begins_to_come_with_an_external_id_keeps_its_apps_and_its_build(
    stack: Stack,
) -> None:
    phone = stack.phone(NUMBER)
    stack.hold_model("designer")
    writes(stack, "Build me a counter")
    begun = hears(phone, "I'll text you")
    writes(stack, "status", ADA)
    hears(phone, "*Counter*", after=begun)
    stack.let_go()
    built = phone.wait_for(announced, 90, after=begun)
    writes(stack, "projects", ADA)
    hears(phone, "1. *Counter*", after=built.position)

    assert len(users(stack)) == 1


def test_who_was_two_users_before_is_one_again_while_their_app_is_built(stack: Stack) -> None:
    phone = stack.phone(NUMBER)
    stack.hold_model("designer")
    writes(stack, "Build me a counter", ADA)
    begun = hears(phone, "I'll text you")
    (later,) = users(stack)
    earlier = was_known_before(stack)
    writes(stack, "status", ADA)
    hears(phone, "*Counter*", after=begun)
    stack.let_go()
    built = phone.wait_for(announced, 90, after=begun)
    writes(stack, "projects", ADA)
    hears(phone, "1. *Counter*", after=built.position)

    assert users(stack) == [earlier]
    assert stack.rows("SELECT DISTINCT user_id, status FROM build") == [
        {"user_id": earlier, "status": "completed"}
    ]
    accounts = stack.rows("SELECT account FROM budget_account WHERE account LIKE 'user:%'")
    assert [row["account"].split(":")[1] for row in accounts] == [earlier]
    # A document stays as it was written; it belongs to the request, and goes with it.
    assert set(traces_of(stack, later)) <= {"known_as", "handoff"}
    assert stack.rows("SELECT 1 FROM handoff WHERE user_id = %(id)s", {"id": later}) == []


def test_an_opt_out_holds_and_ends_whatever_the_number_comes_with(stack: Stack) -> None:
    phone = stack.phone(NUMBER)
    writes(stack, "unsubscribe")
    told = hears(phone, "no more messages")
    writes(stack, "Build me a counter", ADA)
    eventually(
        lambda: stack.rows("SELECT 1 FROM request WHERE request_type = 'opted_out'"),
        "it is read and nothing follows",
    )
    assert stack.rows("SELECT 1 FROM project") == []
    writes(stack, "start", ADA)
    again = hears(phone, "Good to have you here", after=told)
    writes(stack, "projects")
    hears(phone, "don't have an app", after=again)


def test_whoever_has_the_number_now_sees_nothing_of_who_had_it_before(stack: Stack) -> None:
    phone = stack.phone(NUMBER)
    writes(stack, "Build me a counter", ADA)
    built = phone.wait_for(announced, 90)
    writes(stack, "projects", BEN)
    hears(phone, "don't have an app", after=built.position)

    assert len(users(stack)) == 2


def test_who_is_forgotten_is_forgotten_with_all_from_before_they_had_an_external_id(
    stack: Stack,
) -> None:
    phone = stack.phone(NUMBER)
    writes(stack, "My name is Rosa and I always want dark mode.")
    eventually(lambda: stack.rows("SELECT 1 FROM remembered"), "their name is remembered")
    writes(stack, "forget me", ADA)
    asked = hears(phone, "Shall I?")
    writes(stack, "delete everything", ADA)
    hears(phone, "Goodbye!", after=asked)

    eventually(lambda: not users(stack), "they are forgotten", seconds=60)
    assert traces_of(stack, "Rosa") == []
    assert stack.rows("SELECT 1 FROM known_as UNION ALL SELECT 1 FROM user_address") == []
