"""Each of Twilio's refusals leads to the right consequence."""

import pytest

from bot.delivery.error_codes import Verdict, explain, late_verdict, verdict
from bot.delivery.patience import BACKOFFS, Backoff


@pytest.mark.parametrize(
    ("http_status", "code", "expected"),
    [
        (429, 20429, Verdict.REFUSED),
        (429, None, Verdict.REFUSED),
        (400, 63018, Verdict.REFUSED),
        (400, 21611, Verdict.REFUSED),
        (401, 20003, Verdict.UNAUTHORIZED),
        (401, None, Verdict.UNAUTHORIZED),
        (400, 63007, Verdict.MISCONFIGURED),
        (400, 21211, Verdict.PERMANENT),
        (400, 63016, Verdict.WINDOW_CLOSED),
        (400, 21610, Verdict.UNWANTED),
        (400, 63014, Verdict.UNWANTED),
        (400, 63010, Verdict.PASSING),
        (400, 63012, Verdict.PASSING),
        (400, 99999, Verdict.PERMANENT),
        (500, 20500, Verdict.AMBIGUOUS),
        (503, None, Verdict.AMBIGUOUS),
        (502, 63018, Verdict.AMBIGUOUS),
        (408, None, Verdict.AMBIGUOUS),
    ],
)
def test_an_answer_is_judged_by_its_code_unless_it_is_ambiguous(
    http_status: int, code: int | None, expected: Verdict
) -> None:
    assert verdict(http_status, code) is expected


def test_a_late_failure_may_pass_unless_it_is_known_to_last() -> None:
    assert {late_verdict(code) for code in (None, 63010, 63012, 99999)} == {Verdict.PASSING}
    assert late_verdict(63024) is Verdict.PERMANENT
    assert late_verdict(63016) is Verdict.WINDOW_CLOSED


def test_known_codes_say_what_they_mean_and_others_name_no_address() -> None:
    assert explain(63015, "whatever") == "the recipient has not joined the sandbox"
    assert explain(1, "'To' whatsapp:+15551234567 is odd") == "'To' … is odd"
    assert explain(1, "'To' whatsapp:DE.abc123: odd, 15551234567") == "'To' …: odd, …"
    assert explain(None, None) is None


def test_waits_double_up_to_the_longest_and_vary() -> None:
    backoff = Backoff(first=2, longest=300, attempts=20)

    for attempt, whole in [(1, 2), (2, 4), (5, 32), (9, 300), (500, 300)]:
        waits = {backoff.seconds(attempt) for _ in range(50)}
        assert len(waits) > 1
        assert all(whole / 2 <= wait <= whole for wait in waits)


def test_what_time_can_mend_has_its_backoff() -> None:
    ends_or_waits_for_someone = {
        Verdict.PERMANENT,
        Verdict.UNWANTED,
        Verdict.WINDOW_CLOSED,
        Verdict.UNAUTHORIZED,
        Verdict.NO_SUCH_CONTENT,  # is sent in words instead
    }
    assert set(BACKOFFS) == set(Verdict) - ends_or_waits_for_someone
