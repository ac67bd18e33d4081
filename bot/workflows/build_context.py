"""What a workflow works with: services, the lease, the build as it is, and how it tells news."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from psycopg import AsyncConnection

from bot.attachments.mentions import without_files
from bot.builds.builds import Build, enter_phase, set_plan, set_request_text
from bot.builds.lease import Lease
from bot.builds.phases import Phase, is_reached
from bot.crew import runner
from bot.crew.agent_specs import DESIGNER, DEVOPS, FRONTEND, ORCHESTRATOR, AgentSpec
from bot.crew.app_online import PAGE, app_online
from bot.crew.app_so_far import APP, app_so_far, missing_facts
from bot.crew.assignment import Assignment, Brief, Check, Finish, working_budget
from bot.crew.common_ground import COLLECTIONS, shared_data
from bot.crew.earlier_decisions import EARLIER_DECISIONS, earlier_decisions
from bot.crew.open_notes import OPEN_NOTES, open_notes
from bot.crew.papers import papers_shown
from bot.crew.user_words import asked_before
from bot.delivery.media import StoredMedia
from bot.delivery.outbox import enqueue
from bot.memory.context import Memory, compile_memory
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind
from bot.model.answers import Plan
from bot.projects.requirements import Requirement
from bot.projects.workspace import Workspace, WorkspaceFile
from bot.services import Services
from handoffs.document import UpstreamDependency

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

CHAIN = (ORCHESTRATOR, DESIGNER, FRONTEND, DEVOPS)
"""Who goes on with whose work; QA and the code reviewer look at it with fresh eyes. The backend
works beside the designer, with a brief of its own."""


@dataclass(kw_only=True)
class BuildContext:
    """What a workflow works with: the services, the lease, and the build as it is now."""

    services: Services
    lease: Lease
    build: Build

    @property
    def plan(self) -> Plan:
        """What was planned."""
        return Plan.model_validate(self.build.plan)

    def follow(self, plan: Plan) -> None:
        """Take up a plan that was just made."""
        self.build = replace(self.build, workflow=plan.workflow, plan=plan.model_dump())

    async def keep_plan(self, connection: AsyncConnection, plan: Plan) -> None:
        """Take it up, and store it for whoever goes on with the build."""
        self.follow(plan)
        known = plan.model_dump()
        await set_plan(connection, self.build, workflow=plan.workflow, title=plan.title, plan=known)

    async def leave_out(self, connection: AsyncConnection, paths: Collection[str]) -> None:
        """Name these files no longer in what was asked for: the app has no room for them."""
        request_text = without_files(self.build.request_text, paths).rstrip()
        await set_request_text(connection, self.build, request_text)
        self.build = replace(self.build, request_text=request_text)

    def has(self, agent_type: str) -> bool:
        """Whether that agent works in this build."""
        return agent_type in self.plan.agents_needed

    def brief_after(
        self, spec: AgentSpec, part: str, content: str, *beside: UpstreamDependency
    ) -> Brief | None:
        """What `spec` leaves to the next one in the chain that works in this build."""
        for following in CHAIN[CHAIN.index(spec) + 1 :]:
            if self.has(following.agent_type):
                return Brief(
                    spec=following, part=part, content=content, beside=beside, plan=self.build.plan
                )
        return None

    async def files(self) -> list[WorkspaceFile]:
        """The project's files as they are now."""
        async with self.services.pool.connection() as connection:
            return await Workspace(connection, self.build.project_id).list_files()

    async def memory(self) -> Memory:
        """What is to be kept in mind of the user when their request is planned."""
        async with self.services.pool.connection() as connection:
            return await compile_memory(
                connection,
                user_id=self.build.user_id,
                request_id=self.build.current_request_id,
                message=self.build.request_text,
                project_id=self.build.project_id,
            )

    async def asked_before(self) -> tuple[list[Requirement], list[Requirement]]:
        """What is asked of the app beside this request, and what was when a build was given up."""
        async with self.services.pool.connection() as connection:
            return await asked_before(connection, self.build)

    async def earlier_decisions(self) -> dict[str, str]:
        """What was decided when the app was made, by tag; nothing for a new one."""
        async with self.services.pool.connection() as connection:
            decided = await earlier_decisions(connection, self.build)
        return {EARLIER_DECISIONS: decided} if decided else {}

    async def app_so_far(self) -> dict[str, str]:
        """What the app is and does already, its page and its data, by tag; what there is of it."""
        async with self.services.pool.connection() as connection:
            known = await app_so_far(connection, self.build)
            online = await app_online(connection, self.build)
            data = await shared_data(connection, self.build)
        tags = {APP: known, PAGE: online.page, COLLECTIONS: data}
        return {name: told for name, told in tags.items() if told}

    async def missing_facts(self) -> list[str]:
        """The facts that nobody had given when the app was planned last."""
        async with self.services.pool.connection() as connection:
            return await missing_facts(connection, self.build)

    async def open_notes(self) -> dict[str, str]:
        """What was noted of the app as it is online, by tag; nothing where nothing was."""
        async with self.services.pool.connection() as connection:
            noted = await open_notes(connection, self.build.project_id)
        return {OPEN_NOTES: noted} if noted else {}

    async def papers(self, reader: AgentSpec) -> "tuple[ContentBlockParam, ...]":
        """What users sent as papers, as far as the reader has room for them."""
        budget = await working_budget(self.services, reader)
        async with self.services.pool.connection() as connection:
            return await papers_shown(connection, self.build, budget)

    async def perform(
        self,
        spec: AgentSpec,
        finish: Finish,
        *,
        opening: str | None = None,
        since: datetime | None = None,
        sent_back: "list[ContentBlockParam] | None" = None,
        check: Check | None = None,
        beside: asyncio.Future[str] | None = None,
    ) -> str:
        """Let one agent do its part and return its answer; see `Assignment` for the rest.

        Only those need an opening to whom nobody leaves a brief.
        """
        assignment = replace(
            self._assignment(spec, finish),
            opening=opening,
            since=since,
            sent_back=sent_back,
            check=check,
            beside=beside,
        )
        return await runner.run_agent(assignment)

    async def perform_without(
        self, spec: AgentSpec, finish: Finish, answer: str, *, opening: str | None = None
    ) -> None:
        """Do an agent's part under its name, where no model is needed to know the answer."""
        assignment = replace(self._assignment(spec, finish), opening=opening)
        await runner.run_without_model(assignment, answer)

    async def conclude(self, spec: AgentSpec, finish: Finish, answer: str | None = None) -> None:
        """Accept what an agent has handed in, or put `answer` in its place."""
        await runner.conclude(self._assignment(spec, finish), answer)

    async def give_up(self, spec: AgentSpec, finish: Finish) -> None:
        """Go on without the answer of an agent that has failed."""
        await runner.give_up(self._assignment(spec, finish))

    def _assignment(self, spec: AgentSpec, finish: Finish) -> Assignment:
        return Assignment(
            services=self.services,
            lease=self.lease,
            build=self.build,
            spec=spec,
            opening=None,
            finish=finish,
        )

    async def enter(self, phase: Phase, *, reason: str) -> None:
        """Move on to `phase`, unless the build has been there already."""
        if is_reached(phase, at=self.build.phase):
            return
        async with self.lease.transaction() as connection:
            self.build = await enter_phase(connection, self.build, phase, reason=reason)

    async def tell(
        self,
        connection: AsyncConnection,
        kind: MessageKind,
        body: str,
        *,
        number: int | None = None,
        media: StoredMedia | None = None,
        once_a_build: bool = False,
    ) -> None:
        """Queue a message to the user; each kind (and number) is said once a request.

        `once_a_build` is not said again where the build was stopped and taken up again.
        """
        request_id = self.build.current_request_id
        said_for = self.build.request_id if once_a_build else request_id
        await enqueue(
            connection,
            user_id=self.build.user_id,
            request_id=request_id,
            kind=kind,
            body=body,
            dedupe_key=f"{said_for}:{kind}" if number is None else f"{said_for}:{kind}:{number}",
            choices=conversation_texts.CHOICES.get(kind, ()),
            media=media,
        )
