"""Whether everybody can use the page: axe-core's rules of WCAG A and AA."""

from functools import cache
from importlib.resources import files

from bot.checks.page_session import PageSession, script
from bot.checks.report import Finding

BLOCKING = {"serious", "critical"}
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
SECONDS = 8.0  # for one run; a page of this kind takes less than one


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


async def check_accessibility(visit: PageSession) -> None:
    """Serious and critical violations block; the others are advice."""
    await visit.ask(_axe())
    for found in await visit.within(visit.page.evaluate(script("run_axe"), list(RULES)), SECONDS):
        visit.evidence.add(
            Finding(
                check="accessibility",
                message=f"{found['help']} ({found['id']}). {found['advice']}",
                severity="blocking" if found["impact"] in BLOCKING else "advice",
                selector=", ".join(found["targets"]),
            )
        )
