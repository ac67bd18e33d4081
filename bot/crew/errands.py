"""Tools that take their time: they run before the transaction that stores their result.

So nobody waits for a browser to be able to stop a build. A crash may run an errand again, which
must do no harm.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.checks.acceptance import Acceptance
from bot.crew.tools import NoInput, bounded
from bot.crew.trials import Trial, count_trials, find_trial, try_app
from bot.model.calls import Block
from bot.model.structured import complaint, strict_schema
from bot.projects.builds import Build, Claim
from bot.services import Services

TRIAL_LIMIT = 4  # of the same files, each with another list
OUTLINE_LIMIT = 6_000  # characters of the page's outline

NO_BROWSER = "There is no browser here, so nothing can be tried. Go on without."
ALONE = "Use this tool alone: it looks at the files as they are when no other tool is at work."
ENOUGH = "These files were tried often enough. Answer with what you know."


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where an errand runs: no transaction is open."""

    services: Services
    claim: Claim
    build: Build


@dataclass(frozen=True, kw_only=True)
class Errand:
    """A tool as the model sees it (`specification`) and as we run it (`run`)."""

    name: str
    description: str
    input: type[BaseModel]
    run: Callable[[Surroundings, Any], Awaitable[str]]

    @property
    def specification(self) -> dict[str, Any]:
        """The tool's definition for the Messages API."""
        return {
            "name": self.name,
            "description": self.description,
            "input_schema": strict_schema(self.input),
            "strict": True,
        }


async def run_errand(
    surroundings: Surroundings, errand: Errand, use: Block, *, is_alone: bool
) -> Block:
    """Run one `tool_use` block and return its `tool_result`."""
    text, failed = await _run(surroundings, errand, use) if is_alone else (ALONE, True)
    result: Block = {"type": "tool_result", "tool_use_id": use["id"], "content": bounded(text)}
    return {**result, "is_error": True} if failed else result


async def _run(surroundings: Surroundings, errand: Errand, use: Block) -> tuple[str, bool]:
    try:
        arguments = errand.input.model_validate(use["input"])
    except ValidationError as error:
        return complaint(error), True
    return await errand.run(surroundings, arguments), False


async def _check_page(at: Surroundings, _: NoInput) -> str:
    trial = await try_app(at.services, at.claim, at.build, None)
    return NO_BROWSER if trial is None else told(trial)


async def _try_page(at: Surroundings, wanted: Acceptance) -> str:
    async with at.services.pool.connection() as connection:
        known = await find_trial(connection, at.build, wanted)
        if known is None and await count_trials(connection, at.build) >= TRIAL_LIMIT:
            return ENOUGH
    trial = known or await try_app(at.services, at.claim, at.build, wanted)
    return NO_BROWSER if trial is None else told(trial)


def told(trial: Trial) -> str:
    """What an agent reads of a trial: the evidence and, where something is wrong, the page."""
    evidence = trial.report.evidence()
    if trial.passed or not trial.report.outline:
        return evidence
    outline = trial.report.outline[:OUTLINE_LIMIT]
    return f"{evidence}\n\nThe page as it opens, for assistive technology:\n{outline}"


CHECK_PAGE = Errand(
    name="check_page",
    description=(
        "Open the page in a browser on a phone and on a desktop, press its buttons, fill its "
        "forms, and read what is wrong."
    ),
    input=NoInput,
    run=_check_page,
)

TRY_PAGE = Errand(
    name="try_page",
    description=(
        "Open the page in a browser, click through the acceptance list on it, and read what is "
        "wrong. The same list on the same files is tried once."
    ),
    input=Acceptance,
    run=_try_page,
)
