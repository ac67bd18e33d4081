"""What is stored of an answer can be told apart, and sent again."""

from anthropic.types import ContentBlockParam, ToolUseBlockParam

from bot.crew.transcript import EMPTY_ANSWER, conversation, note, text_of, with_own_ids
from handoffs.checkpoints import Turn


def use(tool_use_id: str) -> ToolUseBlockParam:
    return {"type": "tool_use", "id": tool_use_id, "name": "ask_user", "input": {}}


def turn(number: int, answer: list[ContentBlockParam]) -> Turn:
    return Turn(number=number, answer=answer, stop_reason="tool_use", results=[note("done")])


def test_ids_that_are_counted_anew_in_each_answer_are_told_apart() -> None:
    counted = [use("call_0"), use("call_1"), use("call_0")]
    first = turn(1, with_own_ids(counted, "qa_v1_ab", []))
    second = with_own_ids(counted, "qa_v1_ab", [first])
    others = with_own_ids(counted, "qa_v2_cd", [])

    ids = [
        block["id"] for block in [*first.answer, *second, *others] if block["type"] == "tool_use"
    ]
    assert len(set(ids)) == 9


def test_ids_that_are_unique_stay_and_one_that_comes_again_does_not() -> None:
    first = turn(1, with_own_ids([use("toolu_1")], "qa_v1_ab", []))
    assert first.answer == [use("toolu_1")]
    assert with_own_ids([use("toolu_1")], "qa_v1_ab", [first]) != [use("toolu_1")]


def test_texts_that_show_nothing_are_not_sent_again() -> None:
    stored = [turn(1, [note("\n\n"), use("toolu_1")]), turn(2, [note(" ")])]
    sent = [m["content"] for m in conversation("[]", stored) if m["role"] == "assistant"]
    assert sent == [[use("toolu_1")], [note(EMPTY_ANSWER)]]


def test_what_stands_for_no_answer_is_no_text() -> None:
    assert text_of(turn(1, [note(EMPTY_ANSWER)])) == ""
