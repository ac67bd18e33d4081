"""Collects what a check finds, so that what was found stays when a page hangs later on.

A page can say as much as it likes; what leaves the check's process is bounded.
"""

from collections import Counter

from bot.checks.report import Check, Finding, Report, View

MOST_FINDINGS = 100  # of one check and severity, so that none crowds out another
LONGEST = 2_000  # characters of a message, a selector or a step
OUTLINE_LIMIT = 50_000  # characters


class FindingCollector:
    """Findings, each once, and the checks that came to their end."""

    def __init__(self) -> None:
        self._findings: dict[str, Finding] = {}
        self._counts: Counter[tuple[Check, str]] = Counter()
        self._ran: set[Check] = set()
        self.outline = ""
        self.picture: bytes | None = None
        self.is_pictured_in_use = False
        self.failure: bytes | None = None
        self.views: list[View] = []

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

    def done(self, *checks: Check) -> None:
        """Say that these checks have come to their end, whatever they found."""
        self._ran.update(checks)

    def report(self) -> Report:
        """What is known by now."""
        return Report(
            ran=frozenset(self._ran),
            findings=tuple(self._findings.values()),
            outline=self.outline[:OUTLINE_LIMIT],
            picture=self.picture,
            failure=self.failure,
            views=tuple(self.views),
        )


def _shortened(finding: Finding) -> Finding:
    said = finding.model_dump(include={"message", "selector", "step", "subject"})
    cut = {name: text[:LONGEST] for name, text in said.items() if text and len(text) > LONGEST}
    return finding.model_copy(update=cut) if cut else finding
