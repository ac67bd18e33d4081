"""What a message turned out to be, and how the work on it ends."""

from enum import StrEnum


class RequestType(StrEnum):
    """What a message turned out to be."""

    BUILD = "build"
    CHANGE = "change"
    RETRY = "retry"
    TALK = "talk"
    COMMAND = "command"
    ANSWER = "answer"  # to a question of the crew
    JOINED = "joined"  # to the message before it, and read with that
    OPTED_OUT = "opted_out"  # from somebody who wants no messages
    UNREAD = "unread"  # a stop came first
    FAILED = "failed"  # it could not be read


class WorkEnd(StrEnum):
    """How the work on a request ends, and a build."""

    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"
