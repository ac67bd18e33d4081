"""What counts as passed, and what an acceptance list must hold."""

import pytest
from pydantic import ValidationError

from bot.checks.acceptance import Acceptance
from bot.checks.finding_collector import FindingCollector
from bot.checks.language import mismatches
from bot.checks.report import CHECKS, FailedStep, Finding, Report, Tried
from bot.checks.steps import AdvanceClock, ExpectOrder, SetNetwork, Step, Wait
from bot.crew.browser_tools import failed_pages, render_trial
from bot.crew.trials import Trial
from bot.model.structured import complaint, strict_schema
from bot.sandbox.claude.crew.acceptance import fill, on_phone, press, reads, reload, that
from bot.sandbox.claude.schemas import check_strict_schema

ALL = frozenset(CHECKS)
ADVICE = Finding(check="accessibility", message="a heading is skipped", severity="advice")
BROKEN = Finding(check="console", message="boom")


@pytest.mark.parametrize(
    ("report", "passed"),
    [
        (Report(ran=ALL), True),
        (Report(ran=ALL, findings=(ADVICE,)), True),
        (Report(ran=ALL, findings=(BROKEN,)), False),
        (Report(ran=ALL - {"forms"}), False),
        (Report(), False),
    ],
)
def test_only_a_complete_check_without_a_blocking_finding_passes(
    report: Report, passed: bool
) -> None:
    assert report.passed is passed
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_a_finding_is_kept_once_for_each_thing_that_it_is_about() -> None:
    evidence = FindingCollector()
    for subject in ("A task is added.", "A task is ticked.", "A task is added."):
        evidence.add(Finding(check="acceptance", message="this is not so", subject=subject))
    assert [one.subject for one in evidence.report().findings] == [
        "A task is added.",
        "A task is ticked.",
    ]


def test_a_picture_survives_the_way_to_the_worker() -> None:
    report = Report(picture=bytes(range(256)))
    assert Report.model_validate_json(report.model_dump_json()).picture == report.picture


def test_evidence_names_what_is_wrong_and_what_was_not_tried() -> None:
    evidence = (
        Report(ran=ALL - {"forms"}, findings=(ADVICE, BROKEN)).findings_for_agent().splitlines()
    )
    assert evidence[0].startswith("[console, blocking]")
    assert evidence[-2] == "[forms] was not tried."
    assert evidence[-1] == "Pressed 0 controls. Filled 0 fields. Sent 0 forms."


def test_evidence_names_what_was_pressed_and_what_was_not() -> None:
    tried = Tried(pressed=tuple(map(str, range(14))), filled=("Thing",), forms=1, untried=("Up",))
    told = Report(ran=ALL, tried=tried).findings_for_agent().splitlines()[-1]
    assert told.startswith("Pressed 14 controls (“0”, “1”, ")
    assert told.endswith(
        "“11” and 2 more). Filled 1 field (“Thing”). Sent 1 form. "
        "Not pressed, so nobody knows whether they work: “Up”."
    )


def test_a_list_that_proves_nothing_is_refused() -> None:
    for criteria, keeps in (([], False), ([that("x", press("a"))], False), ([that("x")], False)):
        with pytest.raises(ValidationError):
            Acceptance(language="en", keeps_data=keeps, criteria=criteria)
    with pytest.raises(ValidationError, match="reload"):
        Acceptance(language="en", keeps_data=True, criteria=[that("x", reads("y"))])


@pytest.mark.parametrize(
    ("steps", "is_proof"),
    [
        ([fill("Item", "Milk"), on_phone(2), reads("Milk")], True),
        ([on_phone(2), press("a"), on_phone(1), reload(), reads("a")], True),
        ([fill("Item", "Milk"), reads("Milk")], False),
        ([reads("Milk"), on_phone(2), reads("Milk")], False),
        ([on_phone(2), fill("Item", "Milk"), reads("Milk")], False),
        ([fill("Item", "Milk"), on_phone(2), on_phone(1), reads("Milk")], False),
    ],
)
def test_what_is_shared_is_looked_for_on_another_phone(steps: list[Step], is_proof: bool) -> None:
    criteria = [that("We share it.", *steps)]
    if is_proof:
        assert Acceptance(language="en", keeps_data=False, shares_data=True, criteria=criteria)
    else:
        with pytest.raises(ValidationError, match="another phone"):
            Acceptance(language="en", keeps_data=False, shares_data=True, criteria=criteria)
    assert Acceptance(language="en", keeps_data=False, criteria=criteria)


def test_a_list_from_before_there_were_phones_shares_nothing() -> None:
    older = '{"language":"en","keeps_data":false,"criteria":[{"criterion":"It greets.",'
    older += '"steps":[{"action":"expect_text","text":"Hello"}]}]}'
    assert not Acceptance.model_validate_json(older).shares_data


def test_no_list_keeps_a_check_waiting_or_loads_a_page_offline() -> None:
    for wrong in (0, -1, 3.5):
        with pytest.raises(ValidationError, match="wait at most"):
            Wait(action="wait", seconds=wrong)
    for wrong in (0, 700_000):
        with pytest.raises(ValidationError, match="604800"):
            AdvanceClock(action="advance_clock", seconds=wrong)
    waits = that("x", *[Wait(action="wait", seconds=2.5) for _ in range(3)], reads("y"))
    with pytest.raises(ValidationError, match="one criterion"):
        Acceptance(language="en", keeps_data=False, criteria=[waits])
    off, on = (SetNetwork(action="set_network", is_online=online) for online in (False, True))
    with pytest.raises(ValidationError, match="offline"):
        Acceptance(language="en", keeps_data=False, criteria=[that("x", off, reload(), reads("y"))])
    for steps in ([off, on, reload()], [off, on_phone(2), reload()]):
        criteria = [that("x", *steps, reads("y"))]
        assert Acceptance(language="en", keeps_data=False, criteria=criteria)


def test_a_list_fits_a_strict_schema_and_a_wrong_step_is_told_alone() -> None:
    check_strict_schema(strict_schema(Acceptance), "input_schema")
    wrong = {"criterion": "x", "steps": [{"action": "click", "role": "knob", "name": "Go"}]}
    with pytest.raises(ValidationError) as refused:
        Acceptance.model_validate({"language": "en", "keeps_data": False, "criteria": [wrong]})
    assert [fault["loc"] for fault in refused.value.errors()] == [
        ("criteria", 0, "steps", 0, "click", "role")
    ]
    assert "expect_text" not in complaint(refused.value)


ENGLISH = "Add what you have to buy here and it is kept for you on this device until the end."
GERMAN = "Hier steht, was du noch kaufen willst, und nichts davon ist für andere zu sehen."
RUSSIAN = "Добавьте сюда всё что нужно купить и список останется на этом устройстве навсегда"


@pytest.mark.parametrize(
    ("asked", "declared", "words", "faults"),
    [
        ("en", "en-GB", ENGLISH, 0),
        ("de", "de", GERMAN, 0),
        ("ru", "ru", RUSSIAN, 0),
        ("de", "en", GERMAN, 1),
        ("de", "de", ENGLISH, 1),
        ("en", "en", GERMAN, 1),
        ("ru", "ru", ENGLISH, 1),
        ("de", "en", ENGLISH, 2),
        ("de", "de", "Reset Undo Add 1 2 3", 0),
        ("sw", "sw", ENGLISH, 0),
    ],
)
def test_the_language_is_judged_only_where_it_can_be_told(
    asked: str, declared: str, words: str, faults: int
) -> None:
    assert len(mismatches(asked, declared, words)) == faults


def test_of_a_page_that_never_stops_talking_the_report_tells_a_part() -> None:
    evidence = FindingCollector()
    evidence.outline = "x" * 1_000_000
    for number in range(10_000):
        evidence.add(Finding(check="console", message=f"{number} {'long ' * 10_000}"))
    evidence.add(Finding(check="acceptance", message="does not add"))
    report = evidence.report()

    assert report.findings[-1].message == "does not add"
    assert report.findings[0].message.startswith("0 long long")
    assert len(report.findings) == 101
    assert len(report.model_dump_json()) < 1_500_000


def test_an_agent_reads_of_failed_steps_how_the_page_was_then_and_not_as_it_opens() -> None:
    failed = tuple(
        FailedStep(step=f"step {number} of “It adds.”", outline=f"- text: {number} things")
        for number in (2, 5)
    )
    wanted = Acceptance(language="en", keeps_data=False, criteria=[that("It adds.", reads("9"))])
    report = Report(ran=ALL, findings=(BROKEN,), outline="- text: nothing", failed_steps=failed)

    read = render_trial(Trial(acceptance=wanted, report=report))

    assert "The page at step 2 of “It adds.”" in read
    assert "5 things" in read
    assert "nothing" not in read
    at_opening = render_trial(
        Trial(acceptance=wanted, report=report.model_copy(update={"failed_steps": ()}))
    )
    assert "- text: nothing" in at_opening


def test_a_page_on_which_several_steps_failed_is_told_once() -> None:
    failed = [
        FailedStep(step=f"step {number} of “{said}.”", outline=outline)
        for number, said, outline in (
            (2, "It adds", "- a"),
            (1, "It ends", "- b"),
            (4, "All", "- a"),
        )
    ]

    assert failed_pages(failed, 2) == [
        "The page at step 2 of “It adds.”; at step 4 of “All.”, for assistive technology:\n-",
        "The page at step 1 of “It ends.”, for assistive technology:\n-",
    ]


@pytest.mark.parametrize("texts", [[], ["Bread"], ["Bread", " "]])
def test_one_text_alone_has_no_order(texts: list[str]) -> None:
    with pytest.raises(ValueError, match="give expect_order 2 or more texts"):
        ExpectOrder(action="expect_order", texts=texts)
