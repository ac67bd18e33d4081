"""Random talk: requests, questions, builds, quotes and taps in any order.

Whatever was said before, a message has exactly one effect, and that belongs to what was open when
it was written. What is open is counted here by itself, by what the user has read.
"""

import asyncio
import os
import re
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any, TypeVar

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

from bot.builds.builds import AWAITS_ANSWER
from bot.database.pools import async_connection_pool
from bot.messages.kinds import MessageKind
from bot.settings.groups import Settings
from tests.integration.dialogue_stage import DialogueStage, Heard, dialogue_stage

T = TypeVar("T")

YES = st.sampled_from(["yes", "Yes please!", "ok", "go for it"])
NO = st.sampled_from(["no", "no thanks", "rather not"])
# What the crew offers, which none of these names.
SURE, NOPE = "Sure thing", "Nope"
VERY_STOP = "stop"
STOP = st.sampled_from([VERY_STOP, "cancel", "that's enough", "quit it"])
ASKING = {"doubt", "forget_asked", "unsubscribe_asked", "clear_asked"}
# What ends the question about messages, once it is heard.
CLOSING = {"reply", "doubt", "understood", "forget_asked", "clear_asked", "stopped"}
# What a mere yes answers only as long as nothing is heard after it that it may be meant for.
ENDINGS = {"forget_asked", "unsubscribe_asked", "clear_asked"}
TITLE = re.compile(r"\*(.+?)\*")


@dataclass(frozen=True, kw_only=True)
class World:
    """What a message can have an effect on."""

    builds: int
    running: int
    apps: int
    is_forgotten: bool
    gets_messages: bool
    awaiting: int  # builds that rest because of their budget
    answers: tuple[str, ...]  # to the crew
    left: frozenset[str]  # the apps in which visitors have left something


class RandomTalk(RuleBasedStateMachine):
    """One user; `open` is what they were asked and have not answered, the latest first.

    `overtaken` are the messages that asked what a mere yes does not answer any more.
    """

    settings: Settings
    database_url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.number = 0
        self.open: list[Heard] = []
        self.overtaken: set[str] = set()
        self.is_over = False

    def run(self, work: Coroutine[Any, Any, T]) -> T:
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
            " AS gets_messages,"
            " (SELECT count(*) FROM build WHERE failure = %s)::int AS awaiting,"
            " ARRAY(SELECT answer FROM question WHERE answer IS NOT NULL ORDER BY answer)"
            " AS answers,"
            " ARRAY(SELECT DISTINCT title FROM document JOIN project USING (project_id)) AS left",
            AWAITS_ANSWER,
        )
        answers, left = tuple(row.pop("answers")), frozenset(row.pop("left"))
        return World(**row, answers=answers, left=left)

    def says(self, words: str, *, quoting: str = "") -> tuple[World, World, list[Heard]]:
        """The world before and after, and what they were told."""
        before = self.look()
        told = self.run(self.stage.say(words, quoting=quoting))
        assert self.run(self.unread()) == 0
        assert len(told) <= 1, told
        self.hears(told)
        return before, self.look(), told

    def hears(self, told: list[Heard], *, is_news: bool = False) -> None:
        """What is asked is open; what is told closes the question about messages.

        What is told overtakes what was asked; that of data only if it `is_news` of a build.
        """
        if told:
            lasting = set() if is_news else {"clear_asked"}
            self.overtaken |= {one.sid for one in self.open if one.kind in ENDINGS - lasting}
        if any(one.kind in CLOSING for one in told):
            self.closes("unsubscribe_asked")
        self.open = [one for one in told if one.kind in ASKING] + self.open

    def hears_of_build(self, request_text: str) -> None:
        """A build that has begun says what it understood."""
        told = self.run(self.stage.is_told(MessageKind.UNDERSTOOD, about=request_text))
        self.hears([told], is_news=True)

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
        request_text = f"Build me a counter called Number{self.number}"
        before, after, _ = self.says(request_text)
        assert after == replace(
            before, builds=before.builds + 1, running=before.running + 1, apps=before.apps + 1
        )
        self.open = [one for one in self.open if one.kind in {"question", "budget"}]
        self.hears_of_build(request_text)

    @precondition(lambda self: not self.is_over)
    @rule()
    def dreams(self) -> None:
        """They are asked back, or only talked to where they were asked a moment ago."""
        self.number += 1
        was_asked = any(one.kind == "doubt" for one in self.open)
        before, after, told = self.says(f"Maybe an app number {self.number} some day")
        assert (before, [one.kind for one in told]) == (after, ["reply" if was_asked else "doubt"])
        self.open = [one for one in self.open if one.kind not in {"forget_asked", "clear_asked"}]

    @precondition(lambda self: not self.is_over)
    @rule()
    def wants_to_be_forgotten(self) -> None:
        self.closes("forget_asked")
        before, after, told = self.says("forget me")
        assert (before, [one.kind for one in told]) == (after, ["forget_asked"])

    @precondition(lambda self: not self.is_over)
    @rule()
    def wants_no_messages(self) -> None:
        for kind in ("forget_asked", "clear_asked", "unsubscribe_asked"):
            self.closes(kind)
        before, after, told = self.says("My boss says you should stop texting me")
        assert (before, [one.kind for one in told]) == (after, ["unsubscribe_asked"])

    @precondition(lambda self: not self.is_over)
    @rule()
    def asks_how_far_it_is(self) -> None:
        before, after, told = self.says("status")
        assert before == after
        assert told

    @precondition(lambda self: not self.is_over)
    @rule()
    def wants_what_visitors_left_cleared(self) -> None:
        """They are asked about the app that they look at, if anything was left there."""
        self.run(self.visitors_come())
        before, after, told = self.says("data clear")
        assert before == after
        (asked,) = told
        if before.apps:
            assert asked.kind == "clear_asked"
            self.open = [
                one for one in self.open if one is asked or not self._is_about_same(one, asked)
            ]

    async def visitors_come(self) -> None:
        await self.stage.rows(
            "INSERT INTO document (project_id, collection, document_id, data, size)"
            " SELECT project_id, 'votes', gen_random_uuid()::text, '{}', 2 FROM project"
        )

    @staticmethod
    def _is_about_same(one: Heard, other: Heard) -> bool:
        return one.kind == other.kind and TITLE.findall(one.body) == TITLE.findall(other.body)

    @precondition(lambda self: not self.is_over)
    @rule(what=st.sampled_from(["question", "budget"]), place=st.integers(0, 5))
    def is_asked_about_a_build(self, what: str, place: int) -> None:
        """The crew asks for a choice, or whether to go on; nothing else comes of that yet."""
        requests = self.run(self.quiet_builds())
        if requests:
            request_text = requests[place % len(requests)]
            asked = (
                self.stage.asks_for_the_crew(request_text, SURE, NOPE)
                if what == "question"
                else self.stage.asks_about_budget(request_text)
            )
            told = self.run(asked)
            self.hears([told], is_news=True)
            self.open.insert(0, told)

    async def quiet_builds(self) -> list[str]:
        """The requests whose builds run and have asked for nothing yet."""
        rows = await self.stage.rows(
            "SELECT request_text FROM build WHERE status IN ('queued', 'running')"
            " AND NOT EXISTS (SELECT FROM outbox WHERE outbox.request_id = build.request_id"
            "                 AND kind IN ('question', 'budget')) ORDER BY created_at"
        )
        return [row["request_text"] for row in rows]

    @precondition(lambda self: not self.is_over and self.open)
    @rule(words=YES, place=st.integers(0, 3), how=st.sampled_from(["says", "quotes"]))
    def agrees(self, words: str, place: int, how: str) -> None:
        """The latest question is meant, or the one that they quote; or they are asked again."""
        asked = self.open[place % len(self.open)] if how == "quotes" else self.open[0]
        quoting = asked.sid if how == "quotes" else ""
        is_doubtful = not quoting and asked.sid in self.overtaken
        before, after, told = self.says(words, quoting=quoting)
        if is_doubtful:
            assert (before, [one.kind for one in told]) == (after, [asked.kind])
            self.open = [one for one in self.open if one is not asked]
        else:
            self._is_done(asked, before, after)

    @precondition(lambda self: not self.is_over and self.open)
    @rule(place=st.integers(0, 3))
    def taps_yes(self, place: int) -> None:
        asked = self.open[place % len(self.open)]
        before = self.look()
        self.hears(self.run(self.stage.tap(asked, asked.choices[0]["title"])))
        self._is_done(asked, before, self.look())

    def _is_done(self, asked: Heard, before: World, after: World) -> None:
        self.open.remove(asked)
        match asked.kind:
            case "doubt":
                assert after == replace(
                    before,
                    builds=before.builds + 1,
                    running=before.running + 1,
                    apps=before.apps + 1,
                )
                self.hears_of_build(self.run(self.stage.builds())[-1][0])
            case "question":
                answers = tuple(sorted([*before.answers, SURE]))
                assert after == replace(before, answers=answers)
            case "budget":
                assert after == replace(
                    before, running=before.running + 1, awaiting=before.awaiting - 1
                )
            case "clear_asked":
                assert after == replace(before, left=before.left - set(TITLE.findall(asked.body)))
            case "forget_asked":
                assert (after.is_forgotten, after.apps) == (True, 0)
                self.is_over = True
            case "unsubscribe_asked":
                assert (after.gets_messages, after.builds) == (False, before.builds)
                self.is_over = True

    @precondition(lambda self: not self.is_over and self.open)
    @rule(words=NO)
    def refuses(self, words: str) -> None:
        asked = self.open.pop(0)
        before, after, told = self.says(words)
        assert len(told) == 1
        assert after == self._refused(asked, before)

    @staticmethod
    def _refused(asked: Heard, before: World) -> World:
        """What a no changes: the crew has its answer, and a build rests for good."""
        if asked.kind == "question":
            return replace(before, answers=tuple(sorted([*before.answers, NOPE])))
        return replace(before, awaiting=before.awaiting - (asked.kind == "budget"))

    @precondition(lambda self: not self.is_over and not self.open)
    @rule(words=YES)
    def agrees_to_nothing(self, words: str) -> None:
        before, after, _ = self.says(words)
        assert before == after

    @precondition(lambda self: not self.is_over)
    @rule(words=STOP)
    def stops(self, words: str) -> None:
        """What is built stops; else the latest question is refused, and nothing else changes.

        The very word agrees to no more messages, where that was asked last.
        """
        asked = list(self.open)
        before, after, _ = self.says(words)
        if asked and asked[0].kind == "unsubscribe_asked" and words == VERY_STOP:
            assert after == replace(before, running=0, gets_messages=False)
        elif before.running:
            assert after == replace(before, running=0)
            self.open = [one for one in self.open if one.kind == "budget"]
        elif asked:
            assert after == self._refused(asked[0], before)
            self.open = [one for one in self.open if one is not asked[0]]
        else:
            assert after == replace(before, gets_messages=after.gets_messages)
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
