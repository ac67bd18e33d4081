"""A transcription is paid for like a model's answer: reserved, booked in the ledger, and traced."""

from asyncio import CancelledError
from decimal import Decimal
from functools import partial
from uuid import UUID

from logfire import LogfireSpan
from psycopg import AsyncConnection
from psycopg.rows import scalar_row
from psycopg_pool import AsyncConnectionPool

from bot.errors import TranscriptLost, VoiceGivenUp, VoiceRefused, VoiceUnavailable
from bot.model.accounting import booked
from bot.model.budgets import BudgetLimits, Reservation, reserved
from bot.settings.groups import Settings, TranscriptionSettings
from bot.speech.client import ask_server
from bot.speech.recording import LONGEST_SECONDS, Recording, check_length
from bot.speech.transcript import Transcript, TranscriptionAnswer
from handoffs import ledger
from handoffs.tokens import Usage
from telemetry.cost import price_of_sound
from telemetry.named_sql import statements
from telemetry.spans import set_transcription, trace_transcription

SQL = statements("bot.speech", "metering.sql")

OPERATION = "transcribe"
MOST_LOST = 10  # answers to one request: each may have cost
UNKNOWN_USD_PER_MINUTE = Decimal("0.05")  # dearer than any that is known now


class MeteredTranscription:
    """The transcription of one recording, in the name of a request."""

    def __init__(
        self,
        pool: AsyncConnectionPool[AsyncConnection],
        settings: Settings,
        recording: Recording,
        *,
        request_id: UUID,
        user_id: str,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._recording = recording
        self._request_id = request_id
        self._user_id = user_id

    async def ask(self, *, language: str | None) -> Transcript:
        """Have it transcribed within the budgets.

        Raises `BudgetExhausted` before it, `VoiceTooLong` where only the server could tell,
        `VoiceGivenUp` once `MOST_LOST` answers were lost, and what `ask_server` raises.
        """
        server = self._settings.transcription
        with trace_transcription(
            model=server.model,
            audio_bytes=self._recording.size,
            audio_seconds=self._recording.seconds,
        ) as span:
            async with reserved(
                self._pool,
                BudgetLimits.of(self._settings.budgets),
                request_id=self._request_id,
                user_id=self._user_id,
                amount=self._guessed,
            ) as reservation:
                answer = await self._attempt(span, reservation, language)
            check_length(answer.seconds)
            return answer.transcript

    async def _attempt(
        self, span: LogfireSpan, reservation: Reservation, language: str | None
    ) -> TranscriptionAnswer:
        """Ask, and tell what came of it, also where nothing did."""
        server = self._settings.transcription
        try:
            answer = await ask_server(server, self._recording, language=language)
        except (VoiceRefused, VoiceUnavailable, CancelledError) as error:
            is_lost = isinstance(error, TranscriptLost | CancelledError)
            cost = None if is_lost and server.usd_per_minute != 0 else Decimal(0)
            set_transcription(
                span,
                transcription_status="lost" if is_lost else "refused",
                audio_seconds=None,
                total_tokens=0,
                cost_usd=cost,
            )
            await self._book(reservation, type(error).__name__, Usage(), cost)
            if isinstance(error, TranscriptLost) and await self._count_lost() >= MOST_LOST:
                raise VoiceGivenUp from error
            raise
        status, usage = answer.transcript.status, _usage_of(answer)
        cost = _cost_of(server, self._recording, answer)
        set_transcription(
            span,
            transcription_status=status,
            audio_seconds=answer.seconds,
            total_tokens=usage.input_tokens + usage.output_tokens,
            cost_usd=cost,
        )
        await self._book(reservation, status, usage, cost)
        return answer

    async def _count_lost(self) -> int:
        request = {"request_id": self._request_id, "operation": OPERATION}
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=scalar_row) as cursor,
        ):
            await cursor.execute(SQL["count_lost"], request)
            return int(await cursor.fetchone() or 0)

    @property
    def _guessed(self) -> Decimal:
        """What it may cost at most, in USD; by that the budgets count where it is unknown."""
        per_minute = self._settings.transcription.usd_per_minute
        seconds = self._recording.seconds
        return (UNKNOWN_USD_PER_MINUTE if per_minute is None else per_minute) * _minutes(
            LONGEST_SECONDS if seconds is None else seconds
        )

    async def _book(
        self, reservation: Reservation, outcome: str, usage: Usage, cost: Decimal | None
    ) -> None:
        book = partial(
            ledger.record_call,
            request_id=self._request_id,
            user_id=self._user_id,
            agent_id=None,
            operation=OPERATION,
            model=self._settings.transcription.model,
            outcome=outcome,
            usage=usage,
            cost_usd=cost,
            reservation_id=reservation.reservation_id,
            accounts=reservation.accounts,
            spent=self._guessed if cost is None else cost,
        )
        await booked(self._pool, reservation, book)


def _minutes(seconds: float) -> Decimal:
    return Decimal(str(seconds)) / 60


def _usage_of(answer: TranscriptionAnswer) -> Usage:
    """The tokens, where a server counts those."""
    if answer.usage is None:
        return Usage()
    read = answer.usage.input_token_details
    return Usage(
        input_tokens=read.text_tokens + read.audio_tokens, output_tokens=answer.usage.output_tokens
    )


def _cost_of(
    server: TranscriptionSettings, recording: Recording, answer: TranscriptionAnswer
) -> Decimal | None:
    """By the setting if there is one, else by the price list; by the longer of two lengths."""
    if server.usd_per_minute == 0:
        return Decimal(0)
    known = [s for s in (recording.seconds, answer.seconds) if s is not None]
    seconds = max(known, default=None)
    if server.usd_per_minute is not None:
        return None if seconds is None else server.usd_per_minute * _minutes(seconds)
    read = answer.usage.input_token_details if answer.usage else None
    return price_of_sound(
        server.model,
        server.base_url or "",
        seconds=seconds,
        audio_tokens=read.audio_tokens if read else 0,
        text_tokens=read.text_tokens if read else 0,
        output_tokens=answer.usage.output_tokens if answer.usage else 0,
    )
