"""Handing over: to a fresh version of the same role, or with a brief to the next role.

Both end an agent with a document in one transaction, and both are safe to begin again: whoever
finds an agent HANDOFF_PENDING asks for its notes again.
"""

import logging
from dataclasses import replace

from psycopg import AsyncConnection

from bot.builds.goals import find_goals
from bot.crew import transcript
from bot.crew.agent_call import asked_model
from bot.crew.agent_specs import DESIGNER
from bot.crew.assignment import Assignment, Brief, Submitted, model_of, working_budget
from bot.crew.common_ground import ground_of_change
from bot.crew.handoff_facts import gather_facts
from bot.crew.in_words import AS_THEY_ARE, InWords
from bot.crew.kept_prompt import load_or_keep_prompt
from bot.crew.material import Material
from bot.crew.mcp_tools import as_tool, load_offer
from bot.crew.new_look import what_stands
from bot.crew.papers import papers_shown
from bot.crew.progress_check import has_room
from bot.crew.sent_earlier import sent_earlier_block
from bot.crew.sources import sources_for
from bot.crew.successor_material import left_to_do, material_for_successor
from bot.delivery.outbox import enqueue
from bot.errors import ContextExceeded, ModelError, ModelRefused, ModelUnknown, RequestRefused
from bot.messages import progress_texts
from bot.messages.kinds import MessageKind
from bot.model.calls import ModelAnswer, ModelCall
from bot.model.structured import strict_schema
from handoffs import lifecycle
from handoffs.agent_notes import AgentNotes, NotedItem, notes_request, read_notes
from handoffs.checkpoints import Turn
from handoffs.document import UpstreamDependency
from handoffs.errors import InvalidDocument
from handoffs.facts import HandoffFacts
from handoffs.handoff import Successor, begin_handoff, create_brief, create_handoff, review
from handoffs.lifecycle import Agent, TerminationReason
from handoffs.tokens import WorkingBudget
from telemetry.metrics import record_handoff_validation

log = logging.getLogger(__name__)

NOTES_OUTPUT = 16_000  # tokens, with the thinking before
NOTES_ATTEMPTS = 2
VERSION_LIMIT = 25  # of one role in one build; who hands over that often gets nowhere


async def hand_over(
    assignment: Assignment,
    agent: Agent,
    turns: list[Turn],
    *,
    refusal: ModelError | None = None,
    in_words: InWords = AS_THEY_ARE,
) -> Agent:
    """End the agent, whose context is full, and return its successor.

    `in_words` it is told of what its model does not take.
    After a `refusal` of its conversation the agent cannot be asked any more and the facts alone
    make the document. Raises that of an unknown model where no other is configured, and
    `ContextExceeded` when handing over does not help.
    """
    model = model_of(assignment.services, assignment.spec)
    if isinstance(refusal, ModelUnknown) and model == agent.model:
        raise refusal
    if agent.version >= VERSION_LIMIT:
        raise ContextExceeded(f"{agent.name} is the last one that may take over")
    async with assignment.lease.transaction() as connection:
        agent = await begin_handoff(connection, agent)
        facts = await gather_facts(connection, assignment, agent, turns)
    notes: AgentNotes | None = None
    refused: tuple[str, ...] = ()
    if refusal is None:
        agent, notes, refused = await _ask_for_notes(
            assignment, agent, turns, facts, in_words=in_words
        )
    elif _may_be_repeated(refusal):
        await _require_room(assignment, agent, turns)
    budget = await working_budget(assignment.services, assignment.spec)
    async with assignment.lease.transaction(makes_progress=True) as connection:
        facts = await gather_facts(connection, assignment, agent, turns)
        material = await material_for_successor(
            connection,
            assignment,
            budget,
            left=left_to_do(facts, notes, turns),
            told=[one.content for one in facts.previous.upstream_dependencies]
            if facts.previous
            else [],
        )
        successor = Successor(
            agent_type=agent.agent_type,
            model=model,
            budget=budget,
            papers=material.papers,
            material=material.text,
            pictures=material.pictures,
        )
        handoff = await create_handoff(
            connection, facts=facts, notes=notes, refused=refused, successor=successor
        )
        if assignment.spec.owns_the_code:
            await _tell_how_far(connection, assignment)
    return handoff.target


def _may_be_repeated(refusal: ModelError) -> bool:
    """Whether a successor may meet it too: it has another model, and does without the tool."""
    is_of_tool = isinstance(refusal, RequestRefused) and refusal.tool is not None
    return not is_of_tool and not isinstance(refusal, ModelUnknown)


async def _tell_how_far(connection: AsyncConnection, assignment: Assignment) -> None:
    """Tell the user, once a build, what a big app has come to, and nothing of who builds it."""
    await enqueue(
        connection,
        user_id=assignment.build.user_id,
        request_id=assignment.build.current_request_id,
        kind=MessageKind.HANDED_OVER,
        body=progress_texts.still_on_it(await find_goals(connection, assignment.build.build_id)),
        dedupe_key=f"{assignment.build.build_id}:{MessageKind.HANDED_OVER}",
    )


async def end_task(
    connection: AsyncConnection,
    assignment: Assignment,
    agent: Agent,
    turns: list[Turn],
    answer: str,
) -> Agent:
    """Store the agent's answer and what follows from it, in the caller's transaction."""
    match await assignment.finish(connection, answer):
        case Brief() as brief:
            budget = await working_budget(assignment.services, brief.spec)
            return await _pass_on(connection, assignment, agent, turns, answer, brief, budget)
        case Submitted():
            return await lifecycle.hand_in(connection, agent, answer)
        case None:
            return await lifecycle.terminate_agent(
                connection, agent, TerminationReason.TASK_COMPLETED, answer
            )


async def _pass_on(
    connection: AsyncConnection,
    assignment: Assignment,
    agent: Agent,
    turns: list[Turn],
    answer: str,
    brief: Brief,
    budget: WorkingBudget,
) -> Agent:
    """End the agent, whose task is done, with a brief for the next role; it is spawned with it."""
    build = assignment.build
    facts = await gather_facts(connection, assignment, agent, turns, reader=brief.spec)
    result = UpstreamDependency(name=brief.part, made_by=agent.name, content=brief.content)
    ground, material = await _of_the_app(connection, assignment, brief, budget)
    papers = (
        await papers_shown(connection, build, budget, beside=material.text)
        if brief.spec.reads_papers
        else ()
    )
    facts = replace(
        facts,
        task_description=brief.spec.task,
        items=(brief.spec.task,),
        upstream=(*facts.upstream, *ground, *brief.beside, result),
        downstream=brief.spec.consumers(brief.plan or build.plan),
        # Who gets a brief goes on with what is done: faults are for whoever fixes them.
        known_faults=(),
        last_check=None,
    )
    handoff = await create_brief(
        connection,
        facts=facts,
        notes=_all_done(facts),
        successor=Successor(
            agent_type=brief.spec.agent_type,
            model=model_of(assignment.services, brief.spec),
            budget=budget,
            papers=papers,
            material=material.text,
            pictures=material.pictures,
        ),
        result=answer,
    )
    return handoff.source


async def _of_the_app(
    connection: AsyncConnection, assignment: Assignment, brief: Brief, budget: WorkingBudget
) -> tuple[tuple[UpstreamDependency, ...], Material]:
    """What the app was made from, as far as this build makes nothing new of it, and its files.

    That is for the engineer; the designer has what a new look begins with, and hands on the design
    alone.
    """
    if brief.spec is DESIGNER:
        return (), await what_stands(connection, assignment.build, budget)
    if not brief.spec.owns_the_code:
        return (), Material()
    made = {brief.part, *(one.name for one in brief.beside)}
    known = await ground_of_change(connection, assignment.build)
    ground = tuple(one for one in known if one.name not in made)
    told = [one.content for one in (*ground, *brief.beside)]
    files = await sources_for(connection, assignment.build, budget, told=[*told, brief.content])
    sent = await sent_earlier_block(connection, assignment.build.project_id)
    return ground, Material(text="\n\n".join(filter(None, (files, sent))))


def _all_done(facts: HandoffFacts) -> AgentNotes:
    """What an agent says by ending its task: all that was on record before is done."""
    known = {file.path for file in facts.files}
    return AgentNotes(
        decisions=[],
        rejected_alternatives=[],
        failed_attempts=[],
        work_in_progress="",
        todo_list=[
            NotedItem(
                number=item.number,
                description=item.description,
                passes=True,
                files=[path for path in item.files if path in known],
            )
            for item in facts.items_on_record
            if not item.passes and item.description not in facts.items
        ],
        assumptions=[],
        constraints=[],
    )


async def _ask_for_notes(
    assignment: Assignment,
    agent: Agent,
    turns: list[Turn],
    facts: HandoffFacts,
    *,
    in_words: InWords,
) -> tuple[Agent, AgentNotes | None, tuple[str, ...]]:
    """Ask the agent for its notes, a second time if the first cannot be used.

    None if neither can, with what is wrong with the last, or if the agent can no longer be asked.
    Raises `ContextExceeded` when handing over does not help.
    """
    complaints: tuple[str, ...] = ()
    for _ in range(NOTES_ATTEMPTS):
        try:
            agent, answer = await _ask(
                assignment, agent, turns, facts, complaints, in_words=in_words
            )
        except ContextExceeded:
            await _require_room(assignment, agent, turns)
            break
        except (ModelRefused, ModelUnknown, RequestRefused):
            break
        try:
            notes = read_notes(answer.text)
        except InvalidDocument as error:
            complaints = (str(error),)
            _tell_refused(agent, {"their form"})
            continue
        complaints = review(facts, notes)
        if not complaints:
            return agent, notes, ()
        _tell_refused(agent, {one.partition(":")[0] for one in complaints})
    return agent, None, complaints


def _tell_refused(agent: Agent, fields: set[str]) -> None:
    """Count an answer that cannot be used, and say what of it is wrong, in none of its words."""
    record_handoff_validation(outcome="failed")
    what = ", ".join(sorted(fields))
    log.warning("%s: notes for its successor cannot be used: %s", agent.agent_id, what)


async def _require_room(assignment: Assignment, agent: Agent, turns: list[Turn]) -> None:
    """Raises `ContextExceeded` where the next agent would overflow as this one did."""
    async with assignment.services.pool.connection() as connection:
        if not await has_room(connection, agent, turns):
            raise ContextExceeded(f"{agent.name} has no room in the model's window for its task")


async def _ask(
    assignment: Assignment,
    agent: Agent,
    turns: list[Turn],
    facts: HandoffFacts,
    complaints: tuple[str, ...],
    *,
    in_words: InWords,
) -> tuple[Agent, ModelAnswer]:
    """One call at the end of the agent's own conversation, with what remains of its window."""
    async with assignment.services.pool.connection() as connection:
        offer = await load_offer(connection, agent)
        kept = await load_or_keep_prompt(connection, assignment, agent)
    opening = await assignment.opening_of(agent)
    shown = await assignment.conversation(opening, turns, in_words=in_words)
    call = ModelCall(
        model=agent.model,
        system=kept.prompt.system,
        messages=transcript.with_request(shown.messages, notes_request(facts, complaints)),
        paper_tokens=shown.paper_tokens,
        tools=[*kept.specifications, *(as_tool(tool).specification for tool in offer)],
        schema=strict_schema(AgentNotes),
        max_tokens=min(NOTES_OUTPUT, agent.budget.max_output),
        effort=kept.prompt.effort,
    )
    async with asked_model(assignment, agent, call, operation="handoff") as (answer, metered):
        async with assignment.lease.transaction() as connection:
            agent, status = await lifecycle.record_usage(connection, agent, answer.usage)
        metered.note_status(status)
    return agent, answer
