"""The turn loop: ask the model, store its answer, run its tools, store their results, ask again.

Every arrow is a commit, and a boundary. A run that starts again reads the stored turns and goes on
exactly where the last one was: an answer that is stored is never asked for again, and its tools
happen once (`bot.crew.tool_use`). Between two turns an agent whose context is full hands over, and
one whose worker drains is put aside (`bot.crew.runner`).
"""

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection

from bot.builds.change_requests import close_list
from bot.crew import transcript
from bot.crew.agent_call import asked_model
from bot.crew.assignment import Assignment, model_of, working_budget
from bot.crew.corrections import CUT_OFF, correction_of
from bot.crew.handover import end_task, hand_over
from bot.crew.in_words import AS_THEY_ARE
from bot.crew.kept_prompt import KeptPrompt, load_or_keep_prompt
from bot.crew.mcp_tools import as_tool, leave_out, offer_tools
from bot.crew.progress_check import lacks_progress
from bot.crew.research import only_reads
from bot.crew.stuck import same_error
from bot.crew.thresholds import is_to_answer, tell_crossings, weigh_results
from bot.crew.tool_use import USER_HAS_WRITTEN, ToolUses
from bot.crew.tools import Tool
from bot.crew.user_updates import read_changes
from bot.errors import (
    AgentStuck,
    AgentTimedOut,
    ContextExceeded,
    ModelUnknown,
    RequestRefused,
)
from bot.mcp.servers import McpTool
from bot.model.calls import ModelAnswer, ModelCall
from bot.model.structured import strict_schema
from handoffs import checkpoints, lifecycle
from handoffs.agent_model import choose_model
from handoffs.checkpoints import Turn
from handoffs.lifecycle import Agent, AgentState
from handoffs.tokens import Threshold, TokenStatus

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

log = logging.getLogger(__name__)

TURN_LIMIT = 60  # turns of one agent in one run; a healthy one needs a dozen


class TurnLoop:
    """One run of the loop over one agent's stored turns."""

    def __init__(self, assignment: Assignment, agent: Agent) -> None:
        self._assignment = assignment
        self._agent = agent
        self._opening = agent.opening
        self._turns: list[Turn] = []
        self._before = 0  # turns of earlier runs
        self._offer: tuple[McpTool, ...] = ()
        self._kept_prompt: KeptPrompt | None = None
        self._has_pictures = True
        self._shows_papers = self._shows_pictures = False
        self._in_words = AS_THEY_ARE

    @property
    def turns(self) -> list[Turn]:
        """The turns so far."""
        return self._turns

    @property
    def _tools(self) -> tuple[Tool, ...]:
        return (*self._kept.tools, *map(as_tool, self._offer))

    @property
    def _kept(self) -> KeptPrompt:
        assert self._kept_prompt is not None  # `load` comes first
        return self._kept_prompt

    async def load(self) -> list[Turn]:
        """Read the turns that are stored, what the agent is told, and which tools it has."""
        async with self._assignment.lease.transaction() as connection:
            self._turns = await checkpoints.load_turns(connection, self._agent.agent_id)
            self._kept_prompt = await load_or_keep_prompt(
                connection, self._assignment, self._agent, has_begun=bool(self._turns)
            )
            self._has_pictures = await self._assignment.has_pictures(connection)
        self._before = len(self._turns)
        if not self._turns:
            await self._choose_model()
        self._opening = await self._assignment.opening_of(self._agent)
        self._offer = await offer_tools(self._assignment, self._agent, has_begun=bool(self._turns))
        return self._turns

    async def _choose_model(self) -> None:
        """Who has yet to begin asks the model that is configured by now."""
        assignment, agent = self._assignment, self._agent
        model = model_of(assignment.services, assignment.spec)
        if model != agent.model:
            budget = await working_budget(assignment.services, assignment.spec)
            async with assignment.lease.transaction() as connection:
                self._agent = await choose_model(connection, agent, model, budget)

    async def explore(self) -> None:
        """Take the first turn; its tools run as well if it only reads."""
        if self._assignment.services.draining.is_set():
            raise asyncio.CancelledError
        await self._ask()
        if only_reads(self._turns[-1]):
            await self._run_tools(self._turns[-1])

    async def run_to_completion(self) -> Agent:
        """Work until the task is done or the context is full.

        Returns the agent with its answer as its result, or its successor, which has none yet.
        Raises `CancelledError` at the next boundary when the worker drains, `AgentTimedOut` when
        the turns are used up, `WaitsForUser`, `AgentStuck`, and whatever the model ended with.
        """
        while True:
            if self._assignment.services.draining.is_set():
                raise asyncio.CancelledError
            last = self._turns[-1] if self._turns else None
            if last is None or last.results is not None:
                if await self._hands_over():
                    return await hand_over(
                        self._assignment,
                        self._agent,
                        self._turns,
                        in_words=self._in_words,
                    )
                if error := same_error(self._turns[self._before :]):
                    raise AgentStuck(f"{self._agent.agent_id}: {error}")
                if len(self._turns) >= self._before + TURN_LIMIT:
                    raise AgentTimedOut(f"{self._agent.agent_id} took {TURN_LIMIT} turns")
                try:
                    await self._ask()
                except (ContextExceeded, ModelUnknown, RequestRefused) as refusal:
                    # What was refused once is refused again: it is not sent as it is.
                    if not self._turns:
                        raise  # a successor would start with no less
                    return await hand_over(
                        self._assignment, self._agent, self._turns, refusal=refusal
                    )
            elif transcript.tool_uses(last):
                if (ended := await self._run_tools(last)) is not None:
                    return ended
            elif (correction := await self._correction(last)) is not None:
                await self._correct(last, correction)
            elif (ended := await self._finish(last)) is not None:
                return ended

    async def _hands_over(self) -> bool:
        if self._agent.state is AgentState.HANDOFF_PENDING:
            return True
        if self._turns and self._kept.are_tools_outdated:
            return True  # only a fresh one is told what they take by now
        if self._agent.threshold is not Threshold.CRITICAL:
            return False
        if self._turns and is_to_answer(self._assignment, self._turns):
            return False
        async with self._assignment.services.pool.connection() as connection:
            return not await lacks_progress(
                connection, self._agent, self._turns, self._assignment.spec.tools
            )

    async def _ask(self) -> None:
        """One model call, without what the API does not take: papers, pictures, tools of other
        services.

        A paper that is refused, or is more than was estimated, is told as text from then on.

        Raises `RequestRefused` all the same where there are turns: thinking is bound to the tools,
        so whoever has thought cannot go on with fewer.
        """
        while True:
            try:
                return await self._call_model()
            except (ContextExceeded, RequestRefused) as refusal:
                in_words = self._in_words.after(
                    refusal, shows_papers=self._shows_papers, shows_pictures=self._shows_pictures
                )
                if in_words is not None:
                    log.warning(
                        "%s is told in words what it saw: %s", self._agent.agent_id, refusal
                    )
                    self._in_words = in_words
                    continue
                if isinstance(refusal, ContextExceeded):
                    raise
                self._offer = await leave_out(self._assignment, self._agent, self._offer, refusal)
                if self._turns:
                    raise

    async def _call_model(self) -> None:
        """One model call, stored before anything else happens."""
        kept = self._kept
        shown = await self._assignment.conversation(
            self._opening,
            self._turns,
            with_pictures=self._has_pictures,
            in_words=self._in_words,
        )
        self._shows_papers = shown.paper_tokens > 0
        self._shows_pictures = shown.has_pictures
        call = ModelCall(
            model=self._agent.model,
            system=kept.prompt.system,
            messages=shown.messages,
            paper_tokens=shown.paper_tokens,
            tools=[*kept.specifications, *(as_tool(tool).specification for tool in self._offer)],
            schema=self._schema(),
            max_tokens=self._agent.budget.max_output,
            effort=kept.prompt.effort,
            is_last=self._assignment.spec.answers_at_once and not self._turns,
        )
        async with asked_model(
            self._assignment,
            self._agent,
            call,
            operation="turn",
            turn=len(self._turns) + 1,
            asks_user=not self._assignment.build.budget_asked,
        ) as (answer, metered):
            metered.note_status(await self._store_answer(answer))

    def _schema(self) -> dict[str, Any] | None:
        """The form of the answer: as it was when the agent began.

        One that is asked again has answered in a form that this release may not read; thinking is
        not bound to the form.
        """
        kept, answer = self._kept, self._assignment.spec.answer
        is_asked_again = bool(self._turns) and not transcript.tool_uses(self._turns[-1])
        if kept.is_schema_outdated and is_asked_again:
            return strict_schema(answer) if answer else None
        return kept.prompt.schema

    async def _store_answer(self, answer: ModelAnswer) -> TokenStatus:
        turn = Turn(
            number=len(self._turns) + 1,
            answer=transcript.with_own_ids(
                _complete_blocks(answer), self._agent.agent_id, self._turns
            ),
            stop_reason=answer.stop_reason,
            results=None,
        )
        async with self._assignment.lease.transaction(makes_progress=True) as connection:
            self._agent, status = await lifecycle.record_usage(
                connection, self._agent, answer.usage, turn=turn
            )
            await tell_crossings(connection, self._assignment, self._agent, status)
        self._turns.append(turn)
        return status

    async def _run_tools(self, turn: Turn) -> Agent | None:
        """Run the tools that an answer asks for, and store their results in its order.

        Returns the agent with its result where one of them handed in; None if it goes on.
        """
        assignment = self._assignment
        uses = ToolUses(assignment, self._agent, self._tools, transcript.tool_uses(turn))
        await uses.run_before_transaction()
        async with assignment.lease.transaction_with_news() as (connection, has_changes):
            changes = await self._read_changes(connection, turn) if has_changes else []
            cut_off = CUT_OFF if turn.stop_reason == "max_tokens" else None
            results: list[ContentBlockParam] = [
                *await uses.run_in_transaction(
                    connection, refusal=USER_HAS_WRITTEN if changes else cut_off
                )
            ]
            if uses.handed_in is not None:
                await checkpoints.store_results(
                    connection, self._agent.agent_id, turn.number, results
                )
                self._turns[-1] = replace(turn, results=results)
                return await self._end(connection, uses.handed_in)
            if cut_off is not None:
                results.append(transcript.note(cut_off))
            await self._store_results(connection, turn, results + changes)
        return None

    async def _read_changes(
        self, connection: AsyncConnection, turn: Turn
    ) -> "list[ContentBlockParam]":
        return await read_changes(connection, self._assignment, self._agent, turn)

    async def _correct(self, turn: Turn, note: str) -> None:
        """Let the agent answer again, told why."""
        async with self._assignment.lease.transaction() as connection:
            await self._store_results(connection, turn, [transcript.note(note)] if note else [])

    async def _store_results(
        self, connection: AsyncConnection, turn: Turn, results: "list[ContentBlockParam]"
    ) -> None:
        self._agent, results = await weigh_results(
            connection, self._assignment, self._agent, self._turns, results
        )
        await checkpoints.store_results(connection, self._agent.agent_id, turn.number, results)
        self._turns[-1] = replace(turn, results=results)

    async def _correction(self, turn: Turn) -> str | None:
        """What is wrong with a final answer; "" to let the model go on; None if it stands."""
        if turn.stop_reason == "pause_turn":
            return ""
        in_this_run = self._turns[self._before :]
        return await correction_of(self._assignment, self._agent.agent_id, turn, in_this_run)

    async def _finish(self, turn: Turn) -> Agent | None:
        """Store the answer and what follows from it, all in one transaction.

        None if the user has asked for something else meanwhile, so that it goes on.
        """
        assignment, answer = self._assignment, transcript.text_of(turn)
        async with assignment.lease.transaction_with_news() as (connection, has_changes):
            if changes := await self._read_changes(connection, turn) if has_changes else []:
                await self._store_results(connection, turn, changes)
                return None
            return await self._end(connection, answer)

    async def _end(self, connection: AsyncConnection, answer: str) -> Agent:
        assignment = self._assignment
        if assignment.spec.owns_the_code:
            await close_list(connection, assignment.build.build_id)
        return await end_task(connection, assignment, self._agent, self._turns, answer)


def _complete_blocks(answer: ModelAnswer) -> "list[ContentBlockParam]":
    """The blocks that can be sent back: what is unfinished is dropped, and thinking is not all."""
    blocks = answer.content
    if answer.stop_reason == "max_tokens" and blocks and transcript.is_unfinished(blocks[-1]):
        blocks = blocks[:-1]
    if all(transcript.is_thinking(block) for block in blocks):
        blocks = [*blocks, transcript.note(transcript.EMPTY_ANSWER)]
    return blocks
