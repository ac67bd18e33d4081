"""The cookbook's queries say what they are for, and take their parameters safely."""

import pytest

from telemetry.cookbook import UnknownParameter, cookbook

TREE, SLOW = cookbook()["request-tree"], cookbook()["slow-tasks"]


@pytest.mark.parametrize("name", cookbook())
def test_a_query_has_a_title_a_question_and_its_parameters_where_they_are_set(name: str) -> None:
    query = cookbook()[name]

    assert query.title
    assert query.question.endswith((".", "?"))
    for parameter in query.parameters:
        assert f" AS {parameter}" in query.sql


def test_a_number_and_a_text_are_filled_in() -> None:
    assert "(SELECT 5 AS seconds)" in SLOW.filled_in({"seconds": "5"})
    assert "(SELECT 'abc' AS request_id)" in TREE.filled_in({"request_id": "abc"})
    assert SLOW.filled_in({}) == SLOW.sql


def test_a_quote_stays_inside_its_text() -> None:
    filled = TREE.filled_in({"request_id": "' OR 'a' = 'a"})
    assert "(SELECT ''' OR ''a'' = ''a' AS request_id)" in filled


@pytest.mark.parametrize("values", [{"seconds": "1; DROP"}, {"seconds": ""}, {"minutes": "1"}])
def test_what_a_query_does_not_take_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(UnknownParameter):
        SLOW.filled_in(values)
