"""What finds a user does not stay in the reasons that operators give."""

import pytest

from bot.operating.audit import Operator
from bot.operating.user_lookup import named_address_key
from bot.settings.groups import Settings


@pytest.mark.parametrize(
    "number",
    [
        "0049 151 23456789",
        "+49\u00a0151\u00a023456789",
        "+49\u2013151\u201323456789",
        "+49/151/23456789",
        "US.13491208655302741918",
    ],
    ids=["00", "no-break spaces", "dashes", "slashes", "ExternalUserId"],
)
def test_what_finds_a_user_is_taken_out_of_a_reason(settings: Settings, number: str) -> None:
    assert named_address_key(settings.identity, number)
    assert Operator(name="ann", reason=f"{number} asked for it").reason == "[address] asked for it"


def test_other_numbers_stay_in_a_reason() -> None:
    said = "ticket 4711 of 2026-11-28, version 12, costs 12345.50 USD, call +1"
    assert Operator(name="ann", reason=said).reason == said
