"""That each alert says what it reads, so that one that can see nothing is known to be blind."""

import re

import pytest

from telemetry.alerts import Alert, all_alerts

COMMENT = re.compile(r"--.*")


@pytest.mark.parametrize("alert", all_alerts(), ids=lambda alert: alert.name)
def test_an_alert_says_whether_it_reads_records(alert: Alert) -> None:
    """Wherever in the query it names them."""
    named = re.search(r"\b(records|metrics)\b", COMMENT.sub("", alert.query))
    assert alert.reads_records is (named is not None)
