"""Whether a handoff helps: what only was in an agent's context, its successor must read again."""

from psycopg import AsyncConnection

from bot.crew import transcript
from bot.crew.tools import Tool
from handoffs import checkpoints
from handoffs.checkpoints import Turn
from handoffs.lifecycle import Agent, load_agent

FEW_TURNS = 2


async def lacks_progress(
    connection: AsyncConnection, agent: Agent, turns: list[Turn], tools: tuple[Tool, ...]
) -> bool:
    """Whether a full agent and the one before it in its role have both left nothing behind.

    The next one would fare no better, so this one had better go on beyond its working budget, as
    far as the model's window reaches. What was done before work was sent back counts no more.
    """
    if _has_left(turns, tools):
        return False
    before = await _turns_before(connection, agent)
    return before is not None and not _has_left(before, tools)


async def has_room(connection: AsyncConnection, agent: Agent, turns: list[Turn]) -> bool:
    """Whether handing over helps an agent whose conversation no longer fits the model's window.

    It does not when the agent has overflowed after a few turns, as the one before it in its role
    did: the window is too small for the task.
    """
    if len(turns) > FEW_TURNS:
        return True
    before = await _turns_before(connection, agent)
    return before is None or len(before) > FEW_TURNS


async def _turns_before(connection: AsyncConnection, agent: Agent) -> list[Turn] | None:
    """The turns of whom it took over from in its role; None if from nobody.

    Who goes on for one that was ended has its turns and is no second one.
    """
    while agent.continuation_mode == "resumed" and agent.predecessor_agent_id is not None:
        ended = await load_agent(connection, agent.predecessor_agent_id)
        if ended is None:
            return None
        agent = ended
    if agent.version == 1 or agent.predecessor_agent_id is None:
        return None
    return await checkpoints.load_turns(connection, agent.predecessor_agent_id)


def _has_left(turns: list[Turn], tools: tuple[Tool, ...]) -> bool:
    """Whether one of the tools has succeeded whose outcome lasts, since work was last sent back."""
    lasting = {tool.name for tool in tools if tool.outcome_lasts}
    sent_back = [at for at, turn in enumerate(turns, start=1) if transcript.is_sent_back(turn)]
    return any(
        use["name"] in lasting and use["id"] not in transcript.failed_uses(turn)
        for turn in turns[max(sent_back, default=0) :]
        if turn.results is not None
        for use in transcript.tool_uses(turn)
    )
