"""Random talk: requests, questions, builds, quotes and taps in any order.

Whatever was said before, a message has exactly one effect, and that belongs to what was open when
it was written. What is open is counted here by itself, by what the user has read.
"""

import asyncio
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.database.connection import async_connection_pool
from bot.settings import Settings
from tests.integration.dialogue_stage import DialogueStage, Heard, dialogue_stage

YES = st.sampled_from(["yes", "Yes please!", "ok", "go for it"])
NO = st.sampled_from(["no", "no thanks", "rather not"])
STOP = st.sampled_from(["stop", "cancel", "that's enough", "quit it"])
ASKING = {"doubt", "forget_asked", "unsubscribe_asked"}


@dataclass(frozen=True, kw_only=True)
class World:
    """What a message can have an effect on."""

    builds: int
    running: int
    apps: int
    is_forgotten: bool
    gets_messages: bool


class RandomTalk(RuleBasedStateMachine):
    """One user; `open` is what they were asked and have not answered, the latest first."""

    settings: Settings
    database_url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.number = 0
        self.open: list[Heard] = []
        self.is_over = False

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        self.run(self._begin())

    async def _begin(self) -> None:
        self.entered = AsyncExitStack()
        pool = await self.entered.enter_async_context(
            async_connection_pool(self.database_url, max_size=4)
        )
        self.stage: DialogueStage = await self.entered.enter_async_context(
            dialogue_stage(pool, self.settings)
        )

    def look(self) -> World:
        return self.run(self._look())

    async def _look(self) -> World:
        (row,) = await self.stage.rows(
            "SELECT (SELECT count(*) FROM build)::int AS builds,"
            " (SELECT count(*) FROM build WHERE status IN ('queued', 'running'))::int AS running,"
            " (SELECT count(*) FROM project)::int AS apps,"
            " EXISTS (SELECT FROM forgotten_user) AS is_forgotten,"
            " NOT EXISTS (SELECT FROM contact WHERE suppressed_reason IS NOT NULL)"
            " AS gets_messages"
        )
        return World(**row)

    def says(self, words: str, *, quoting: str = "") -> tuple[World, World, list[Heard]]:
        """The world before and after, and what they were told."""
        before = self.look()
        told = self.run(self.stage.say(words, quoting=quoting))
        assert self.run(self.unread()) == 0
        assert len(told) <= 1, told
        self.open = [one for one in told if one.kind in ASKING] + self.open
        return before, self.look(), told

    async def unread(self) -> int:
        rows = await self.stage.rows("SELECT 1 FROM request WHERE status = 'accepted'")
        return len(rows)

    def closes(self, kind: str) -> None:
        self.open = [one for one in self.open if one.kind != kind]

    @precondition(lambda self: not self.is_over)
    @rule()
    def asks_for_something(self) -> None:
        """It is built, and no question about an end is open any more."""
        self.number += 1
        before, after, _ = self.says(f"Build me a counter called Number{self.number}")
        assert after.builds == before.builds + 1
        self.open = []

    @precondition(lambda self: not self.is_over)
    @rule()
    def dreams(self) -> None:
        """They are asked back, or only talked to where they were asked a moment ago."""
        self.number += 1
        was_asked = any(one.kind == "doubt" for one in self.open)
        before, after, told = self.says(f"Maybe an app number {self.number} some day")
        assert (before, [one.kind for one in told]) == (after, ["reply" if was_asked else "doubt"])
        self.closes("forget_asked")
        self.closes("unsubscribe_asked")
        self.open += [one for one in told if one.kind in ASKING and one not in self.open]

    @precondition(lambda self: not self.is_over)
    @rule()
    def wants_to_be_forgotten(self) -> None:
        self.closes("unsubscribe_asked")
        self.closes("forget_asked")
        before, after, told = self.says("forget me")
        assert (before, [one.kind for one in told]) == (after, ["forget_asked"])

    @precondition(lambda self: not self.is_over)
    @rule()
    def wants_no_messages(self) -> None:
        self.closes("forget_asked")
        self.closes("unsubscribe_asked")
        before, after, told = self.says("My boss says you should stop texting me")
        assert (before, [one.kind for one in told]) == (after, ["unsubscribe_asked"])

    @precondition(lambda self: not self.is_over)
    @rule()
    def asks_how_far_it_is(self) -> None:
        before, after, told = self.says("status")
        assert before == after
        assert told
        self.closes("unsubscribe_asked")

    @precondition(lambda self: not self.is_over and self.open)
    @rule(words=YES, place=st.integers(0, 3), how=st.sampled_from(["says", "quotes"]))
    def agrees(self, words: str, place: int, how: str) -> None:
        """The latest question is meant, or the one that they quote."""
        asked = self.open[place % len(self.open)] if how == "quotes" else self.open[0]
        quoting = asked.sid if how == "quotes" else ""
        before, after, _ = self.says(words, quoting=quoting)
        self._is_done(asked, before, after)

    @precondition(lambda self: not self.is_over and self.open)
    @rule(place=st.integers(0, 3))
    def taps_yes(self, place: int) -> None:
        asked = self.open[place % len(self.open)]
        before = self.look()
        self.run(self.stage.tap(asked, asked.choices[0]["title"]))
        self._is_done(asked, before, self.look())

    def _is_done(self, asked: Heard, before: World, after: World) -> None:
        match asked.kind:
            case "doubt":
                assert after.builds == before.builds + 1
                assert (after.is_forgotten, after.gets_messages) == (False, True)
            case "forget_asked":
                assert (after.is_forgotten, after.apps) == (True, 0)
                self.is_over = True
            case "unsubscribe_asked":
                assert (after.gets_messages, after.builds) == (False, before.builds)
                self.is_over = True
        self.closes(asked.kind)
        self.closes("unsubscribe_asked")

    @precondition(lambda self: not self.is_over and self.open)
    @rule(words=NO)
    def refuses(self, words: str) -> None:
        before, after, told = self.says(words)
        assert before == after
        assert len(told) == 1
        self.closes(self.open[0].kind)
        self.closes("unsubscribe_asked")

    @precondition(lambda self: not self.is_over and not self.open)
    @rule(words=YES)
    def agrees_to_nothing(self, words: str) -> None:
        before, after, _ = self.says(words)
        assert before == after

    @precondition(lambda self: not self.is_over)
    @rule(words=STOP)
    def stops(self, words: str) -> None:
        """What is built stops; else the latest question is refused, and nothing else changes."""
        before, after, _ = self.says(words)
        if before.running:
            assert (after.running, after.builds) == (0, before.builds)
            self.closes("forget_asked")
        elif self.open:
            self.closes(self.open[0].kind)
        assert (after.apps, after.is_forgotten) == (before.apps, False)
        self.closes("unsubscribe_asked")
        self.is_over = not after.gets_messages

    @precondition(lambda self: self.is_over)
    @rule()
    def somebody_else_comes(self) -> None:
        """Who is forgotten, or wants no messages, makes room for another user."""
        self.run(self._empty())
        self.open, self.is_over = [], False

    def teardown(self) -> None:
        if hasattr(self, "entered"):
            self.run(self._end())
        self.loop.close()

    async def _empty(self) -> None:
        for table in ("contact", "forgotten_user", "user_address"):
            await self.stage.rows(f"TRUNCATE {table} CASCADE")

    async def _end(self) -> None:
        await self._empty()
        await self.entered.aclose()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_each_message_has_one_effect(database_url: str, settings: Settings) -> None:
    RandomTalk.database_url, RandomTalk.settings = database_url, settings
    run_state_machine_as_test(
        RandomTalk,
        settings=examples(
            max_examples=int(os.environ.get("RANDOM_LIVES", "8")),
            stateful_step_count=14,
            # The same talk each time, so that it is a change that fails; with RANDOM_LIVES others.
            derandomize="RANDOM_LIVES" not in os.environ,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
