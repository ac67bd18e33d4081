"""What stored turns show of an agent's work."""

from anthropic.types import ContentBlockParam, ToolResultBlockParam, ToolUseBlockParam
from anthropic.types.tool_result_block_param import Content

from handoffs.checkpoints import Turn
from handoffs.facts import ERROR_LENGTH, ERRORS_KEPT, read_turns
from tests.handoff_examples import a_document, next_facts, some_facts


def _use(use_id: str, name: str) -> ToolUseBlockParam:
    return {"type": "tool_use", "id": use_id, "name": name, "input": {}}


def _result(
    use_id: str, content: str | list[Content], *, is_error: bool = False
) -> ToolResultBlockParam:
    return {"type": "tool_result", "tool_use_id": use_id, "content": content, "is_error": is_error}


def _turn(
    number: int,
    answer: list[ContentBlockParam],
    results: list[ContentBlockParam] | None,
    stop_reason: str = "tool_use",
) -> Turn:
    return Turn(number=number, answer=answer, stop_reason=stop_reason, results=results)


def test_tool_calls_are_counted_by_name() -> None:
    facts = read_turns(
        [
            _turn(
                1,
                [_use("a", "write_file"), _use("b", "read_file")],
                [_result("a", "ok"), _result("b", "ok")],
            ),
            _turn(2, [_use("c", "write_file")], [_result("c", "ok")]),
        ]
    )
    assert facts.tools.calls == {"read_file": 1, "write_file": 2}
    assert (facts.tools.turns, facts.tools.last_tool) == (2, "write_file")
    assert facts.errors == ()


def test_a_call_without_a_result_is_told() -> None:
    facts = read_turns([_turn(1, [_use("a", "write_file"), _use("b", "read_file")], None)])
    assert facts.tools.unanswered == ("write_file", "read_file")


def test_failed_tools_and_cut_answers_are_errors_in_their_order() -> None:
    blocks: list[Content] = [
        {"type": "text", "text": "no such"},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
    ]
    facts = read_turns(
        [
            _turn(1, [_use("a", "read_file")], [_result("a", "x" * 9_000, is_error=True)]),
            _turn(2, [_use("b", "read_file")], [_result("b", blocks, is_error=True)], "max_tokens"),
        ]
    )
    assert [(error.turn, error.source) for error in facts.errors] == [
        (1, "read_file"),
        (2, "read_file"),
        (2, "model"),
    ]
    assert len(facts.errors[0].message) == ERROR_LENGTH
    assert facts.errors[1].message == "no such [image]"


def test_only_the_newest_errors_are_kept() -> None:
    turns = [
        _turn(n, [_use("a", "read_file")], [_result("a", "no", is_error=True)])
        for n in range(1, ERRORS_KEPT + 6)
    ]
    errors = read_turns(turns).errors
    assert (len(errors), errors[0].turn) == (ERRORS_KEPT, 6)


def test_an_agent_without_turns_has_nothing_to_show() -> None:
    assert read_turns([]).tools.last_tool is None


def test_without_any_item_the_task_itself_is_the_first() -> None:
    facts = some_facts(items=())
    assert [item.description for item in facts.items_on_record] == [facts.task_description]


def test_items_of_the_document_before_come_first_and_keep_their_numbers() -> None:
    document = a_document()
    facts = next_facts(document, some_facts())
    assert facts.items_on_record == document.todo_list
