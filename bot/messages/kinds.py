"""The kinds of messages that users are sent, as the outbox keeps them and operators see them."""

from enum import StrEnum


class MessageKind(StrEnum):
    """What a message is for; statements of SQL name some of them."""

    REPLY = "reply"
    HEARD = "heard"  # the words of a voice note, as they were understood
    UNDERSTOOD = "understood"
    DESIGN = "design"  # proposed, where nothing else was asked for
    DESIGNED = "designed"
    DATA_MODELLED = "data_modelled"
    BUILT = "built"
    MENDING = "mending"
    PUBLISHED = "published"
    PICTURE = "picture"
    PROGRESS = "progress"
    DELAYED = "delayed"
    FAILED = "failed"
    BUDGET = "budget"
    BUDGET_NOTICE = "budget_notice"  # most of it is spent, and nothing is asked
    RETRYING = "retrying"
    QUESTION = "question"  # of the crew
    DEFAULTS = "defaults"  # taken, because a question was not answered
    CONTEXT_WARNING = "context_warning"
    HANDED_OVER = "handed_over"
    NOTED = "noted"  # what will be worked into the build that runs
    DOUBT = "doubt"
    EXCUSE = "excuse"
    WHAT_FOR = "what_for"  # came what was sent without a word
    WHAT_NEXT = "what_next"  # shall be built or changed
    NOT_READ = "not_read"  # what is neither words nor material
    UNSURE = "unsure"  # what was said in a voice note
    NOT_HEARD = "not_heard"  # a voice note, of which no words are told
    UNREAD = "unread"
    FLOOD = "flood"
    STOPPED = "stopped"
    NOTHING_RUNS = "nothing_runs"
    NOTHING_TO_STOP = "nothing_to_stop"
    UNSUBSCRIBE_ASKED = "unsubscribe_asked"
    OPTED_OUT = "opted_out"
    LITTLE_ROOM = "little_room"  # what visitors left in an app leaves little or no room
    CLEAR_ASKED = "clear_asked"
    FORGET_ASKED = "forget_asked"
    FORGET_DECLINED = "forget_declined"
    FORGOTTEN = "forgotten"
