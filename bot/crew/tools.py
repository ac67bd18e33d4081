"""What a tool is: what the model reads of it, and when and how it runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from psycopg import AsyncConnection
from pydantic import BaseModel, ConfigDict

from bot.builds.builds import Build
from bot.builds.lease import Lease
from bot.crew.excerpts import cut_to
from bot.model.structured import input_schema
from bot.projects.workspace import Workspace
from bot.services import Services
from handoffs.tokens import WorkingBudget

if TYPE_CHECKING:
    from anthropic.types import (
        DocumentBlockParam,
        ImageBlockParam,
        TextBlockParam,
        ToolParam,
    )

RESULT_LIMIT = 60_000  # characters of one result; what is cut is said

ToolContent: TypeAlias = "str | list[TextBlockParam | ImageBlockParam | DocumentBlockParam]"


class ToolInput(BaseModel):
    """The input of a tool; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class NoInput(ToolInput):
    """Nothing to give."""


@dataclass(frozen=True, kw_only=True)
class TransactionContext:
    """What a tool in a transaction may use: that transaction, and the one project.

    `budget` is how much context its agent may fill.
    """

    connection: AsyncConnection
    budget: WorkingBudget
    project_id: UUID
    request_id: UUID
    sites_base_url: str

    @property
    def files(self) -> Workspace:
        """The project's files."""
        return Workspace(self.connection, self.project_id)


@dataclass(frozen=True, kw_only=True)
class ToolContext:
    """What a tool may use while no transaction is open."""

    services: Services
    lease: Lease
    build: Build


@dataclass(frozen=True)
class InTransaction:
    """In the transaction that stores its result, so that a crash undoes both or neither.

    `function` may raise `WorkspaceError` and has changed nothing then, because what other tools did
    is stored all the same: the agent reads why, and may go on.
    """

    function: Callable[[TransactionContext, Any], Awaitable[ToolContent]]


@dataclass(frozen=True)
class WhenAnswered(InTransaction):
    """In that transaction too, once the user has answered what it asks."""


@dataclass(frozen=True)
class HandsIn(InTransaction):
    """In that transaction too, after the other tools and only if none of them failed.

    It ends the agent's task in that transaction.
    """


@dataclass(frozen=True)
class BeforeTransaction:
    """Before that transaction and alone in its turn, because it takes its time.

    So nobody waits for it to be able to stop a build. A crash may run it again, which must do no
    harm.
    """

    function: Callable[[ToolContext, Any], Awaitable[ToolContent]]


@dataclass(frozen=True, kw_only=True)
class AtService:
    """At another service before that transaction, which cannot undo what it does there.

    `tool` is its name at the `server`; `is_repeatable` if a second call does no harm.
    """

    server: str
    tool: str
    is_repeatable: bool


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A tool as the model sees it (`specification`), and when it `runs`.

    `input` is a model of ours, or the JSON schema of a service, which checks its input itself.
    `outcome_lasts` where the work is further on for whoever goes on later, without its result;
    words about the work, such as a decision, are not the work.
    """

    name: str
    description: str
    input: type[BaseModel] | dict[str, object]
    runs: InTransaction | BeforeTransaction | AtService
    outcome_lasts: bool = False

    @property
    def specification(self) -> "ToolParam":
        """The tool's definition for the Messages API."""
        schema = self.input if isinstance(self.input, dict) else input_schema(self.input)
        tool: ToolParam = {
            "name": self.name,
            "description": self.description,
            "input_schema": schema,
        }
        if not isinstance(self.input, dict):
            tool["strict"] = True
        return tool

    def arguments(self, given: dict[str, object]) -> Any:
        """The input as the tool takes it. Raises `ValidationError`."""
        return given if isinstance(self.input, dict) else self.input.model_validate(given)


@dataclass(frozen=True, kw_only=True)
class ToolOutput:
    """What came of a tool use, as the agent reads it."""

    content: ToolContent
    is_error: bool = False


def bounded(text: str) -> str:
    """A result of a size that an agent can read; what is cut is said."""
    return cut_to(text, RESULT_LIMIT)
