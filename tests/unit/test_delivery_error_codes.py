"""Each of Twilio's refusals leads to the right consequence."""

import pytest

from bot.delivery.retry_policy import BACKOFFS, RetryDelays
from bot.twilio.error_codes import ErrorClass, explain, late_verdict, verdict


@pytest.mark.parametrize(
    ("http_status", "code", "expected"),
    [
        (429, 20429, ErrorClass.REFUSED),
        (429, None, ErrorClass.REFUSED),
        (400, 63018, ErrorClass.REFUSED),
        (400, 21611, ErrorClass.REFUSED),
        (401, 20003, ErrorClass.UNAUTHORIZED),
        (401, None, ErrorClass.UNAUTHORIZED),
        (400, 63007, ErrorClass.MISCONFIGURED),
        (400, 21211, ErrorClass.PERMANENT),
        (400, 63016, ErrorClass.WINDOW_CLOSED),
        (400, 21610, ErrorClass.UNWANTED),
        (400, 63014, ErrorClass.UNWANTED),
        (400, 63010, ErrorClass.PASSING),
        (400, 63012, ErrorClass.PASSING),
        (400, 99999, ErrorClass.PERMANENT),
        (500, 20500, ErrorClass.AMBIGUOUS),
        (503, None, ErrorClass.AMBIGUOUS),
        (502, 63018, ErrorClass.AMBIGUOUS),
        (408, None, ErrorClass.AMBIGUOUS),
    ],
)
def test_an_answer_is_judged_by_its_code_unless_it_is_ambiguous(
    http_status: int, code: int | None, expected: ErrorClass
) -> None:
    assert verdict(http_status, code) is expected


def test_a_late_failure_may_pass_unless_it_is_known_to_last() -> None:
    assert {late_verdict(code) for code in (None, 63010, 63012, 99999)} == {ErrorClass.PASSING}
    assert late_verdict(63024) is ErrorClass.PERMANENT
    assert late_verdict(63016) is ErrorClass.WINDOW_CLOSED


def test_known_codes_say_what_they_mean_and_others_name_no_address() -> None:
    assert explain(63015, "whatever") == "the recipient has not joined the sandbox"
    assert explain(1, "'To' whatsapp:+15551234567 is odd") == "'To' … is odd"
    assert explain(1, "'To' whatsapp:DE.abc123: odd, 15551234567") == "'To' …: odd, …"
    assert explain(None, None) is None


def test_waits_double_up_to_the_longest_and_vary() -> None:
    backoff = RetryDelays(first=2, longest=300, attempts=20)

    for attempt, whole in [(1, 2), (2, 4), (5, 32), (9, 300), (500, 300)]:
        waits = {backoff.seconds(attempt) for _ in range(50)}
        assert len(waits) > 1
        assert all(whole / 2 <= wait <= whole for wait in waits)


def test_what_time_can_mend_has_its_backoff() -> None:
    ends_or_waits_for_someone = {
        ErrorClass.PERMANENT,
        ErrorClass.UNWANTED,
        ErrorClass.WINDOW_CLOSED,
        ErrorClass.UNAUTHORIZED,
        ErrorClass.NO_SUCH_CONTENT,  # is sent in words instead
    }
    assert set(BACKOFFS) == set(ErrorClass) - ends_or_waits_for_someone
