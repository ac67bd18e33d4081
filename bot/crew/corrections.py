"""Whether a final answer stands, or what its agent is told before it answers again."""

from collections.abc import Sequence

from pydantic import ValidationError

from bot.crew import transcript
from bot.crew.assignment import Assignment
from bot.crew.hand_in_tool import ENTRY, NOTHING_SAID, NOTHING_WRITTEN
from bot.crew.user_updates import brings_changes
from bot.errors import AnswerCutOff, AnswerInvalid
from bot.model.structured import complaint
from bot.projects.workspace import Workspace
from handoffs.checkpoints import Turn

LIMIT = 2  # times an agent may answer again after an answer that does not fit

CUT_OFF = (
    "Your last answer was cut off at the output limit, and an unfinished tool call was dropped. "
    "Go on in smaller pieces."
)


async def correction_of(
    assignment: Assignment, agent_id: str, last: Turn, in_this_run: Sequence[Turn]
) -> str | None:
    """What is wrong with a final answer, the last turn of all; None if it stands.

    Raises `AnswerCutOff` or `AnswerInvalid` when it has been corrected often enough in this run;
    one that goes on in another run is corrected again. Words alone are not insisted on.
    """
    note = (
        _fault_of(assignment, last)
        or await _missing_files(assignment)
        or await _objection_to(assignment, last)
    )
    if note is None or _count(in_this_run) < LIMIT:
        return note
    if note == NOTHING_SAID and await _missing_files(assignment) is None:
        return None
    if last.stop_reason == "max_tokens":
        raise AnswerCutOff
    raise AnswerInvalid(f"{agent_id}: {note}")


def _fault_of(assignment: Assignment, turn: Turn) -> str | None:
    """What does not fit of an answer by itself."""
    if turn.stop_reason == "max_tokens":
        return CUT_OFF
    text = transcript.text_of(turn)
    if assignment.spec.answer is None:
        return None if text else NOTHING_SAID
    try:
        assignment.spec.answer.model_validate_json(text)
    except ValidationError as error:
        return complaint(error)
    return None


async def _missing_files(assignment: Assignment) -> str | None:
    """What is missing of the files that the agent is to hand in; None if nothing is."""
    if not assignment.spec.owns_the_code:
        return None
    async with assignment.services.pool.connection() as connection:
        files = await Workspace(connection, assignment.build.project_id).list_files()
    return None if any(file.path == ENTRY for file in files) else NOTHING_WRITTEN


async def _objection_to(assignment: Assignment, turn: Turn) -> str | None:
    """What is wrong with an answer that fits its schema."""
    check = assignment.check
    return await check(transcript.text_of(turn)) if check else None


def _count(turns: Sequence[Turn]) -> int:
    """How often the agent was corrected, since it was last sent back to fix its work."""
    count = 0
    for turn in turns:
        if transcript.is_sent_back(turn):
            count = 0
        elif turn.results and not transcript.tool_uses(turn) and not brings_changes(turn):
            count += 1
    return count
