"""An app's looks are judged by its pictures: told to the engineer, never to the user as a fault."""

from base64 import b64encode
from typing import Any

import pytest

from tests.acceptance.stack import Stack, announced, eventually

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser check")]

ALL_SCREENS = ["desktop", "phone", "phone_dark"]


@pytest.fixture
def stack_settings() -> dict[str, str]:
    """As it is by default: an app is tried in a browser before it is ready."""
    return {"CHECK_APPS": "true"}


def test_an_app_that_cannot_be_read_in_dark_and_on_a_desktop_is_polished_once(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.say("Build me a murky, lopsided counter")
    phone.wait_for(announced, 90)

    told = [m.body for m in phone.messages() if m.direction == "outbound"][3:]
    assert told[0] == "It works. I'm improving how it looks a bit more."
    assert "is ready" in told[-1]
    assert not any("problem" in body or "read" in body.replace("ready", "") for body in told)

    before, after = stack.rows(
        "SELECT outcome, works, wants_polish, looks, evidence FROM review_round ORDER BY number"
    )
    assert (before["outcome"], before["works"], before["wants_polish"]) == ("passed", True, True)
    assert before["looks"] == {"design": 4, "originality": 4, "craft": 2, "function": 4}
    finding = "[looks, craft 2 of 5] Nothing can be read here: The app on a phone in dark, "
    assert f"{finding}the same page, The app on a desktop, the same page." in before["evidence"]
    assert (after["outcome"], after["wants_polish"], min(after["looks"].values())) == (
        "passed",
        False,
        4,
    )

    shown = [(c["role"], c["pictures"]) for c in stack.model_calls() if c["pictures"]]
    # Both see the ends of the other two criteria too, beside that of the one that enters something.
    assert shown == [("qa", 5), ("frontend", 5), ("qa", 5)]
    screens = stack.rows(
        "SELECT array_agg(screen ORDER BY screen) FILTER (WHERE screen !~ '^end') AS screens,"
        " array_agg(screen ORDER BY screen) FILTER (WHERE screen ~ '^end') AS ends"
        " FROM trial_view GROUP BY manifest, list_hash"
    )
    assert screens == [{"screens": ALL_SCREENS, "ends": ["end_1", "end_3"]}] * 2

    def both() -> list[dict[str, Any]]:
        rows = stack.rows(
            "SELECT attributes FROM records JOIN request USING (trace_id)"
            " WHERE span_name = 'looks_judged' ORDER BY start_timestamp"
        )
        return rows if len(rows) == 2 else []

    judged = eventually(both, "both judgements are on record")
    assert [row["attributes"]["looks_craft"] for row in judged] == [2, 4]
    assert [row["attributes"]["wants_polish"] for row in judged] == [True, False]

    def checks() -> list[dict[str, Any]]:
        rows = stack.rows(
            "SELECT checked.attributes, parent.span_name AS below"
            " FROM records AS checked JOIN records AS parent"
            " ON parent.trace_id = checked.trace_id AND parent.span_id = checked.parent_span_id"
            " WHERE checked.span_name = 'browser_check'"
            " AND checked.trace_id = (SELECT trace_id FROM request)"
        )
        return rows if len(rows) == 2 else []

    for one in eventually(checks, "both checks are on record"):
        known = one["attributes"]
        assert one["below"] == "workflow:full_build"
        assert (known["check_status"], known["faults_count"]) == ("passed", 0)
        assert known["criteria_count"] == 3
    for view in stack.rows("SELECT content, encode(sha256, 'hex') AS sha256 FROM trial_view"):
        begins = b64encode(bytes(view["content"])[:300]).decode()
        assert (
            stack.rows(
                "SELECT span_name FROM records"
                " WHERE strpos(attributes::text, %(begins)s) > 0"
                " OR strpos(attributes::text, %(hash)s) > 0",
                {"begins": begins, "hash": view["sha256"]},
            )
            == []
        )

    phone.say("Give it a new look in green")
    phone.wait_for(lambda m: "Version 2" in m.body, 90)
    designer = [c["pictures"] for c in stack.model_calls() if c["role"] == "designer"]
    assert designer == [0, 3], "who gives it a new look sees the one that it has"
