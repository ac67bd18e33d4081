"""An alert counts an operation once, whose end is told again when it is known."""

from collections.abc import Iterator, Mapping
from uuid import uuid4

import pytest

from tests.integration.operations_stage import OperationsStage


@pytest.fixture
def stage(database_url: str, settings_environment: Mapping[str, str]) -> Iterator[OperationsStage]:
    stage = OperationsStage(database_url, {**settings_environment, "LOCAL_RECORDS": "true"})
    yield stage
    stage.connection.close()


def test_a_delivery_that_failed_in_the_end_is_one_operation_that_failed(
    stage: OperationsStage,
) -> None:
    """8 % of deliveries failed: each has a record of being sent, and one of its end."""
    stage.connection.execute(
        "SELECT telemetry.make_day(current_date - n) FROM generate_series(0, 1) n"
    )
    for number in range(100):
        span_id = uuid4().hex[:16]
        end = ("ERROR", "failed") if number < 8 else ("OK", "delivered")
        for seconds, (code, status) in ((120, ("OK", "sent")), (60, end)):
            stage.connection.execute(
                "INSERT INTO telemetry.record (start_timestamp, end_timestamp, duration, level,"
                " kind, span_name, message, trace_id, span_id, is_exception, attributes,"
                " otel_status_code, otel_resource_attributes, service_name, otel_scope_name)"
                " VALUES (now() - interval '121 s', now() - %s * interval '1 s', 1, 'info', 'span',"
                " 'delivery', 'delivery:reply', 't', %s, false,"
                " jsonb_build_object('delivery_status', %s::text), %s, '{}', 'w', 'textcrew')",
                [seconds, span_id, status, code],
            )
    alerts = {one["alert"]: one for one in stage.json("alerts")}
    assert alerts["error_rate"]["state"] == "FIRING", alerts["error_rate"]
