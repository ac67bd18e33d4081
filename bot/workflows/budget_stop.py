"""What follows when a budget runs short: the user is asked, and in the end gets what there is."""

from decimal import Decimal

from psycopg import AsyncConnection

from bot.builds.builds import AWAITS_ANSWER, end_build, is_any_queued, note_budget_asked
from bot.builds.rounds import Round, best_of, drop_round, list_rounds, open_round, restore_files
from bot.database.clock import database_time
from bot.errors import BudgetExhausted, BudgetQuestion, WorkspaceError
from bot.languages.i18n import localized
from bot.messages import budget_texts, build_texts
from bot.messages.kinds import MessageKind
from bot.messages.paragraphs import paragraphs
from bot.model.budgets import BudgetLimits, BudgetSpent, hours_until_renewed, spent_so_far
from bot.projects.history import is_draft, save_draft
from bot.projects.versions import Published, find_earlier, publish
from bot.requests.lifecycle import end_work
from bot.requests.states import WorkEnd
from bot.sites.short_links import ShortLinks
from bot.workflows.build_context import BuildContext
from bot.workflows.release import status_of_round
from bot.workflows.release_message import announcement, for_its_owner
from handoffs.ending import end_agents
from handoffs.lifecycle import TerminationReason


async def ask_whether_to_go_on(context: BuildContext, question: BudgetQuestion) -> bool:
    """Put the build down until the user says how to go on; "try again" takes it up.

    Where the app's next one waits it would begin at once, and this one could never go on. So it
    goes on as it is, within its budget, and they are told. Returns whether it does.
    """
    async with context.lease.transaction() as connection:
        await note_budget_asked(connection, context.build)
        spent, limit = await _spent_of(connection, context, question.scope)
        build = context.build
        if await is_any_queued(connection, build.project_id):
            say = budget_texts.going_on(question.scope, spent, limit)
            await context.tell(connection, MessageKind.BUDGET_NOTICE, say)
            return True
        await save_draft(connection, build.project_id, build.request_id)
        earlier = await find_earlier(connection, build.project_id, build.request_id)
        say = budget_texts.budget_question(
            question.scope, spent, limit, is_online=earlier is not None
        )
        await context.tell(connection, MessageKind.BUDGET, say)
        await _put_down(connection, context, WorkEnd.STOPPED, AWAITS_ANSWER, question.scope)
    return False


async def stop_with_what_there_is(context: BuildContext, error: BudgetExhausted) -> None:
    """End the build. A first version goes out as good as it is; a version that is there stays."""
    async with context.lease.transaction() as connection:
        online = await _publish_what_there_is(connection, context)
        spent, limit = await _spent_of(connection, context, error.scope)
        hours = hours_until_renewed(await database_time(connection))
        say = budget_texts.budget_exhausted(error.scope, spent, limit, hours)
        if await is_any_queued(connection, context.build.project_id):
            say = localized(budget_texts.STOPPED_BEFORE_NEXT)
        await context.tell(connection, MessageKind.FAILED, paragraphs(say, *online))
        await _put_down(connection, context, WorkEnd.FAILED, type(error).__name__, error.scope)


async def _spent_of(
    connection: AsyncConnection, context: BuildContext, scope: str
) -> tuple[BudgetSpent, Decimal]:
    """What is booked of a budget by now, and the budget, in USD."""
    booked = await spent_so_far(
        connection, scope, request_id=context.build.request_id, user_id=context.build.user_id
    )
    limit = BudgetLimits.of(context.services.settings.budgets).limit_of(scope)
    return booked, limit + booked.raised


async def _publish_what_there_is(connection: AsyncConnection, context: BuildContext) -> list[str]:
    """Let it be online if there is a page and it takes the place of no finished app; the news.

    What a build that failed has left is none, as long as this one has written nothing.
    """
    build = context.build
    if await find_earlier(connection, build.project_id, build.request_id):
        await save_draft(connection, build.project_id, build.request_id)
        return []
    rounds = await list_rounds(connection, build.build_id)
    judged = [one for one in rounds if one.outcome and one.has_page]
    best = best_of(judged) if judged else None
    if best is None and await is_draft(connection, build.project_id):
        return []
    try:
        async with connection.transaction():
            version = await _publish_round(connection, context, best)
    except WorkspaceError:
        return []  # there is no page yet
    link = ShortLinks(context.services.settings.web.public_base_url).app(version.site_token)
    say = (
        announcement(version, status_of_round(best), link) if best else build_texts.unfinished(link)
    )
    return [say, *await for_its_owner(connection, context, version)]


async def _publish_round(
    connection: AsyncConnection, context: BuildContext, best: Round | None
) -> Published:
    """The files of that round, or as they are; what was written since is kept as a draft.

    Raises `WorkspaceError` if there is no page.
    """
    build = context.build
    written = await open_round(connection, build)
    if best is not None:
        await restore_files(connection, build, best.number)
    version = await publish(
        connection,
        project_id=build.project_id,
        request_id=build.request_id,
        sites_base_url=context.services.settings.web.sites_base_url,
    )
    await restore_files(connection, build, written)
    await drop_round(connection, build, written)
    await save_draft(connection, build.project_id, build.request_id)
    return version


async def _put_down(
    connection: AsyncConnection,
    context: BuildContext,
    end: WorkEnd,
    failure: str,
    short_of: str | None,
) -> None:
    await end_agents(connection, context.build.request_id, TerminationReason.RESOURCE_CLEANUP)
    await end_build(connection, context.build, end, failure=failure, short_of=short_of)
    await end_work(connection, context.build.current_request_id, end)
