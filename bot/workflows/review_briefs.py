"""What those who judge a round are told: what was asked for, the sources, and what was seen."""

from psycopg import AsyncConnection

from bot.builds.builds import Build
from bot.builds.rounds import NO_OPINION, Round, list_rounds, texts_of_round
from bot.collections.schemas import DEFINITIONS
from bot.crew.agent_specs import CODE_REVIEWER, FRONTEND, QA, AgentSpec
from bot.crew.app_online import OUTLINE_LIMIT, PAGE
from bot.crew.assignment import working_budget
from bot.crew.briefs import TODAY, file_list, opening, today
from bot.crew.browser_tools import render_trial
from bot.crew.common_ground import common_ground
from bot.crew.open_notes import OPEN_NOTES, notes_of_review
from bot.crew.sources import PAGE_TYPES, changed_lines, sources
from bot.crew.standing_list import uncovered
from bot.crew.transcript import listed_findings
from bot.crew.trials import Trial
from bot.crew.user_words import REQUIREMENTS, requirements_block
from bot.crew.views import labelled_ends, labelled_views
from bot.languages.locales import name
from bot.model.roles import role_prompt
from bot.projects.versions import find_earlier, read_published_texts
from bot.projects.workspace import Workspace
from bot.workflows.build_context import BuildContext
from handoffs.lifecycle import find_agent

EARLIER_FINDINGS = "earlier_findings"
NOBODY_TRIED = (
    "Nobody could try this app in a browser: what you find by reading is all that is known."
)


async def brief_of_qa(context: BuildContext, current: Round, trial: Trial | None) -> str:
    """What was seen when a list was clicked through, with pictures, and the page's sources.

    Of an app that meets a list which covers all, its outline is enough to try something more.
    """
    words, material = await _asked_for(context), await _found_before(context, current)
    words[TODAY] = today()
    # Without a list it has yet to try one, and sees the app then.
    tried = trial if trial is not None and trial.acceptance is not None else None
    if tried is not None and tried.acceptance is not None:
        agreed = tried.acceptance.model_dump_json(exclude_defaults=True)
        material |= {"acceptance": agreed, "evidence": render_trial(tried)}
        if not tried.is_accepted:
            async with context.services.pool.connection() as connection:
                material["handed_in"] = await handed_in(connection, context.build)
    views = [*labelled_views(tried.views), *labelled_ends(tried)] if tried else []
    material |= await _common_ground(context, QA)
    if tried is not None and tried.is_accepted and not await _lacks_a_trial(context, tried):
        material[PAGE] = tried.report.outline[:OUTLINE_LIMIT]
    else:
        texts = await read_texts(context)
        material["sources"] = sources(_without_definitions(texts), PAGE_TYPES)
    return opening(words, material, views)


async def _lacks_a_trial(context: BuildContext, tried: Trial) -> bool:
    """Whether something was asked that no criterion of the list proves, such as a late change."""
    async with context.services.pool.connection() as connection:
        return bool(await uncovered(connection, context.build, tried.acceptance))


async def handed_in(connection: AsyncConnection, build: Build) -> str:
    """What the engineer said of their work last, to the user."""
    engineer = await find_agent(connection, build.request_id, FRONTEND.agent_type)
    return (engineer.result if engineer else None) or ""


async def brief_of_reviewer(
    context: BuildContext, current: Round, texts: dict[str, str], *, is_untried: bool
) -> str:
    """All sources, the lines that a change and those that a repair has made different."""
    words = await _asked_for(context)
    if is_untried:
        words["evidence"] = NOBODY_TRIED
    if DEFINITIONS in texts:
        words["collections_api"] = role_prompt("collections")
    material = await _read_before(context, current, texts)
    material |= await _common_ground(context, CODE_REVIEWER)
    material["sources"] = sources(_without_definitions(texts))
    build = context.build
    async with context.services.pool.connection() as connection:
        if await find_earlier(connection, build.project_id, build.request_id):
            online = await read_published_texts(connection, build.project_id)
            material["changed_lines"] = changed_lines(online, texts)
    return opening(words, material)


def _without_definitions(texts: dict[str, str]) -> dict[str, str]:
    """The files but for the collections', which are told with their use."""
    return {path: text for path, text in texts.items() if path != DEFINITIONS}


async def read_texts(context: BuildContext) -> dict[str, str]:
    """The project's text files as they are now."""
    async with context.services.pool.connection() as connection:
        return await Workspace(connection, context.build.project_id).read_texts()


async def _common_ground(context: BuildContext, reader: AgentSpec) -> dict[str, str]:
    budget = await working_budget(context.services, reader)
    async with context.services.pool.connection() as connection:
        return await common_ground(connection, context.build, budget)


async def _read_before(
    context: BuildContext, current: Round, texts: dict[str, str]
) -> dict[str, str]:
    """What was to be fixed and what else was noted when the code was read last, by tag.

    Beside it the lines that differ since. Who reads a build's code first gets what was noted of the
    app that is online.
    """
    found = await _found_before(context, current)
    before = [one for one in await _rounds_before(context, current) if _is_read(one)]
    if not before:
        return found | await context.open_notes()
    last = before[-1]
    noted = notes_of_review(last.review or "", told=found.get(EARLIER_FINDINGS, ""))
    async with context.services.pool.connection() as connection:
        then = await texts_of_round(connection, context.build.build_id, last.number)
    fixed = changed_lines(then, texts)
    is_little = len(fixed) < sum(map(len, texts.values())) // 2  # else all is to be read anyway
    known = {OPEN_NOTES: noted, "fixed_lines": fixed if is_little else ""}
    return found | {name: content for name, content in known.items() if content}


def _is_read(one: Round) -> bool:
    """Whether the reviewer has said something of that round."""
    return bool(one.review) and one.review != NO_OPINION


async def _rounds_before(context: BuildContext, current: Round) -> list[Round]:
    async with context.services.pool.connection() as connection:
        rounds = await list_rounds(connection, context.build.build_id)
    return [one for one in rounds if one.number < current.number]


async def _found_before(context: BuildContext, current: Round) -> dict[str, str]:
    """What the engineer was to fix since the round before, by tag; nothing in the first one."""
    before = [one.evidence for one in await _rounds_before(context, current) if one.evidence]
    found = listed_findings(before[-1]) if before else ()
    return {EARLIER_FINDINGS: "\n".join(f"- {one}" for one in found)} if found else {}


async def _asked_for(context: BuildContext) -> dict[str, str]:
    """What the app is to be judged by, and the language to say it in."""
    async with context.services.pool.connection() as connection:
        asked = await requirements_block(connection, context.build)
    return {
        "request": context.build.request_text,
        REQUIREMENTS: asked,
        "language": name(context.build.first_language),
        "plan": context.plan.summary,
        "files": file_list(await context.files()),
    }
