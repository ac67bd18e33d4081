"""Which definitions of collections are taken."""

import json

import pytest

from bot.collections.schemas import all_may_change, read_definitions
from bot.errors import WorkspaceError

WORD = {"type": "object", "properties": {"pattern": {"type": "string", "maxLength": 20}}}


def test_a_property_may_be_called_like_a_keyword_that_is_not_allowed() -> None:
    assert set(read_definitions(json.dumps({"words": WORD}))) == {"words"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (WORD, False),
        (WORD | {"changeable_by": "author"}, False),
        (WORD | {"changeable_by": "all"}, True),
        ({"type": "object", "properties": {"changeable_by": {"const": "all"}}}, False),
    ],
)
def test_a_schema_says_whether_all_may_change_what_others_wrote(
    schema: object, expected: bool
) -> None:
    definitions = read_definitions(json.dumps({"words": schema}))
    assert all_may_change(definitions, "words") is expected


@pytest.mark.parametrize(
    ("definitions", "complaint"),
    [
        ("", "not JSON"),
        ("[]", "1 to 10 collections"),
        ("{}", "1 to 10 collections"),
        ({f"c{n}": WORD for n in range(11)}, "1 to 10 collections"),
        ({"Words": WORD}, "lower-case"),
        ({"words": {"type": "array"}}, '"type": "object"'),
        ({"words": WORD | {"pattern": "(a+)+$"}}, "pattern"),
        ({"words": {"type": "object", "properties": {"a": {"pattern": "(a+)+$"}}}}, "pattern"),
        ({"words": WORD | {"$ref": "http://169.254.169.254/"}}, "outside of itself"),
        ({"words": {"type": "object", "required": 3}}, "not a JSON schema"),
        ({"words": WORD | {"changeable_by": "everybody"}}, '"changeable_by": "all"'),
        ({"words": WORD | {"changeable_by": ["all"]}}, '"changeable_by": "all"'),
        ({"words": WORD | {"not": {"changeable_by": "all"}}}, "outermost"),
        ({"words": WORD | {"title": "x" * 30_000}}, "larger than"),
    ],
)
def test_others_are_refused_with_the_reason(definitions: object, complaint: str) -> None:
    text = definitions if isinstance(definitions, str) else json.dumps(definitions)
    with pytest.raises(WorkspaceError, match=complaint):
        read_definitions(text)
