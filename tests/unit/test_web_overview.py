"""The verdict of the console's overview."""

from bot.web.console.desk import PAGE
from bot.web.console.overview import Overview, verdict


def test_of_as_many_as_a_list_shows_there_may_be_more() -> None:
    row = {"waits_until": None, "work_ended_at": None}
    found = Overview(
        halt=None,
        pauses=[],
        open_requests=[],
        waits={},
        worker={"alive": 1},
        queues=[],
        undelivered=[row] * PAGE,
        ended=[],
        failed_jobs=[row] * PAGE,
        health={},
    )
    assert verdict(found).count(f"{PAGE} or more") == 2
