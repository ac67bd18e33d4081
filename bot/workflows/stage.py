"""Where a workflow plays: what it may use, whose claim it works under, and how it tells news."""

from dataclasses import dataclass

from psycopg import AsyncConnection

from bot import wording
from bot.crew.assignment import Assignment, Finish
from bot.crew.cards import AgentCard
from bot.crew.life import run_agent
from bot.delivery.outbox import enqueue
from bot.errors import OwnershipLost
from bot.memory.context import Memory, compile_memory
from bot.projects.builds import PHASES, Build, Claim, enter_phase
from bot.projects.workspace import Workspace, WorkspaceFile
from bot.services import Services
from telemetry.metrics import measured_task


@dataclass(kw_only=True)
class Stage:
    """Where a workflow plays: the services, the claim on the build, and the build as it is now."""

    services: Services
    claim: Claim
    build: Build

    async def files(self) -> list[WorkspaceFile]:
        """The project's files as they are now."""
        async with self.services.pool.connection() as connection:
            return await Workspace(connection, self.build.project_id).list_files()

    async def memory(self) -> Memory:
        """What is to be kept in mind of the person when their wish is planned."""
        async with self.services.pool.connection() as connection:
            return await compile_memory(
                connection,
                user_id=self.build.user_id,
                request_id=self.build.current_request_id,
                message=self.build.wish,
                projects=(),
            )

    async def perform(self, card: AgentCard, finish: Finish, *, opening: str | None = None) -> str:
        """Let one agent do its part and return its answer.

        Only the first one of a build needs an opening, the others have the brief of the one before.
        """
        assignment = Assignment(
            services=self.services,
            claim=self.claim,
            build=self.build,
            card=card,
            opening=opening,
            finish=finish,
        )
        with measured_task(card.task_type, stopped_by=OwnershipLost):
            return await run_agent(assignment)

    async def enter(self, phase: str, *, reason: str) -> None:
        """Move on to `phase`, unless the build has been there already."""
        if PHASES.index(phase) <= PHASES.index(self.build.phase):
            return
        async with self.claim.hold() as connection:
            self.build = await enter_phase(connection, self.build, phase, reason=reason)

    async def tell(self, connection: AsyncConnection, kind: str, body: str) -> None:
        """Queue a message to the person; each kind is said once a build."""
        await enqueue(
            connection,
            user_id=self.build.user_id,
            request_id=self.build.current_request_id,
            kind=kind,
            body=body,
            choices=wording.CHOICES.get(kind, ()),
        )
