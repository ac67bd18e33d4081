"""A plan may take a request apart, but not lose, invent or reword any of it."""

from typing import Literal

import pytest

from bot.model.answers import Plan, Wanted
from bot.workflows.requested_items import items_of

REQUEST = "Build me a page for our trip, with shared costs. In euros, please!"


def wanted(
    words: str,
    *,
    source: Literal["message", "picture", "fact"] = "message",
    replaces: tuple[int, ...] = (),
    can_be_built: bool = True,
) -> Wanted:
    return Wanted(
        words=words,
        kind="does",
        source=source,
        can_be_built=can_be_built,
        replaces=list(replaces),
    )


def plan(*requirements: Wanted) -> Plan:
    return Plan(
        workflow="full_build",
        agents_needed=[],
        reasoning="",
        estimated_complexity="simple",
        estimated_steps=1,
        title="Trip",
        summary="I'll build it.",
        requirements=list(requirements),
    )


def taken(
    *requirements: Wanted,
    request: str = REQUEST,
    told: tuple[str, ...] = (),
    earlier: frozenset[int] = frozenset({1, 2}),
) -> list[tuple[str, tuple[int, ...]]]:
    return [
        (one.words, one.replaces)
        for one in items_of(plan(*requirements), request, told=told, earlier=earlier)
    ]


def test_what_is_quoted_whole_is_taken_as_it_is_quoted() -> None:
    parts = ("a page for our trip", "with shared costs", "in euros")

    assert taken(*map(wanted, parts)) == [(part, ()) for part in parts]


def test_a_sentence_that_is_passed_over_is_a_requirement_as_it_stands() -> None:
    assert taken(wanted("a page for our trip, with shared costs")) == [
        ("a page for our trip, with shared costs", ()),
        ("In euros, please!", ()),
    ]


def test_a_sentence_that_is_passed_over_stands_before_what_was_said_after_it() -> None:
    request = "It looks plain. Give it a new look, like a chalkboard. Quickly!"

    assert taken(wanted("a new look"), wanted("like a chalkboard"), request=request) == [
        ("It looks plain.", ()),
        ("a new look", ()),
        ("like a chalkboard", ()),
        ("Quickly!", ()),
    ]


@pytest.mark.parametrize("own", ["Splits costs in EUR", "in dollars", ""])
def test_words_that_the_user_never_said_do_not_count_and_lose_none_of_theirs(own: str) -> None:
    assert taken(wanted(own, replaces=(2,))) == [
        ("Build me a page for our trip, with shared costs.", ()),
        ("In euros, please!", (2,)),
    ]


def test_what_was_said_before_may_be_taken_up_and_what_a_picture_shows() -> None:
    said = ("They said: I never want dark pages", "User: with the names Ana and Ben")
    items = taken(
        wanted("Do it"),
        wanted("the names Ana and Ben"),
        wanted("never want dark pages", source="fact"),
        wanted("a round logo", source="picture"),
        request="Do it\n[picture: pictures/logo.png]",
        told=said,
    )

    assert [words for words, _ in items] == [
        "Do it",
        "the names Ana and Ben",
        "never want dark pages",
        "a round logo",
        "[picture: pictures/logo.png]",
    ]


def test_only_what_holds_can_be_replaced() -> None:
    assert taken(wanted("Make it blue", replaces=(2, 9)), request="Make it blue") == [
        ("Make it blue", (2,))
    ]


def test_other_scripts_are_quoted_and_passed_over_alike() -> None:
    request = "मुझे एक सूची चाहिए। नीले रंग में।"

    assert [words for words, _ in taken(wanted("एक सूची चाहिए"), request=request)] == [
        "एक सूची चाहिए",
        "नीले रंग में।",
    ]


def test_a_plan_without_requirements_leaves_the_request_whole() -> None:
    assert taken() == []


def test_a_plan_from_before_requirements_is_read() -> None:
    kept = plan().model_dump(exclude={"requirements", "left_out", "missing_facts"})

    assert Plan.model_validate(kept) == plan()
