"""How much a model is to think, said as the model takes it.

A model tells itself which efforts it knows and whether it works without thinking. One that tells
nothing, as behind other servers of the Messages API, is sent nothing.
"""

from typing import cast

from anthropic.types import ModelCapabilities, OutputConfigParam, ThinkingConfigParam

from bot.model.calls import ModelLimits
from bot.settings.roles import EFFORTS

NO_THINKING, *LEVELS = EFFORTS

_WAYS_NOT_TO_THINK = ("disabled", "between_tools")  # the first that a model takes


def known_efforts(capabilities: ModelCapabilities | None) -> frozenset[str]:
    """The levels that a model takes."""
    if capabilities is None or not capabilities.effort.supported:
        return frozenset()
    supports = ((level, getattr(capabilities.effort, level)) for level in LEVELS)
    return frozenset(level for level, support in supports if support and support.supported)


def ways_not_to_think(capabilities: ModelCapabilities | None) -> tuple[str, ...]:
    """The types of `thinking` with which a model that can think does not."""
    if capabilities is None or not capabilities.thinking.supported:
        return ()
    types = capabilities.thinking.types
    return tuple(way for way in _WAYS_NOT_TO_THINK if getattr(types, way).supported)


def can_follow(effort: str, limits: ModelLimits) -> bool:
    """Whether the model takes that effort as it is."""
    return effort in limits.efforts or (effort == NO_THINKING and bool(limits.ways_not_to_think))


def thinking_of(effort: str | None, limits: ModelLimits) -> ThinkingConfigParam | None:
    """The parameter that switches thinking off, where that is asked for and can be."""
    if effort != NO_THINKING or not limits.ways_not_to_think:
        return None
    return cast("ThinkingConfigParam", {"type": limits.ways_not_to_think[0]})


def level_of(effort: str | None, limits: ModelLimits) -> OutputConfigParam:
    """The level that is sent: the one asked for, or the closest below it that the model takes.

    None is sent where the model does without thinking, or where it takes no level as low.
    """
    if effort is None or thinking_of(effort, limits) is not None:
        return {}
    if effort == NO_THINKING:
        effort = LEVELS[0]
    for level in reversed(LEVELS[: LEVELS.index(effort) + 1]):
        if level in limits.efforts:
            return cast("OutputConfigParam", {"effort": level})
    return {}
