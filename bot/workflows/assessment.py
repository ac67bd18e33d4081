"""What follows from all that was seen and said of a round.

What nobody tried or judged is not sound, but no defect either: the user is told, and the engineer
gets only what was found. Of what could not be tried it counts what who has read it says.
"""

from collections.abc import Iterator

from bot.builds.rounds import Assessment
from bot.checks.acceptance import Acceptance
from bot.checks.report import Finding
from bot.crew.standing_list import for_the_engineer
from bot.crew.transcript import FINDINGS
from bot.crew.trials import Trial
from bot.messages import build_texts
from bot.model.answers import CodeFinding
from bot.workflows.looks import LOWEST, advice_on_looks
from bot.workflows.reviewers import Opinions
from handoffs.tags import enclosed

SEEN = {"content", "layout", "acceptance"}  # checks whose findings a picture explains

_SENT_BACK = (
    "Your work was tried and reviewed (round {number}), and it cannot go out like this. Fix what "
    "is listed here, what is only advice where it is quickly done, and change nothing else; then "
    "say in one or two sentences what you changed."
)


def assess(
    opinions: Opinions,
    trial: Trial | None,
    number: int,
    expected: Acceptance | None = None,
    lowest: int = LOWEST,
) -> Assessment:
    """Sound is what nobody found a blocking fault in, and everybody looked at.

    `expected` is what the engineer has yet to be shown of what the app was to do beforehand. Looks
    of the `lowest` score will do.
    """
    in_browser = list(_browser_faults(opinions, trial))
    in_code = list(_code_faults(opinions))
    blocking = in_browser + in_code
    evidence = _for_the_engineer(blocking, opinions, trial, number, lowest)
    if expected is not None and evidence:
        evidence = f"{evidence}\n\n{for_the_engineer(expected)}"
    is_untried = opinions.leave_untried(trial)
    is_faulty = bool(blocking) or _is_missing(opinions, trial, is_untried=is_untried)
    return Assessment(
        outcome="faulty" if is_faulty else "untried" if is_untried else "passed",
        works=None if is_untried else not in_browser,
        blocking=len(blocking),
        score=opinions.review.score if opinions.review else None,
        faults=_for_the_user(opinions, trial, is_untried=is_untried) if is_faulty else [],
        evidence=evidence,
    )


def picture_of(trial: Trial | None) -> bytes | None:
    """The picture that shows the engineer what is wrong, if one does."""
    if trial is None or not any(one.check in SEEN for one in trial.report.blocking):
        return None
    return trial.report.failure_picture or trial.report.picture


def _browser_faults(opinions: Opinions, trial: Trial | None) -> Iterator[str]:
    """What keeps the app from being called working, for the engineer."""
    blocking: tuple[Finding, ...] = trial.report.blocking if trial else ()
    yield from map(str, blocking)
    if _is_refused(opinions, trial):
        yield from (f"[qa, blocking] {one}" for one in _told_by_qa(opinions))


def _is_refused(opinions: Opinions, trial: Trial | None) -> bool:
    """Whether QA says that it does not work; who cannot say or has seen nothing refused nothing."""
    is_seen = trial is not None and (trial.report.reached_its_list or bool(trial.report.blocking))
    return is_seen and opinions.verdict is not None and opinions.verdict.works is False


def _code_faults(opinions: Opinions) -> Iterator[str]:
    for finding in opinions.review.blocking if opinions.review else []:
        yield f"[code_reviewer, blocking] {_for_the_code(finding)}"


def _for_the_code(finding: CodeFinding) -> str:
    return f"{finding.path}: {finding.problem} {finding.fix}"


def _is_missing(opinions: Opinions, trial: Trial | None, *, is_untried: bool) -> bool:
    """Whether somebody who was asked has said nothing or cannot say, or QA has tried nothing.

    Where nothing could be tried, QA is missed no more.
    """
    said = {"qa": opinions.verdict, "code_reviewer": opinions.review}
    missed = opinions.wanted - {"qa"} if is_untried else opinions.wanted
    is_silent = any(said[who] is None for who in missed)
    has_no_list = trial is not None and trial.acceptance is None
    return is_silent or ("qa" in missed and (opinions.is_unsure or has_no_list))


def _told_by_qa(opinions: Opinions) -> list[str]:
    verdict = opinions.verdict
    return (verdict.failures or [verdict.summary]) if verdict else []


def _for_the_user(opinions: Opinions, trial: Trial | None, *, is_untried: bool) -> list[str]:
    """In plain words, as far as somebody found some."""
    seen = build_texts.found(trial.report.blocking) if trial else []
    told = _told_by_qa(opinions) if _is_refused(opinions, trial) else seen
    read = [finding.problem for finding in opinions.review.blocking] if opinions.review else []
    gaps = (
        [build_texts.NOT_DOUBLE_CHECKED]
        if _is_missing(opinions, trial, is_untried=is_untried)
        else []
    )
    return [*told, *read, *gaps] or [build_texts.NOT_ALL_TRIED]


def _for_the_engineer(
    blocking: list[str], opinions: Opinions, trial: Trial | None, number: int, lowest: int
) -> str:
    if not blocking:
        return ""
    advice = [str(one) for one in trial.report.findings if _is_of_the_app(one)] if trial else []
    if opinions.review:
        advice += [
            f"[code_reviewer, advice] {_for_the_code(finding)}"
            for finding in opinions.review.findings
            if not finding.blocking
        ]
    advice += advice_on_looks(opinions.verdict, lowest)
    findings = "\n".join(f"- {one}" for one in [*blocking, *advice])
    return f"{_SENT_BACK.format(number=number)}\n\n{enclosed(FINDINGS, findings)}"


def _is_of_the_app(finding: Finding) -> bool:
    """Whether it is advice on the app: how long a check took says more of the machine."""
    return finding.severity == "advice" and finding.check != "loads"
