"""What a workflow is: when it is right, who works in it, and what it does."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.workflows.build_context import BuildContext


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A workflow as the planner reads it (`when`) and as we run it (`run`).

    `agents` work in each of its kind, those in `also` where the plan needs them. One that
    `needs_files` is not for a new app; a `quiet` one says all that it has to say by itself.
    """

    name: str
    when: str
    agents: tuple[str, ...]
    also: tuple[str, ...] = ()
    needs_files: bool = False
    quiet: bool = False
    run: Callable[[BuildContext], Awaitable[None]]
