"""The hard check calls no broken app sound, and refuses no sound one."""

import pytest

from bot.checks.checker import check_app
from bot.checks.report import CHECKS
from tests.checked_apps import FAULTS, SOUND

pytestmark = [pytest.mark.browser, pytest.mark.anyio, pytest.mark.slow]

# A check has a time limit, so no more than two run beside each other.
SOUND_APPS = pytest.mark.xdist_group("checks of sound apps")
BROKEN_APPS = pytest.mark.xdist_group("checks of broken apps")


@SOUND_APPS
@pytest.mark.parametrize("name", SOUND)
async def test_a_sound_app_is_not_refused(name: str) -> None:
    app = SOUND[name]

    report = await check_app(app.files, app.acceptance)

    assert report.passed, report.evidence()
    assert report.picture is not None
    assert report.picture.startswith(b"\x89PNG")
    assert report.outline


@BROKEN_APPS
@pytest.mark.parametrize("name", FAULTS)
async def test_a_broken_app_is_not_called_sound(name: str) -> None:
    fault = FAULTS[name]
    app = fault.broken()

    report = await check_app(app.files, app.acceptance)

    assert not report.passed
    assert fault.check in {finding.check for finding in report.blocking}, report.evidence()
    asked = {criterion.criterion for criterion in app.acceptance.criteria}
    assert {one.subject for one in report.blocking if one.check == "acceptance"} <= asked


@SOUND_APPS
async def test_an_app_without_an_acceptance_list_is_looked_at_but_never_passes() -> None:
    report = await check_app(SOUND["tip"].files, None)

    assert not report.passed
    assert "Bill" in report.outline
    assert report.ran == frozenset(CHECKS) - {"acceptance", "language"}
