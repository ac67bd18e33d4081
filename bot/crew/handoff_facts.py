"""The facts of a handoff, read in its transaction: files, ledger, words, decisions, errors."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.builds.builds import Build
from bot.builds.questions import Answered, list_answers
from bot.builds.rounds import NO_OPINION, list_rounds
from bot.collections.schemas import DEFINITIONS
from bot.crew import transcript
from bot.crew.agent_specs import AgentSpec
from bot.crew.assignment import Assignment
from bot.crew.browser_tools import render_trial
from bot.crew.decision_tool import noted_decisions
from bot.crew.earlier_decisions import EARLIER_DECISIONS, earlier_decisions
from bot.crew.open_notes import OPEN_NOTES, open_notes
from bot.crew.trials import LastTrial, find_last_trial
from bot.crew.user_updates import as_item, brings_changes
from bot.crew.user_words import (
    REQUIREMENTS,
    applied_changes,
    requirements_block,
    words_of_request,
)
from bot.errors import OwnershipLost
from bot.languages.locales import name
from bot.model.roles import role_prompt
from bot.projects.workspace import Workspace
from handoffs.checkpoints import Turn
from handoffs.document import (
    Decision,
    FileRecord,
    HandoffDocument,
    LastCheck,
    ProjectPart,
    RejectedAlternative,
    UpstreamDependency,
)
from handoffs.facts import HandoffFacts, read_turns
from handoffs.ledger import load_spend
from handoffs.lifecycle import Agent, load_agent
from handoffs.resume_prompt import FROM_USER
from handoffs.store import received_by
from telemetry.named_sql import statements
from telemetry.spans import trace_database_operation

SQL = statements("bot.crew", "handoff_facts.sql")

CHECK_LENGTH = 8_000  # characters of what the last look at the page has shown


@dataclass(frozen=True, kw_only=True)
class _Context:
    trace_id: str
    conversation_id: UUID
    platform: str
    workflow: str | None
    phase: str
    title: str
    is_online: bool  # there is a version of the app already
    is_code_read: bool  # by a reviewer


async def gather_facts(
    connection: AsyncConnection,
    assignment: Assignment,
    agent: Agent,
    turns: list[Turn],
    *,
    reader: AgentSpec | None = None,
) -> HandoffFacts:
    """Everything about the agent's work that needs no model.

    `reader` goes on with it; where nobody is named, a fresh one of the same role.
    Raises `OwnershipLost` if the build is gone.
    """
    build, spec = assignment.build, assignment.spec
    context = await _context(connection, build.build_id)
    files = tuple(
        FileRecord(path=f.path, sha256=f.sha256, lines=f.lines, size_bytes=f.size)
        for f in await Workspace(connection, build.project_id).list_files()
    )
    words = await words_of_request(connection, build)
    changes = await applied_changes(connection, build)
    noted = noted_decisions(turns)
    # For an agent that goes on with the code, or with trying it.
    knows_app = spec.owns_the_code or spec.tries_the_app
    last = await find_last_trial(connection, build) if knows_app else None
    return HandoffFacts(
        handoff_id=uuid4(),
        created_at=datetime.now(UTC),
        trace_id=context.trace_id,
        conversation_id=context.conversation_id,
        platform=context.platform,
        source=agent,
        workflow=context.workflow,
        phase=context.phase,
        project=ProjectPart(project_id=build.project_id, title=context.title),
        messages=(*(words or (build.request_text,)), *changes),
        task_description=spec.task,
        files=files,
        spend=await load_spend(connection, request_id=agent.request_id, agent_id=agent.agent_id),
        turns=read_turns(turns),
        previous=await _previous(connection, agent),
        items=_items(spec, changes),
        decisions=(
            *(
                Decision(decision=one.decision, reason=one.reason, made_by=agent.name)
                for one in noted
            ),
            *map(_settled, await list_answers(connection, build.request_id)),
        ),
        rejected=tuple(
            RejectedAlternative(alternative=alternative, reason=one.reason)
            for one in noted
            for alternative in one.rejected
        ),
        upstream=(
            *await _asked(connection, build),
            *await _decided_before(connection, build),
            *_collections_guide(files, reader or spec),
            *await _noted_before(connection, build, reader or spec, context),
        ),
        downstream=spec.consumers(build.plan),
        known_faults=await _known_faults(connection, assignment),
        last_check=_last_check(last),
        requirements_met=_share_met(last),
        constraints=(_language_rule(build, is_online=context.is_online),),
        quality={"corrections": sum(map(_is_correction, turns))},
    )


def _language_rule(build: Build, *, is_online: bool) -> str:
    """Which language is spoken where: who changes to another one in the chat means the chat."""
    spoken = name(build.first_language)
    if is_online:
        return (
            f"The user reads {spoken} in the chat; the page keeps the language that it has, unless"
            " they ask for another one there."
        )
    return f"The user reads {spoken}, in the chat and on the page."


def _settled(one: Answered) -> Decision:
    """What the user has answered is decided."""
    reason = "nobody answered, so the default counts" if one.is_default else "they said so"
    return Decision(decision=f"{one.question} {one.answer}", reason=reason, made_by=FROM_USER)


def _items(spec: AgentSpec, changes: tuple[str, ...]) -> tuple[str, ...]:
    """The pieces of work that are known: the task, and each thing that was asked for meanwhile."""
    if not (changes and spec.owns_the_code):
        return ()
    return (spec.task, *map(as_item, changes))


async def _context(connection: AsyncConnection, build_id: UUID) -> _Context:
    async with connection.cursor(row_factory=class_row(_Context)) as cursor:
        await cursor.execute(SQL["load_context"], {"build_id": build_id})
        context = await cursor.fetchone()
    if context is None:
        raise OwnershipLost
    return context


async def _asked(connection: AsyncConnection, build: Build) -> tuple[UpstreamDependency, ...]:
    """What the user asks of the app, from the first word to the last."""
    content = await requirements_block(connection, build)
    return (UpstreamDependency(name=REQUIREMENTS, made_by="the user", content=content),)


async def _decided_before(
    connection: AsyncConnection, build: Build
) -> tuple[UpstreamDependency, ...]:
    """What was decided in the builds that made the app as it is."""
    content = await earlier_decisions(connection, build)
    if not content:
        return ()
    return (UpstreamDependency(name=EARLIER_DECISIONS, made_by="earlier builds", content=content),)


async def _noted_before(
    connection: AsyncConnection, build: Build, reader: AgentSpec, context: _Context
) -> tuple[UpstreamDependency, ...]:
    """What is open on the app that is online, for whoever changes it.

    What only shows in the code is left alone where no one reads that. What was judged again in this
    build takes the place of what was noted before: nothing may be left of that.
    """
    if not reader.owns_the_code:
        return ()
    rounds = await list_rounds(connection, build.build_id)
    is_read_again = any(one.review not in {None, NO_OPINION} for one in rounds)
    content = await open_notes(
        connection,
        build.project_id,
        is_code_read=context.is_code_read and not is_read_again,
        are_looks_open=all(one.looks is None for one in rounds),
    )
    return (UpstreamDependency(name=OPEN_NOTES, made_by="earlier builds", content=content),)


async def _known_faults(connection: AsyncConnection, assignment: Assignment) -> tuple[str, ...]:
    """What was found when the work was last handed in, for an agent that is to fix or polish it."""
    if not assignment.spec.owns_the_code:
        return ()
    rounds = await list_rounds(connection, assignment.build.build_id)
    judged = [one for one in rounds if one.outcome is not None]
    if not judged or (judged[-1].is_sound and not judged[-1].wants_polish):
        return ()
    return transcript.listed_findings(judged[-1].evidence or "")


def _share_met(last: LastTrial | None) -> float | None:
    """How much of what was asked for a browser found done at last, in percent.

    None where no list of what the app must do was gone through.
    """
    if last is None or last.trial.acceptance is None or "acceptance" not in last.trial.report.ran:
        return None
    criteria, unmet = last.trial.acceptance.criteria, last.trial.unmet
    asked = {number for one in criteria for number in one.requirements}
    owed = {number for one in criteria if one.criterion in unmet for number in one.requirements}
    return round(100 * len(asked - owed) / len(asked), 1) if asked else None


def _last_check(last: LastTrial | None) -> LastCheck | None:
    """What a browser saw last of the app in this build."""
    if last is None:
        return None
    return LastCheck(result=render_trial(last.trial)[:CHECK_LENGTH], is_current=last.is_current)


def _collections_guide(
    files: Iterable[FileRecord], reader: AgentSpec
) -> tuple[UpstreamDependency, ...]:
    """How a page reaches its collections, where there are some, for whoever writes the page."""
    if not reader.owns_the_code or not any(file.path == DEFINITIONS for file in files):
        return ()
    guide = role_prompt("collections")
    return (UpstreamDependency(name="collections_api", made_by="textcrew", content=guide),)


async def _previous(connection: AsyncConnection, agent: Agent) -> HandoffDocument | None:
    """The document that the agent started from, also where it goes on for one that was ended."""
    if agent.predecessor_agent_id is None:
        return None
    with trace_database_operation(
        operation="load",
        table_name="agent_handoff",
        record_id=agent.agent_id,
        agent_type=agent.agent_type,
    ):
        document = await received_by(connection, agent.agent_id)
    if document is None and agent.continuation_mode == "resumed":
        before = await load_agent(connection, agent.predecessor_agent_id)
        return await _previous(connection, before) if before else None
    return document


def _is_correction(turn: Turn) -> bool:
    answered_without_tools = bool(turn.results) and not transcript.tool_uses(turn)
    is_news = brings_changes(turn) or transcript.is_sent_back(turn)
    return answered_without_tools and not is_news
