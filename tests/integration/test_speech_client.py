"""A transcription server is asked as OpenAI documents it, and every way to fail has its error."""

import asyncio
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.cli.doctor.services import check_voice
from bot.errors import (
    BudgetExhausted,
    TranscriptionMisconfigured,
    TranscriptLost,
    VoiceRefused,
    VoiceUnavailable,
)
from bot.sandbox.speech import server as faults
from bot.sandbox.speech.server import FakeTranscriber
from bot.settings.groups import Settings
from bot.speech import client
from bot.speech.client import ask_server
from bot.speech.metering import MeteredTranscription
from bot.speech.recording import Recording, open_recording
from bot.speech.transcript import TranscriptionAnswer
from tests.acceptance.stack import free_address
from tests.settings import changed
from tests.users import add_user, add_words
from tests.voice_notes import ScriptedEars, settings_of

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]
USER = "a" * 32


@pytest.fixture
def hearing(settings: Settings, transcriber: FakeTranscriber) -> Settings:
    return changed(settings, **settings_of(transcriber))


def recording(content: bytes) -> Recording:
    return open_recording(BytesIO(content), "audio/ogg")


async def ask(
    settings: Settings, content: bytes = b"OggS", *, language: str | None = None
) -> TranscriptionAnswer:
    return await ask_server(settings.transcription, recording(content), language=language)


async def test_words_come_with_what_is_known_of_them(hearing: Settings, ears: ScriptedEars) -> None:
    answer = await ask(hearing, ears.note("Hola", language="spanish"), language="es")

    assert answer.transcript.words == "Hola"
    assert answer.transcript.language == "spanish"
    assert answer.seconds == 2.0


async def test_a_model_that_takes_plain_json_alone_is_asked_for_that(
    hearing: Settings, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    plain = changed(hearing, TRANSCRIPTION_MODEL="gpt-4o-mini-transcribe")
    clear, doubtful = [
        (await ask(plain, ears.note("Hello", sure=sure))).transcript for sure in (-0.2, -1.4)
    ]

    assert clear.words == "Hello"
    assert (clear.is_doubtful, doubtful.is_doubtful) == (False, True)
    assert [call.response_format for call in transcriber.calls] == ["json"] * 2

    apart = changed(hearing, TRANSCRIPTION_MODEL="gpt-4o-transcribe-diarize")
    assert (await ask(apart, ears.note("Hello"))).logprobs is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.status(401), TranscriptionMisconfigured),
        (faults.status(404), TranscriptionMisconfigured),
        (faults.status(413), VoiceRefused),
        (faults.status(429), VoiceUnavailable),
        (faults.status(302), VoiceUnavailable),
        (faults.status(500), VoiceUnavailable),
        (faults.body(b""), TranscriptLost),
        (faults.body(b'{"text": null}'), TranscriptLost),
        (faults.body(b"[]"), TranscriptLost),
    ],
)
async def test_every_trouble_has_its_error(
    hearing: Settings, transcriber: FakeTranscriber, fault: faults.Fault, error: type[Exception]
) -> None:
    transcriber.failing(fault)
    with pytest.raises(error) as raised:
        await ask(hearing)
    assert raised.type is error


async def test_a_server_that_never_answers_is_not_waited_for(
    hearing: Settings, ears: ScriptedEars, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "WHOLE_SECONDS", 0.4)
    with ears.held(), pytest.raises(TranscriptLost):
        await ask(hearing, ears.note("Hello"))


async def test_nobody_there_is_told_as_such(settings: Settings) -> None:
    nowhere = changed(settings, TRANSCRIPTION_BASE_URL=free_address())
    with pytest.raises(VoiceUnavailable) as raised:
        await ask(nowhere)
    assert raised.type is VoiceUnavailable


async def test_what_a_note_costs_is_within_the_budgets(
    hearing: Settings, pool: Pool, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    dear = changed(hearing, TRANSCRIPTION_USD_PER_MINUTE="1", REQUEST_BUDGET_USD="1.5")
    async with pool.connection() as connection:
        await add_user(connection, USER)
        request_id = await add_words(connection, USER, "")

    async def hear(settings: Settings, seconds: float) -> None:
        note = recording(ears.note("Hello", seconds=seconds))
        asked = MeteredTranscription(pool, settings, note, request_id=request_id, user_id=USER)
        assert (await asked.ask(language=None)).words == "Hello"

    await hear(dear, 60.0)
    with pytest.raises(BudgetExhausted):
        await hear(dear, 45.0)
    assert len(transcriber.calls) == 1
    unknown = changed(dear, TRANSCRIPTION_USD_PER_MINUTE=None)
    await hear(unknown, 60.0)

    async with pool.connection() as connection:
        booked = await connection.execute("SELECT cost_usd FROM model_call ORDER BY called_at")
        assert await booked.fetchall() == [(Decimal(1),), (None,)]
        spent = await connection.execute(
            "SELECT spent, reserved FROM budget_account WHERE account LIKE 'request:%'"
        )
        assert await spent.fetchall() == [(Decimal("1.05"), Decimal(0))]


@pytest.mark.parametrize(("price", "cost"), [("0", Decimal(0)), ("0.01", None)])
async def test_what_costs_nothing_is_of_no_unknown_price_where_its_answer_is_lost(
    hearing: Settings, pool: Pool, transcriber: FakeTranscriber, price: str, cost: Decimal | None
) -> None:
    own = changed(hearing, TRANSCRIPTION_USD_PER_MINUTE=price)
    async with pool.connection() as connection:
        await add_user(connection, USER)
        request_id = await add_words(connection, USER, "")
    transcriber.failing(faults.body(b"[]"))
    note = recording(b"OggS")  # nobody can tell how long it is
    asked = MeteredTranscription(pool, own, note, request_id=request_id, user_id=USER)
    with pytest.raises(TranscriptLost):
        await asked.ask(language=None)

    async with pool.connection() as connection:
        booked = await connection.execute("SELECT outcome, cost_usd FROM model_call")
        assert await booked.fetchall() == [("TranscriptLost", cost)]


async def test_of_who_is_forgotten_meanwhile_nothing_is_written_down(
    hearing: Settings, pool: Pool, ears: ScriptedEars
) -> None:
    async with pool.connection() as connection:
        await add_user(connection, USER)
        request_id = await add_words(connection, USER, "")
    note = recording(ears.note("Hello"))
    asked = MeteredTranscription(pool, hearing, note, request_id=request_id, user_id=USER)
    with ears.held():
        asking = asyncio.create_task(asked.ask(language=None))
        assert await asyncio.to_thread(ears.listening.wait, 30)
        async with pool.connection() as connection:
            await connection.execute("SELECT forget_user(%s, %s)", [USER, uuid4()])
    assert (await asking).words == "Hello"

    async with pool.connection() as connection:
        assert await (await connection.execute("SELECT FROM model_call")).fetchall() == []


def test_doctor_tells_whether_voice_notes_are_heard(
    settings: Settings, hearing: Settings, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    nothing = check_voice(settings)
    assert (nothing.ok, nothing.seen[:25]) == (True, "no TRANSCRIPTION_BASE_URL")

    ears.others = lambda _: ears.heard[ears.note("")]
    assert check_voice(hearing).ok
    refused = check_voice(changed(hearing, TRANSCRIPTION_API_KEY="wrong"))
    assert (refused.ok, "TRANSCRIPTION_API_KEY" in refused.remedy) == (False, True)
    away = check_voice(changed(settings, TRANSCRIPTION_BASE_URL=free_address()))
    assert (away.ok, "Check the network" in away.remedy) == (False, True)
