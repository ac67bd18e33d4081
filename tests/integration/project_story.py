"""The life of one app, told by what is asked of it and how its builds end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.builds.builds import create_build
from bot.builds.change_requests import add_change
from bot.model.answers import ChangeSize
from bot.projects.projects import create_project
from bot.projects.requirements import (
    PlannedRequirement,
    Requirement,
    list_requirements,
    note_met,
    refine_request,
)
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from tests.users import add_user, add_words

Pool = AsyncConnectionPool[AsyncConnection]
USER = "c" * 32


@dataclass(frozen=True, kw_only=True)
class Story:
    """An app's life, told by what is asked and how its builds end."""

    connection: AsyncConnection
    project_id: UUID

    async def ask(self, words: str) -> UUID:
        """A build of these words; returns its id."""
        request_id = await self._request()
        await create_build(
            self.connection,
            request_id=request_id,
            project_id=self.project_id,
            user_id=USER,
            request_text=words,
        )
        return await self._build(request_id)

    async def change(self, words: str, size: ChangeSize | None = None) -> str | None:
        """What is asked for meanwhile: whether now or in the next version."""
        return await add_change(
            self.connection,
            project_id=self.project_id,
            user_id=USER,
            request_id=await self._request(),
            body=words,
            size=size,
        )

    async def workflows(self) -> list[str | None]:
        """How its builds are worked on, as far as that is clear."""
        cursor = await self.connection.execute("SELECT workflow FROM build ORDER BY created_at")
        return [row[0] for row in await cursor.fetchall()]

    async def plan(self, build_id: UUID, *planned: PlannedRequirement) -> None:
        request_id = await self._one("SELECT request_id FROM build WHERE build_id = %s", build_id)
        await refine_request(self.connection, request_id, planned)

    async def publish(
        self,
        build_id: UUID,
        page: str,
        *,
        is_sound: bool = True,
        unproven: frozenset[int] = frozenset(),
    ) -> None:
        """A version with this page, with which the build is completed; it proves all but these."""
        await Workspace(self.connection, self.project_id).write("index.html", page)
        request_id = await self._one("SELECT request_id FROM build WHERE build_id = %s", build_id)
        await publish(
            self.connection,
            project_id=self.project_id,
            request_id=request_id,
            sites_base_url="https://apps.example.com",
        )
        if is_sound:
            proven = {one.number for one in await self.all(build_id)} - unproven
            await note_met(self.connection, self.project_id, build_id, proven)
        await self.end(build_id, "completed")

    async def start(self, build_id: UUID) -> None:
        """Let a build be under way."""
        await self.end(build_id, "running")

    async def end(self, build_id: UUID, status: str) -> None:
        await self.connection.execute(
            "UPDATE build SET status = %s, ended_at = now() WHERE build_id = %s",
            [status, build_id],
        )

    async def binding(self, build_id: UUID | None = None) -> dict[str, str]:
        """What holds, by words: how it stands."""
        known = await self.all(build_id)
        return {one.words: one.standing for one in known if one.holds}

    async def all(self, build_id: UUID | None = None) -> list[Requirement]:
        return await list_requirements(self.connection, self.project_id, build_id)

    async def _request(self) -> UUID:
        return await add_words(self.connection, USER, "said")

    async def _build(self, request_id: UUID) -> UUID:
        return await self._one("SELECT build_id FROM build WHERE request_id = %s", request_id)

    async def _one(self, query: str, value: UUID) -> UUID:
        cursor = await self.connection.execute(query.encode(), [value])
        ((found,),) = await cursor.fetchall()
        assert isinstance(found, UUID)
        return found


@asynccontextmanager
async def told_story(pool: Pool) -> AsyncIterator[Story]:
    """An app that nobody has asked anything of; each statement is committed at once."""
    async with pool.connection() as connection:
        await connection.set_autocommit(True)
        await add_user(connection, USER)
        project = await create_project(connection, user_id=USER, title="Costs")
        yield Story(connection=connection, project_id=project.project_id)
        await connection.set_autocommit(False)
