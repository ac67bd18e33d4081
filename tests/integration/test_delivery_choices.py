"""Questions with answers to tap: buttons and lists where they can be shown, else words."""

import secrets
from collections.abc import AsyncIterator

import pytest

from bot.delivery import outbox
from bot.delivery.sender import deliver_pending
from bot.delivery.splitting import LIMIT
from bot.messages.kinds import MessageKind
from bot.messages.quick_replies import Choice, chosen, plain_choices
from bot.sandbox.twilio.faults import TwilioFault
from bot.sandbox.twilio.phone.client import Phone
from bot.settings.groups import Settings
from tests.integration.delivery_stage import HASTE, Pool, Stage, User, set_stage, wait_until
from tests.settings import changed

pytestmark = pytest.mark.anyio

YES_NO = (Choice(id="publish it", title="Yes"), Choice(id="keep it", title="No"))
MANY = tuple(
    Choice(id=f"colour {name}", title=name, description=f"All in {name}")
    for name in ("red", "green", "blue", "black")
)


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


async def ask(stage: Stage, user: User, body: str, *choices: Choice) -> None:
    async with stage.pool.connection() as connection:
        await outbox.enqueue(
            connection,
            user_id=user.user_id,
            request_id=user.request_id,
            kind=MessageKind.DOUBT,
            body=body,
            choices=choices,
            dedupe_key=secrets.token_hex(8),
        )
    await stage.deliver(user)


async def test_up_to_three_choices_are_buttons_and_the_content_is_made_once(stage: Stage) -> None:
    user = await stage.user()
    await ask(stage, user, "Shall I publish it?", *YES_NO)
    await ask(stage, user, "And this one?", *YES_NO)

    first, second = stage.received(user)
    assert (first.body, second.body) == ("Shall I publish it?", "And this one?")
    for message in (first, second):
        assert message.interaction is not None
        assert message.interaction.kind == "quick-reply"
        assert [(o.id, o.title) for o in message.interaction.options] == [
            ("publish it", "Yes"),
            ("keep it", "No"),
        ]
    async with stage.pool.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM twilio_content")
        assert await cursor.fetchone() == (1,)


async def test_more_choices_are_a_list(stage: Stage) -> None:
    user = await stage.user()
    await ask(stage, user, "Which colour?", *MANY)

    (message,) = stage.received(user)
    assert message.interaction is not None
    assert message.interaction.kind == "list-picker"
    assert message.interaction.options[3].description == "All in black"


async def test_a_content_that_was_deleted_at_twilio_is_made_anew_for_the_next(stage: Stage) -> None:
    user = await stage.user()
    await ask(stage, user, "Shall I publish it?", *YES_NO)
    async with stage.pool.connection() as connection:
        await connection.execute("UPDATE twilio_content SET content_sid = %s", [f"HX{'0' * 32}"])

    await ask(stage, user, "And this one?", *YES_NO)
    await ask(stage, user, "And that one?", *YES_NO)

    _, second, third = stage.received(user)
    assert (second.body, second.interaction) == ("And this one?\n\n1 - Yes\n2 - No", None)
    assert third.body == "And that one?"
    assert third.interaction is not None


async def test_without_a_content_the_choices_are_words(stage: Stage) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(operation="content", status=500))
    await ask(stage, user, "Shall I publish it?", *YES_NO)

    assert stage.texts(user) == ["Shall I publish it?\n\n1 - Yes\n2 - No"]


async def test_a_long_question_leaves_room_for_its_choices_in_words(stage: Stage) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(operation="content", status=500))
    ten = [Choice(id=f"open {number}", title=f"{number:024}") for number in range(10)]
    await ask(stage, user, "All of your projects. " * 68, *ten)

    assert set(await stage.states(user)) <= {"sent", "delivered", "read"}
    last = stage.texts(user)[-1]
    assert last.endswith(f"10 - {9:024}")
    assert all(len(text) <= LIMIT for text in stage.texts(user))


@pytest.mark.parametrize("has_buttons", [True, False])
async def test_a_doubtful_question_is_asked_once(stage: Stage, has_buttons: bool) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(when="after", drop=True))
    if not has_buttons:
        stage.fail(TwilioFault(operation="content", status=500))
    await ask(stage, user, "Shall I publish it?", *YES_NO)

    assert len(stage.received(user)) == 1


async def test_outside_the_window_the_template_carries_the_news(stage: Stage) -> None:
    made = await stage.services.twilio.create_content("news", {"twilio/text": {"body": "📣 {{1}}"}})
    assert isinstance(made, str)
    stage.settings = changed(stage.settings, TWILIO_TEMPLATE_SID=made)
    stage.pace()
    user = await stage.user()
    stage.fail(TwilioFault(code=63016), TwilioFault(when="after", drop=True))
    await stage.say(user, "It's ready:\n\nhttps://example.com", "And more.")

    async def is_read() -> bool:
        await deliver_pending(stage.services, user.user_id, policy=HASTE)
        return await stage.states(user) == ["read", "read"]

    await wait_until(is_read)
    assert stage.texts(user) == ["📣 It's ready: https://example.com", "📣 And more."]


async def test_a_template_of_no_use_lets_the_news_wait(stage: Stage) -> None:
    stage.settings = changed(stage.settings, TWILIO_TEMPLATE_SID="HX" + "0" * 32)
    stage.pace()
    user = await stage.user()
    stage.fail(TwilioFault(code=63016))
    await stage.say(user, "one")

    await stage.deliver(user)

    assert await stage.states(user) == ["waiting_for_window"]


async def test_only_what_is_offered_can_be_tapped(stage: Stage) -> None:
    user = await stage.user()
    await ask(stage, user, "Shall I publish it?", *YES_NO)
    phone = Phone(stage.stand_in.url, user.address)
    (question,) = phone.messages()

    with pytest.raises(ValueError, match="does not offer"):
        phone.tap(question, "Maybe")
    phone.close()


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        ("1", "publish it"),
        ("no", "keep it"),
        ("NO.", "keep it"),
        ("keep it", "keep it"),
        ("3", None),
        ("no way", None),
    ],
)
def test_a_typed_answer_is_an_id_a_title_or_a_number(answer: str, means: str | None) -> None:
    assert chosen(plain_choices(YES_NO), answer) == means


@pytest.mark.parametrize(
    "choices",
    [
        [Choice(id=str(number), title="x") for number in range(11)],
        [Choice(id="a", title="a title that is far too long for a button")],
        [Choice(id="a", title="")],
        [Choice(id="a", title="x"), Choice(id="a", title="y")],
    ],
)
def test_what_whatsapp_cannot_show_is_refused(choices: list[Choice]) -> None:
    with pytest.raises(ValueError, match="choice"):
        plain_choices(choices)
