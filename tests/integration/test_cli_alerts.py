"""`textcrew alerts` says which fire, which cannot be seen, and ends with 1 for either."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.settings.groups import Settings
from tests.integration.alerts_stage import (
    NAMES,
    watched_stage,
)
from tests.integration.operations_stage import OperationsStage

pytestmark = pytest.mark.slow  # it starts processes


@pytest.fixture
def stage(
    database_url: str, settings_environment: Mapping[str, str], tmp_path: Path
) -> Iterator[OperationsStage]:
    with watched_stage(database_url, settings_environment, tmp_path) as stage:
        yield stage


def test_without_traffic_nothing_fires(stage: OperationsStage) -> None:
    shown = stage.run("alerts")

    assert shown.returncode == 0
    assert "FIRING" not in shown.stdout
    assert all(name in shown.stdout for name in NAMES)


def test_an_agents_tokens_are_watched_from_what_the_setting_says(
    stage: OperationsStage, settings: Settings
) -> None:
    stage.call(stage.request(), cost="0.1", agent_id="qa_v1_a", tokens=10_001)

    for wanted, states in (("10000", {"FIRING"}), ("150000", {"ok"})):
        shown = stage.run("alerts", "--json", ALERT_AGENT_TOKENS=wanted)
        found = [line for line in json.loads(shown.stdout) if line["alert"] == "agent_tokens"]
        assert {line["state"] for line in found} == states
        assert all("textcrew agents" in line["remedy"] for line in found)


def test_a_firing_alert_ends_the_command_with_1(stage: OperationsStage) -> None:
    stage.call(stage.request(), cost="10.5")

    shown = stage.run("alerts", "--json")

    assert shown.returncode == 1
    (firing,) = [alert for alert in json.loads(shown.stdout) if alert["findings"]]
    assert firing["alert"] == "cost_per_hour"
    assert firing["findings"] == [{"subject": "all requests", "value": 10.5}]


def test_an_alert_that_cannot_be_evaluated_is_blind_and_hides_no_other(
    stage: OperationsStage,
) -> None:
    stage.connection.execute("ALTER TABLE model_call RENAME COLUMN cost_usd TO cost_eur")
    stage.message(stage.request(), "failed", age="1 minute")

    shown = stage.run("alerts", "--json")

    alerts = {alert["alert"]: alert for alert in json.loads(shown.stdout)}
    assert list(alerts) == NAMES
    assert shown.returncode == 1
    assert alerts["undelivered_messages"]["state"] == "FIRING"
    assert alerts["stuck_requests"]["state"] == "ok"
    blind = alerts["cost_per_hour"]
    assert (blind["state"], blind["findings"]) == ("BLIND", [])
    assert blind["found"] == 'Its query cannot be run: column "cost_usd" does not exist.'
    assert "BLIND" in stage.run("alerts").stdout


def test_without_records_what_reads_them_is_blind_and_not_ok(stage: OperationsStage) -> None:
    shown = stage.run("alerts", "--json", LOCAL_RECORDS="false", ENABLE_LOGFIRE="true")

    blind = {a["alert"]: a["found"] for a in json.loads(shown.stdout) if a["state"] == "BLIND"}
    why = "No records are kept here, because LOCAL_RECORDS is false."
    assert blind == {"error_rate": why, "slow_operations": why, "wrong_passwords": why}
    assert shown.returncode == 1


def test_watching_needs_somebody_to_tell(stage: OperationsStage) -> None:
    refused = stage.run("alerts", "--watch")

    assert refused.returncode == 1
    assert "ALERT_WEBHOOK_URL or ALERT_WHATSAPP_TO" in refused.stderr
