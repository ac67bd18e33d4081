"""One command of one user, and the way to answer it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection

from bot.builds.builds import unfinished_builds
from bot.delivery.media import StoredMedia
from bot.intake.dialogue_state import DialogueState
from bot.intake.incoming import Incoming
from bot.intake.replies import finish, say
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind
from bot.messages.quick_replies import Choice
from bot.projects.projects import Project, list_projects
from bot.requests.states import RequestType
from bot.settings.groups import Settings


@dataclass(frozen=True, kw_only=True)
class CommandContext:
    """A command, in the transaction in which it is carried out.

    `argument` is what was said behind it: the project to open. `dialogue` is what the conversation
    was about, `project_id` the app that the message belongs to if it tells. `is_certain` where
    fixed words or a tap say what they want, and not only a model that has read it.
    """

    connection: AsyncConnection
    settings: Settings
    incoming: Incoming
    dialogue: DialogueState
    argument: str = ""
    project_id: UUID | None = None
    is_certain: bool = True

    async def answer(
        self,
        sentence: str,
        *,
        kind: MessageKind = MessageKind.REPLY,
        choices: Sequence[Choice] = (),
        media: StoredMedia | None = None,
    ) -> None:
        """Say one thing and end the request."""
        await say(self.connection, self.incoming, sentence, kind=kind, choices=choices, media=media)
        await self.end()

    async def end(self) -> None:
        """End the request; what was to be said is said."""
        await finish(self.connection, self.incoming, RequestType.COMMAND)

    async def current_project(self) -> Project | None:
        """The project that the message belongs to, else the one that the user means."""
        projects = await list_projects(self.connection, self.incoming.user_id)
        belonging = (one for one in projects if one.project_id == self.project_id)
        return next(belonging, projects[0] if projects else None)

    async def project_or_excuse(self) -> Project | None:
        """The current project; where there is none they are told so, and the request ends."""
        project = await self.current_project()
        if project is None:
            await self.answer(conversation_texts.NOTHING_TO_CHANGE)
        return project

    async def is_being_built(self, project: Project) -> bool:
        """Whether a build of the project runs or waits."""
        builds = await unfinished_builds(self.connection, self.incoming.user_id)
        return any(build.project_id == project.project_id for build in builds)
