"""What follows from how QA judged the looks: advice, and once in a build a polish.

Looks never make an app one that does not work, and no user is told of them as of a fault.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.builds.rounds import Assessment, Round
from bot.crew.transcript import FINDINGS
from bot.model.answers import Look, Looks, Verdict
from handoffs.tags import enclosed

LOWEST = 3  # of 1 to 5: what is below is to be better

_POLISH = (
    "Your work does what it must (round {number}), but it does not look good enough yet. Make the "
    "looks better where this says so, and change nothing of what it does; then say in one or two "
    "sentences what you changed."
)


def advice_on_looks(verdict: Verdict | None) -> list[str]:
    """What the engineer reads of the looks, the weightiest first; nothing where nobody saw them."""
    return [
        f"[looks, {name} {look.score} of 5] {look.reason}"
        for name, look in _judged(verdict)
        if look.score < LOWEST
    ]


def with_looks(
    assessment: Assessment, verdict: Verdict | None, earlier: Sequence[Round], number: int
) -> Assessment:
    """What follows from a round, its looks included.

    One that is sound goes back for them unless an earlier round of the build has told of them.
    """
    if verdict is None or verdict.looks is None:
        return assessment
    scores: dict[str, int] = {name: look.score for name, look in _judged(verdict)}
    judged = replace(assessment, looks=scores)
    is_told = any(is_low(one.looks) for one in earlier)
    if assessment.outcome != "passed" or is_told or not is_low(scores):
        return judged
    findings = enclosed(FINDINGS, "\n".join(f"- {one}" for one in advice_on_looks(verdict)))
    evidence = f"{_POLISH.format(number=number)}\n\n{findings}"
    return replace(judged, wants_polish=True, evidence=evidence)


def is_low(scores: dict[str, int] | None) -> bool:
    """Whether the looks are to be better."""
    return scores is not None and min(scores.values()) < LOWEST


def _judged(verdict: Verdict | None) -> Iterator[tuple[str, Look]]:
    looks = verdict.looks if verdict else None
    for name in Looks.model_fields if looks else ():
        yield name, getattr(looks, name)
