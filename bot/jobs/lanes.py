"""The lanes of jobs: what is worked off side by side, and how much of it at once in one process.

What a user waits for has lanes of its own: their words, what they are sent, and the plan, which is
the first that they read of a build. With `textcrew worker --only` these have a process of their own
too, so that no number of builds stands before them.
"""

from dataclasses import dataclass

CONVERSATIONS = "conversations"
BUILDS = "builds"
KINDS_OF_WORKERS = (CONVERSATIONS, BUILDS)

CONVERSATION_QUEUE = "conversation"
PLANNING_QUEUE = "planning"
BUILD_QUEUE = "build"
WAITING_AT_ONCE = 100  # each waits for a model or for Twilio nearly all of its time


@dataclass(frozen=True, kw_only=True)
class Lane:
    """Queues that share a number of jobs running at once, apart from other lanes'."""

    name: str
    worker: str  # the kind of worker that it belongs to
    queues: list[str]
    concurrency: int


def lanes(*, builds_at_once: int, only: str | None = None) -> list[Lane]:
    """The lanes of a process that holds that many builds; with `only` those of a kind of worker."""
    every = (
        Lane(
            name="live",
            worker=CONVERSATIONS,
            queues=[CONVERSATION_QUEUE, "delivery", "maintenance"],
            concurrency=WAITING_AT_ONCE,
        ),
        Lane(
            name="planning",
            worker=CONVERSATIONS,
            queues=[PLANNING_QUEUE],
            concurrency=WAITING_AT_ONCE,
        ),
        Lane(name="builds", worker=BUILDS, queues=[BUILD_QUEUE], concurrency=builds_at_once),
    )
    return [lane for lane in every if only in (None, lane.worker)]
