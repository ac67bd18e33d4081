"""What follows from how QA judged the looks: advice, and once in a build a polish.

Looks never make an app one that does not work, and no user is told of them as of a fault.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from psycopg import AsyncConnection

from bot.builds.builds import Build
from bot.builds.phases import CHANGE
from bot.builds.rounds import Assessment, Round
from bot.crew.transcript import FINDINGS
from bot.model.answers import Look, Looks, Verdict
from bot.projects.requirements import list_requirements
from bot.projects.versions import find_earlier
from handoffs.tags import enclosed

LOWEST = 3  # of 1 to 5: what is below is to be better
LOWEST_WHERE_ASKED = 4  # the same, where it is the looks that the user wants to be better

_POLISH = (
    "Your work does what it must (round {number}), but it does not look good enough yet. Make the "
    "looks better where this says so, and change nothing of what it does; then say in one or two "
    "sentences what you changed."
)


async def lowest_for(connection: AsyncConnection, build: Build) -> int:
    """The lowest score that will do: who asks for better looks of an app gets more than sound ones.

    That is a change that was planned; one that makes it blue is done when it is blue.
    """
    online = await find_earlier(connection, build.project_id, build.request_id)
    if online is None or build.workflow == CHANGE:
        return LOWEST
    known = await list_requirements(connection, build.project_id, build.build_id)
    asked = {one.kind for one in known if one.holds and one.build_id == build.build_id}
    return LOWEST_WHERE_ASKED if "looks" in asked else LOWEST


def advice_on_looks(verdict: Verdict | None, lowest: int = LOWEST) -> list[str]:
    """What the engineer reads of the looks, the weightiest first; nothing where nobody saw them."""
    return [
        f"[looks, {name} {look.score} of 5] {look.reason}"
        for name, look in _judged(verdict)
        if look.score < lowest
    ]


def with_looks(
    assessment: Assessment,
    verdict: Verdict | None,
    earlier: Sequence[Round],
    number: int,
    lowest: int = LOWEST,
) -> Assessment:
    """What follows from a round, its looks included.

    One that is sound goes back for what is below the `lowest` score, unless an earlier round of the
    build has told of that.
    """
    if verdict is None or verdict.looks is None:
        return assessment
    scores: dict[str, int] = {name: look.score for name, look in _judged(verdict)}
    judged = replace(assessment, looks=scores)
    is_told = any(is_low(one.looks, lowest) for one in earlier)
    if assessment.outcome != "passed" or is_told or not is_low(scores, lowest):
        return judged
    findings = enclosed(FINDINGS, "\n".join(f"- {one}" for one in advice_on_looks(verdict, lowest)))
    evidence = f"{_POLISH.format(number=number)}\n\n{findings}"
    return replace(judged, wants_polish=True, evidence=evidence)


def is_low(scores: dict[str, int] | None, lowest: int = LOWEST) -> bool:
    """Whether the looks are to be better."""
    return scores is not None and min(scores.values()) < lowest


def _judged(verdict: Verdict | None) -> Iterator[tuple[str, Look]]:
    looks = verdict.looks if verdict else None
    for name in Looks.model_fields if looks else ():
        yield name, getattr(looks, name)
