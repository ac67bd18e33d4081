"""Every string of every answer says who reads it, and what users read is rendered on the way in."""

import json
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from pydantic import BaseModel

from bot.checks.report import CHECKS, Check, Finding
from bot.crew.agent_specs import CREW
from bot.crew.question_tool import Questions
from bot.markup.readers import ForCrew, ForUser, Label, Verbatim
from bot.messages import build_texts
from bot.messages.paragraphs import FAULT_SHOWN
from bot.model.answers import DesignSpecification, Plan, Route, Verdict
from bot.projects.deployments import Deployment

SAID = {ForUser, Label, ForCrew, Verbatim}
UNREAD = {ForCrew, Verbatim}  # by users
# Agents whose answer is no structure but words, and where those are rendered.
FREE_WORDS = {"frontend": build_texts.built, "devops": None}  # devops's words are for operators


def schemas() -> list[type[BaseModel]]:
    """All that models fill in: the answers of agents and of the router, and the input of tools."""
    answers = [card.answer for card in CREW if card.answer is not None]
    inputs = [
        tool.input for card in CREW for tool in card.tools if not isinstance(tool.input, dict)
    ]
    return list(dict.fromkeys([Route, Deployment, *answers, *inputs]))


def strings(annotation: Any, place: str) -> Iterator[tuple[str, Any]]:
    """The strings in a type, each with its place and how it is annotated."""
    origin = get_origin(annotation)
    if annotation is str:
        yield place, annotation
    elif origin is Annotated:
        inner = get_args(annotation)[0]
        if inner is str:
            yield place, annotation
        else:
            yield from strings(inner, place)
    elif origin in {list, tuple, dict, Union, UnionType}:
        for part in get_args(annotation):
            yield from strings(part, place)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, hint in get_type_hints(annotation, include_extras=True).items():
            if name in annotation.model_fields:
                yield from strings(hint, f"{annotation.__name__}.{name}")
    else:
        assert origin is Literal or annotation in {int, bool, float, type(None)}, place


@pytest.mark.parametrize("schema", schemas(), ids=lambda schema: schema.__name__)
def test_every_string_says_who_reads_it(schema: type[BaseModel]) -> None:
    unsaid = {place for place, annotation in strings(schema, "") if annotation not in SAID}
    assert not unsaid, "say ForUser, Label, ForCrew or Verbatim (bot.markup.readers)"


def test_who_answers_in_free_words_is_known() -> None:
    assert {card.agent_type for card in CREW if card.answer is None} == FREE_WORDS.keys()
    assert "*really*" in build_texts.built("It **really** works.")


def test_the_fields_that_users_read_are_rendered() -> None:
    read = {
        place for schema in schemas() for place, said in strings(schema, "") if said not in UNREAD
    }
    assert read >= {
        "Route.remember",
        "Plan.title",
        "Plan.summary",
        "DesignSpecification.summary",
        "DataModel.summary",
        "Verdict.failures",
        "CodeFinding.problem",
        "AskedQuestion.question",
        "AskedQuestion.options",
        "Criterion.criterion",
        "Deployment.service",
    }


def test_an_answer_is_rendered_when_it_is_read_and_again_when_it_is_read_from_the_database() -> (
    None
):
    verdict = Verdict(works=False, summary="## Tried", failures=["The **list** is\x00 empty"])
    assert verdict.summary == "*Tried*"
    assert verdict.failures == ["The *list* is empty"]
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict


def test_a_plans_title_has_no_marks_and_what_the_crew_reads_stays() -> None:
    plan = Plan(
        workflow="full_build",
        agents_needed=["qa"],
        reasoning="Use **grid**\x00",
        estimated_complexity="simple",
        estimated_steps=1,
        title="**Todo**\nlist",
        summary="A [todo](https://a.b) list",
    )
    assert (plan.title, plan.summary) == ("Todo list", "A todo (https://a.b) list")
    assert plan.reasoning == "Use **grid**"


def test_a_designs_parts_stand_in_our_marks() -> None:
    design = DesignSpecification.model_validate(
        {
            "direction": "calm",
            "signature": "a tide line",
            "summary": "A **calm** page",
            "palette": [{"name": "**Sand**", "hex": "#f4e1c1", "dark": "#2a2418"}],
            "typography": "*Inter*",
            "spacing": "8 px",
            "motion": "none",
            "layout": "- one column",
            "components": [{"name": "*List*", "purpose": "shows **all**"}],
            "content": ["# Welcome"],
        }
    )
    told = build_texts.design_proposed("Todo", design)
    assert "**" not in told
    assert "- *List*: shows *all*" in told
    assert "Sand #f4e1c1" in told
    assert "*Special touch*: a tide line" in told


def test_a_questions_options_fit_buttons_without_their_marks() -> None:
    given = {
        "question": "Which **look**?",
        "options": ["**Twenty letters long**", "*Grid*"],
        "default": "**Grid**",
    }
    (asked,) = Questions.model_validate_json(json.dumps({"questions": [given]})).questions
    assert asked.question == "Which *look*?"
    assert asked.options == ["Twenty letters long", "Grid"]
    assert asked.default == "Grid"


def test_of_a_long_fault_whole_sentences_are_told() -> None:
    first = "The list forgets what was ticked, e.g. milk, as soon as the page is opened again."
    told = build_texts.fixing([f"{first} {'It happens each time. ' * 10}Nobody can rely on it"])
    fault = next(line for line in told.splitlines() if line.startswith("- "))
    assert fault.startswith(f"- {first} It happens each time.")
    assert fault.endswith("It happens each time.")
    assert len(fault) <= len("- ") + FAULT_SHOWN


@pytest.mark.parametrize("is_out_of_reach", [False, True])
@pytest.mark.parametrize("subject", [None, "It adds."])
@pytest.mark.parametrize("check", CHECKS)
def test_what_a_check_found_is_told_in_a_sentence(
    check: Check, subject: str | None, is_out_of_reach: bool
) -> None:
    finding = Finding(check=check, message="x()", subject=subject, is_out_of_reach=is_out_of_reach)
    (told,) = build_texts.found([finding])
    assert "x()" not in told
    assert told[0].isupper()
    assert told.endswith(".")


def test_a_long_fault_ends_between_words() -> None:
    told = build_texts.fixing(["The list forgets " + "everything " * 30])
    fault = next(line for line in told.splitlines() if line.startswith("- "))
    assert fault.endswith("everything…")
    assert len(fault) <= len("- ") + FAULT_SHOWN
