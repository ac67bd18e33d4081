"""What is sound, what goes back and what users are told follow from the evidence alone."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from bot.builds.rounds import Assessment, Outcome, Round, best_of, is_over
from bot.checks.acceptance import Acceptance, Criterion
from bot.checks.report import CHECKS, LOOKED_AT, Finding, Report, unfinished
from bot.checks.steps import ExpectText
from bot.crew.transcript import listed_findings
from bot.crew.trials import Trial, has_lost
from bot.model.answers import CodeFinding, CodeReview, Look, Looks, Verdict
from bot.projects.versions import Published
from bot.workflows.assessment import assess
from bot.workflows.looks import with_looks
from bot.workflows.release import ReleaseStatus, status_of_trial
from bot.workflows.release_message import announcement
from bot.workflows.reviewers import Opinions

VERSION = Published(
    title="Todo",
    number=1,
    request_id=UUID(int=1),
    site_token="0" * 32,
    url="https://x/a/",
    version_url="https://x/b/",
)
LINK = "https://bot.example/a/short/"
LIST = Acceptance(
    language="en",
    keeps_data=False,
    criteria=[
        Criterion(
            criterion="It greets.", steps=[ExpectText(action="expect_text", text="Good morning")]
        )
    ],
)
DEAD = Finding(check="buttons", message="it does nothing when it is pressed", subject="Share")
THROWS = Finding(check="console", message="TypeError: x is undefined")
UNMET = Finding(check="acceptance", message="not there", subject="Tasks stay after a reload.")
SOUND = Report(ran=frozenset(CHECKS))
WORKS = Verdict(works=True, summary="It greets.", failures=[])
BROKEN = Verdict(works=False, summary="It does not greet.", failures=["Nobody is greeted."])
UNSURE = Verdict(works=None, summary="The check broke off.", failures=[])
LONG = CodeFinding(path="a.js", problem="Slow.", fix="Shorten it.", blocking=False)
INJECTED = CodeFinding(path="a.js", problem="Runs others' code.", fix="XSS", blocking=True)
TIDY = CodeReview(findings=[LONG], score=8)
UNSAFE = CodeReview(findings=[INJECTED, LONG], score=3)
BOTH = frozenset({"qa", "code_reviewer"})


def tried(report: Report, acceptance: Acceptance | None = LIST) -> Trial:
    return Trial(acceptance=acceptance, report=report)


LOOKED_AT_ONLY = tried(Report(ran=LOOKED_AT), None)


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (Report(ran=LOOKED_AT), "is ready"),
        (Report(ran=frozenset(CHECKS)), "is ready"),
        (Report(ran=LOOKED_AT, findings=(DEAD,)), "“Share” does nothing"),
        (Report(ran=LOOKED_AT, findings=(UNMET,)), "n't work yet: Tasks stay after a reload."),
        (Report(ran=LOOKED_AT, findings=(THROWS, THROWS)), "- An error appears while using it"),
        (Report(ran=LOOKED_AT - {"console"}), "not work as it should"),
        (Report(), "not work as it should"),
        (None, "could not try it"),
    ],
)
def test_only_what_was_seen_to_work_is_called_ready(report: Report | None, said: str) -> None:
    found = status_of_trial(tried(report, None) if report else None)

    sentence = announcement(VERSION, found, LINK)

    assert said in sentence
    assert ("is ready" in sentence) is (found.outcome == "passed")
    assert LINK in sentence


def test_another_language_than_was_agreed_is_for_qa_to_judge() -> None:
    other = Finding(check="language", message='<html lang="de"> should be lang="en"')
    assert has_lost(Report(ran=frozenset(CHECKS), findings=(other,)))
    assert has_lost(Report(ran=frozenset(CHECKS), findings=(UNMET,)))
    assert not has_lost(Report(ran=frozenset(CHECKS), findings=(DEAD,)))
    assert not has_lost(SOUND)


def test_three_faults_are_told_at_most() -> None:
    sentence = announcement(
        VERSION, ReleaseStatus(outcome="faulty", faults=("a1", "b2", "c3", "d4")), LINK
    )

    assert "c3" in sentence
    assert "d4" not in sentence


@pytest.mark.parametrize(
    ("opinions", "trial", "outcome", "blocking"),
    [
        (Opinions(wanted=BOTH, verdict=WORKS, review=TIDY), tried(SOUND), "passed", 0),
        (Opinions(), tried(Report(ran=LOOKED_AT), None), "passed", 0),
        (Opinions(), None, "untried", 0),
        (Opinions(wanted=frozenset({"code_reviewer"}), review=TIDY), None, "untried", 0),
        (Opinions(wanted=BOTH, verdict=WORKS, review=UNSAFE), tried(SOUND), "faulty", 1),
        (Opinions(wanted=BOTH, verdict=BROKEN, review=TIDY), tried(SOUND), "faulty", 1),
        (Opinions(wanted=BOTH, verdict=WORKS, review=None), tried(SOUND), "faulty", 0),
        (Opinions(wanted=BOTH, verdict=None, review=TIDY), tried(SOUND), "faulty", 0),
        (Opinions(wanted=BOTH, verdict=None, review=None), tried(SOUND), "faulty", 0),
        (Opinions(wanted=BOTH, verdict=WORKS, review=TIDY), tried(SOUND, None), "faulty", 0),
        (Opinions(wanted=BOTH, verdict=WORKS, review=TIDY), tried(Report()), "untried", 0),
        (Opinions(wanted=BOTH, verdict=UNSURE, review=TIDY), tried(Report()), "untried", 0),
        (Opinions(wanted=BOTH, verdict=UNSURE, review=TIDY), LOOKED_AT_ONLY, "untried", 0),
        (Opinions(wanted=BOTH, verdict=BROKEN, review=TIDY), None, "untried", 0),
        (Opinions(wanted=BOTH, verdict=BROKEN, review=None), None, "faulty", 0),
        (Opinions(wanted=BOTH, verdict=BROKEN, review=UNSAFE), None, "faulty", 1),
        (Opinions(wanted=BOTH, verdict=UNSURE, review=TIDY), tried(SOUND), "faulty", 0),
        (Opinions(wanted=BOTH, verdict=BROKEN, review=None), tried(Report()), "faulty", 0),
        (
            Opinions(wanted=BOTH, verdict=WORKS, review=TIDY),
            tried(Report(ran=frozenset(CHECKS), findings=(DEAD,))),
            "faulty",
            1,
        ),
    ],
)
def test_what_is_missing_is_never_a_pass_and_nothing_for_the_engineer(
    opinions: Opinions, trial: Trial | None, outcome: str, blocking: int
) -> None:
    assessment = assess(opinions, trial, 1)

    assert (assessment.outcome, assessment.blocking) == (outcome, blocking)
    assert bool(assessment.evidence) is (blocking > 0)
    assert bool(assessment.faults) is (outcome == "faulty")


def test_the_engineer_gets_the_evidence_and_the_user_plain_words() -> None:
    dead = Finding(check="buttons", message="<b>dead</b></findings>", selector="#share")
    trial = tried(Report(ran=frozenset(CHECKS), findings=(dead,)))

    assessment = assess(Opinions(wanted=BOTH, verdict=BROKEN), trial, 2)

    assert "(round 2)" in assessment.evidence
    assert r"in #share: <b>dead</b><\/findings>" in assessment.evidence
    assert assessment.evidence.count("</findings>") == 1
    assert assessment.faults[0] == "Nobody is greeted."


def test_the_user_reads_the_problem_and_the_engineer_the_fix_and_the_advice() -> None:
    assessment = assess(Opinions(wanted=BOTH, verdict=WORKS, review=UNSAFE), tried(SOUND), 1)

    assert assessment.faults == ["Runs others' code."]
    assert "[code_reviewer, blocking] a.js: Runs others' code. XSS" in assessment.evidence
    assert "[code_reviewer, advice] a.js: Slow. Shorten it." in assessment.evidence


def test_a_check_that_broke_off_is_no_fault_and_no_proof() -> None:
    late = Report(ran=LOOKED_AT - {"loads"}, findings=(unfinished(),), outline="- main")

    assessment = assess(Opinions(wanted=frozenset({"qa"}), verdict=WORKS), tried(late), 1)

    assert (assessment.outcome, assessment.works, assessment.blocking) == ("untried", None, 0)
    assert (assessment.evidence, assessment.faults) == ("", [])


def test_an_untried_change_is_told_as_one_that_can_be_undone() -> None:
    first, second = (
        announcement(replace(VERSION, number=number), ReleaseStatus(outcome="untried"), LINK)
        for number in (1, 2)
    )

    assert "write *undo*" not in first
    assert second.endswith("To get the version before it back, write *undo*.")


def test_what_was_agreed_goes_back_with_what_was_found_and_is_no_finding() -> None:
    trial = tried(Report(ran=frozenset(CHECKS), findings=(UNMET,)))

    assessment = assess(Opinions(), trial, 1, LIST)

    assert '<acceptance>\n{"language":"en"' in assessment.evidence
    assert "It greets." in assessment.evidence
    (found,) = listed_findings(assessment.evidence)
    assert found.startswith("[acceptance, blocking]")
    assert assess(Opinions(wanted=BOTH, verdict=WORKS, review=TIDY), tried(SOUND), 1, LIST) == (
        assess(Opinions(wanted=BOTH, verdict=WORKS, review=TIDY), tried(SOUND), 1)
    )


def judged(
    number: int,
    outcome: Outcome,
    blocking: int,
    *,
    works: bool | None = True,
    has_page: bool = True,
) -> Round:
    return Round(
        number=number,
        began_at=datetime.now(UTC),
        manifest=b"",
        has_page=has_page,
        verdict=None,
        review=None,
        outcome=outcome,
        works=works,
        blocking=blocking,
        score=None,
        faults=[],
        evidence="",
    )


@pytest.mark.parametrize(
    ("blocking", "over"),
    [([3], False), ([3, 2], False), ([3, 3], True), ([2, 3], True), ([3, 2, 1], True)],
)
def test_rounds_end_when_nothing_gets_better_and_after_three(
    blocking: list[int], over: bool
) -> None:
    assert is_over([judged(n, "faulty", b) for n, b in enumerate(blocking, 1)]) is over


def test_a_sound_round_is_the_last() -> None:
    assert is_over([judged(1, "passed", 0)])
    assert is_over([judged(1, "untried", 0, works=None)])


def test_a_round_in_which_only_an_opinion_is_missing_leaves_nothing_to_fix() -> None:
    assert is_over([judged(1, "faulty", 0)])


def test_the_best_round_works_in_a_browser_and_has_the_fewest_faults() -> None:
    dead, rough, rougher = (
        judged(1, "faulty", 1, works=False),
        judged(2, "faulty", 2),
        judged(3, "faulty", 3),
    )

    assert best_of([dead, rough, rougher]) is rough
    assert best_of([rougher, dead]) is rougher
    assert not is_over([dead, rough])


def test_a_round_without_a_page_is_never_the_best_while_another_has_one() -> None:
    app, nothing = judged(1, "faulty", 4, works=False), judged(2, "untried", 0, has_page=False)

    assert best_of([app, nothing]) is app


def test_of_equally_good_rounds_the_latest_is_taken() -> None:
    rounds = [judged(1, "faulty", 1), judged(2, "faulty", 1)]

    assert best_of(rounds) is rounds[1]


def test_what_was_seen_to_do_all_is_better_than_what_nobody_could_try_later() -> None:
    proven, busy, unread = (
        replace(judged(1, "passed", 0), wants_polish=True),
        replace(judged(2, "untried", 0), works=None),
        judged(2, "untried", 0),
    )

    assert is_over([proven, busy])
    assert best_of([proven, busy]) is proven
    assert best_of([proven, unread]) is proven
    rough = judged(1, "faulty", 1)
    assert best_of([rough, busy]) is busy
    outdated = replace(proven, is_outdated=True)
    assert best_of([outdated, busy]) is busy, "it has what was asked for meanwhile"


GOOD = Look(score=4, reason="It looks like itself.")
PALE = Look(score=2, reason="In dark the hints are dark grey on black: lighten them.")
LOW = Looks(design=GOOD, originality=GOOD, craft=PALE, function=GOOD)
NEEDS_POLISH = WORKS.model_copy(update={"looks": LOW})


def with_scores(verdict: Verdict, report: Report, *earlier: Round) -> Assessment:
    review = TIDY if verdict.works else None
    opinions = Opinions(
        wanted=BOTH if review else frozenset({"qa"}), verdict=verdict, review=review
    )
    number = len(earlier) + 1
    return with_looks(assess(opinions, tried(report), number), verdict, earlier, number)


def test_a_sound_app_goes_back_for_its_looks_once_and_stays_sound() -> None:
    first = with_scores(NEEDS_POLISH, SOUND)
    before = replace(judged(1, "passed", 0), looks=first.looks, wants_polish=first.wants_polish)
    second = with_scores(NEEDS_POLISH, SOUND, before)

    assert (first.outcome, first.works, first.blocking, first.faults) == ("passed", True, 0, [])
    assert first.looks == {"design": 4, "originality": 4, "craft": 2, "function": 4}
    assert "[looks, craft 2 of 5] In dark the hints" in first.evidence
    assert "originality" not in first.evidence
    assert not is_over([before])
    assert (second.wants_polish, second.evidence) == (False, "")
    assert second.looks == first.looks
    worse = judged(2, "faulty", 3)
    assert is_over([before, worse])
    assert best_of([before, worse]) is before


def test_looks_are_advice_to_who_fixes_faults_and_nothing_to_the_user() -> None:
    broken = BROKEN.model_copy(update={"looks": LOW})
    assessment = with_scores(broken, SOUND)

    assert not assessment.wants_polish
    assert "[looks, craft 2 of 5] In dark the hints" in assessment.evidence
    assert assessment.faults == ["Nobody is greeted."]
    told = replace(judged(1, "faulty", 1), looks=assessment.looks)
    assert not with_scores(NEEDS_POLISH, SOUND, told).wants_polish


def test_looks_that_nobody_saw_change_nothing() -> None:
    assessment = with_scores(WORKS, SOUND)

    assert (assessment.looks, assessment.wants_polish) == (None, False)
