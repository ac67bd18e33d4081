"""What the user is told of a version. The evidence decides, and nothing else."""

from uuid import UUID

from psycopg import AsyncConnection

from bot.builds.change_requests import has_said_more
from bot.collections.documents import definitions_of_versions
from bot.collections.rights import AUTHOR, OWNER, SET_BY, who_may_change
from bot.delivery.media import PICTURE_LIMIT, Media, keep
from bot.messages import build_texts, release_texts
from bot.messages.kinds import MessageKind
from bot.messages.paragraphs import paragraphs
from bot.projects.deployments import deployments_of_build
from bot.projects.requirements import facts_asked_for, note_met
from bot.projects.versions import Published
from bot.sites.short_links import ShortLinks
from bot.workflows.build_context import BuildContext
from bot.workflows.release import ReleaseStatus

FAULTS_TOLD = 3  # to the user; more help nobody on a phone
FACTS_ASKED = 5
LINKS_TOLD = 3  # of copies elsewhere


def announcement(version: Published, found: ReleaseStatus, link: str) -> str:
    """The link, with "ready" only of what was seen to work."""
    if found.outcome == "untried":
        return release_texts.published_untried(version.title, link, version.number)
    if found.outcome == "passed":
        return release_texts.published(version.title, link, version.number)
    faults = list(found.faults[:FAULTS_TOLD]) or [build_texts.NOT_ALL_TRIED]
    return release_texts.published_faulty(version.title, link, version.number, faults)


async def announce(
    connection: AsyncConnection,
    context: BuildContext,
    version: Published,
    found: ReleaseStatus,
    *,
    is_ours: bool = True,
    is_again: bool = False,
    is_reached: bool = True,
) -> None:
    """Queue the picture and the link, in the transaction that ends the build.

    What the app was to do is met where it was proven and the version was found sound.

    The picture is a message of its own, and the one with the link has neither it nor buttons:
    WhatsApp shows a preview of the first link in a plain text, and of no other.
    """
    if found.outcome == "passed" and not is_again:
        await note_met(connection, context.build.project_id, context.build.build_id, found.proven)
    link = ShortLinks(context.services.settings.web.public_base_url).app(version.site_token)
    build = context.build
    elsewhere = await deployments_of_build(connection, build.project_id, build.request_id)
    links = [release_texts.also_at(there.service, there.url) for there in elsewhere[-LINKS_TOLD:]]
    if not is_ours:
        say = release_texts.unchanged(version.title, link, version.number)
        await context.tell(connection, MessageKind.PUBLISHED, paragraphs(say, *links))
        return
    if found.picture and len(found.picture) <= PICTURE_LIMIT:
        picture = Media(file_name="app.png", content_type="image/png", content=found.picture)
        kept = await keep(connection, context.build.user_id, picture)
        await context.tell(
            connection, MessageKind.PICTURE, release_texts.pictured(version.title), media=kept
        )
    say = announcement(version, found, link)
    if is_again:
        say = release_texts.published_again(say, is_reached=is_reached)
    untried = found.untried[:FAULTS_TOLD] if found.outcome != "untried" else ()
    untested = [release_texts.untested(untried)] if untried else []
    owners = await for_its_owner(connection, context, version)
    await context.tell(
        connection, MessageKind.PUBLISHED, paragraphs(say, *links, *untested, *owners)
    )


async def for_its_owner(
    connection: AsyncConnection, context: BuildContext, version: Published
) -> list[str]:
    """Paragraphs on what the owner of an app has to know of a version that is new, or to tell."""
    is_new = version.request_id == context.build.request_id
    owned = (
        await _whose_entries_are(connection, context.build.project_id, version) if is_new else []
    )
    return [*owned, *await _facts_asked(connection, context)]


async def _whose_entries_are(
    connection: AsyncConnection, project_id: UUID, version: Published
) -> list[str]:
    """A paragraph on who changes what visitors enter, with the first version that it holds for."""
    known = await definitions_of_versions(connection, project_id)
    before = await definitions_of_versions(connection, project_id, before=version.number)
    new = set().union(*map(who_may_change, known)).difference(*map(who_may_change, before))
    said = []
    if AUTHOR in new:
        said.append(release_texts.THEIR_AUTHORS)
    elif OWNER in new:
        said.append(release_texts.THE_OWNERS)
    if SET_BY in new or {AUTHOR, OWNER} <= new:
        said.append(release_texts.PARTLY_THE_OWNERS)
    return [release_texts.rights(said)] if said else []


async def _facts_asked(connection: AsyncConnection, context: BuildContext) -> list[str]:
    """A paragraph that asks for the facts that nobody gave, or none; each is asked for once."""
    facts = context.plan.missing_facts if context.build.plan else []
    if facts:
        build = context.build
        before = await facts_asked_for(connection, build.project_id, build.build_id)
        facts = [fact for fact in facts if fact not in before][:FACTS_ASKED]
    if not facts:
        return []
    has_more = await has_said_more(connection, context.build)
    return [release_texts.facts_missing(facts, has_said_more=has_more)]
