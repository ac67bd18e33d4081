"""Collects what a check finds, so that what was found stays when a page hangs later on."""

from bot.checks.report import Check, Finding, Report


class Evidence:
    """Findings, each once, and the checks that came to their end."""

    def __init__(self) -> None:
        self._findings: dict[str, Finding] = {}
        self._ran: set[Check] = set()
        self.outline = ""
        self.picture: bytes | None = None
        self.failure: bytes | None = None

    def add(self, finding: Finding) -> None:
        """Keep a finding, unless the same was found before (on another screen, in another step)."""
        same = f"{finding.check} {finding.subject} {finding.message}"
        self._findings.setdefault(same, finding)

    def done(self, *checks: Check) -> None:
        """Say that these checks have come to their end, whatever they found."""
        self._ran.update(checks)

    def report(self) -> Report:
        """What is known by now."""
        return Report(
            ran=frozenset(self._ran),
            findings=tuple(self._findings.values()),
            outline=self.outline,
            picture=self.picture,
            failure=self.failure,
        )
