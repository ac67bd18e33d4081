"""Collects what a check finds, so that what was found stays when a page hangs later on.

A page can say as much as it likes; what leaves the check's process is bounded.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice

from bot.checks.report import Check, End, FailedStep, Finding, Report, Tried, View

MOST_FINDINGS = 100  # of one check and severity, so that none crowds out another
LONGEST = 2_000  # characters of a message, a selector or a step
OUTLINE_LIMIT = 50_000  # characters
FAILED_LIMIT = 4_000  # characters of the outline at a step that failed

Tell = Callable[[Report], None]


class FindingCollector:
    """Findings, each once, and the checks that came to their end."""

    def __init__(self, tell: Tell | None = None) -> None:
        self._tell = tell
        self._findings: dict[str, Finding] = {}
        self._counts: Counter[tuple[Check, str]] = Counter()
        self._ran: set[Check] = set()
        self._doubted: dict[str, list[Finding]] = {}  # by the prompt before it, answered plainly
        self._dismissed: dict[str, bool] = {}  # by prompt, whether its dismissal ended in an error
        self.pressed: dict[str, None] = {}  # names, in their order
        self.filled: dict[str, None] = {}
        self.untried: dict[str, None] = {}
        self.forms = 0
        self.outline = ""
        self.failed_steps: list[FailedStep] = []
        self.picture: bytes | None = None
        self.is_pictured_in_use = False
        self.failure_picture: bytes | None = None
        self.views: list[View] = []
        self.ends: list[End] = []

    def add(self, finding: Finding) -> None:
        """Keep a finding, unless the same was found before (on another screen, in another step)."""
        kind = (finding.check, finding.severity)
        if self._counts[kind] == MOST_FINDINGS:
            return
        finding = _shortened(finding)
        same = f"{finding.check} {finding.subject} {finding.message}"
        if same not in self._findings:
            self._counts[kind] += 1
            self._findings[same] = finding

    def doubt(self, finding: Finding, question: str, *, is_dismissed: bool) -> None:
        """Note what went wrong after a prompt: a fault only if no kind of answer is right."""
        if is_dismissed:
            self._dismissed[question] = True
        elif len(self._doubted) < MOST_FINDINGS:
            self._doubted.setdefault(question, []).append(finding)

    def note_dismissed(self, question: str) -> None:
        """Say that a prompt was left without an answer."""
        self._dismissed.setdefault(question, False)

    @property
    def open_questions(self) -> int:
        """How many prompts led to an error with a plain answer and were never left without."""
        return sum(question not in self._dismissed for question in self._doubted)

    def settle_doubts(self) -> None:
        """Let faults be what went wrong with either answer to a prompt; the unsettled is advice."""
        for question, findings in self._doubted.items():
            failed = self._dismissed.get(question)
            for finding in findings if failed is not False else ():
                severity = "blocking" if failed else "advice"
                self.add(finding.model_copy(update={"severity": severity}))
        self._doubted.clear()

    def note_done(self, *checks: Check) -> None:
        """Say that these checks have come to their end; whoever listens is told what is known."""
        self._ran.update(checks)
        if self._tell:
            self._tell(self.report())

    def report(self) -> Report:
        """What is known by now."""
        return Report(
            ran=frozenset(self._ran),
            findings=tuple(self._findings.values()),
            outline=self.outline[:OUTLINE_LIMIT],
            failed_steps=tuple(_cut(one) for one in self.failed_steps),
            picture=self.picture,
            failure_picture=self.failure_picture,
            views=tuple(self.views),
            ends=tuple(self.ends),
            tried=Tried(
                pressed=_bounded(self.pressed),
                filled=_bounded(self.filled),
                forms=self.forms,
                untried=_bounded(name for name in self.untried if name not in self.pressed),
            ),
        )


def _bounded(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(islice(names, MOST_FINDINGS))


def _cut(failed: FailedStep) -> FailedStep:
    return FailedStep(step=failed.step[:LONGEST], outline=failed.outline[:FAILED_LIMIT])


def _shortened(finding: Finding) -> Finding:
    said = finding.model_dump(include={"message", "selector", "step", "subject"})
    cut = {name: text[:LONGEST] for name, text in said.items() if text and len(text) > LONGEST}
    return finding.model_copy(update=cut) if cut else finding
