"""Models that are in no price list: what they may spend, and what their users are told of it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from bot.sandbox.claude.catalogue import MODELS
from tests.acceptance.lending import Lender
from tests.acceptance.operators_stage import console
from tests.acceptance.stack import Stack, announced
from tests.forked_program import run_forked

NEWER, OF_AWS = "claude-sonnet-6", "us.anthropic.claude-sonnet-5-5-v1:0"
ANOTHER = "glm-of-our-own"


@contextmanager
def built_by(lender: Lender, model: str, **settings: str) -> Iterator[Stack]:
    """A system whose apps are built by a model of that name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(MODELS, model, replace(MODELS["claude-sonnet-5-5"], id=model))
        with lender.lend({"MODEL": model, **settings}) as stack:
            yield stack


@pytest.mark.parametrize(("model", "is_known"), [(NEWER, False), (OF_AWS, True)])
def test_a_claude_under_another_name_builds_with_the_default_budgets(
    lender: Lender, model: str, is_known: bool
) -> None:
    with built_by(lender, model) as stack:
        phone = stack.phone()
        phone.say("Build me a counter")
        phone.wait_for(announced, 60)
        assert stack.rows(
            "SELECT DISTINCT cost_usd IS NOT NULL AS is_known FROM model_call WHERE model = %(m)s",
            {"m": model},
        ) == [{"is_known": is_known}]


def test_another_model_builds_with_the_budgets_that_doctor_names(lender: Lender) -> None:
    with built_by(lender, ANOTHER) as stack:
        done = run_forked(["bot.cli.main", "doctor", "--json"], stack.environment)
        (found,) = [one for one in json.loads(done.stdout) if one["check"] == "prices"]
    least = re.findall(r"at least (\d+)", found["remedy"])[0]
    budgets = dict.fromkeys(("REQUEST_BUDGET_USD", "USER_DAILY_BUDGET_USD"), least)
    with built_by(lender, ANOTHER, **budgets) as stack:
        phone = stack.phone()
        phone.say("Build me a counter")
        phone.wait_for(announced, 60)
        assert not [m for m in phone.messages() if "$" in m.body]


def test_no_amount_is_told_as_a_fact_where_nobody_knows_the_price(lender: Lender) -> None:
    with built_by(lender, ANOTHER) as stack:
        phone = stack.phone()
        phone.say("Build me a counter")
        told = phone.wait_for(lambda m: "one request may cost" in m.body, 60)
        assert told.body.startswith("This has cost at most an estimated $0.")
        assert "2 calls of unknown price are reckoned on the high side" in console(stack, "/costs")
