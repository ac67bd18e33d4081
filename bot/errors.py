"""The family of errors. The docstring of a class is the default message of its instances."""

from telemetry.interruption import Interruption


class TextcrewError(Exception):
    """Something went wrong inside textcrew."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class ConfigurationError(TextcrewError):
    """A setting is missing, malformed or contradicts another one."""


class DatabaseUnavailable(TextcrewError):
    """PostgreSQL cannot be reached or started."""


class DatabaseTooOld(ConfigurationError):
    """The database is of a development version and cannot be upgraded; begin with an empty one: \
name it in DATABASE_URL or, if that is unset, delete the folder .textcrew."""


class TwilioUnavailable(TextcrewError):
    """Twilio does not answer a question about what was sent."""


class QueryFailed(TextcrewError):
    """The question to the records could not be answered."""


class AlertNotSent(TextcrewError):
    """A notice of an alert was not taken in where it was sent to."""


class ActRefused(TextcrewError):
    """What an operator asks for is not possible as things are; the message says why."""


class NotFound(TextcrewError):
    """Nothing has an id that begins so."""


class RejectedWebhook(TextcrewError):
    """The request is not one that Twilio would send to us.

    `status` is the HTTP status code that answers it.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class AttachmentRefused(TextcrewError):
    """A file that a user sent is not one that can be taken."""


class AttachmentLocked(AttachmentRefused):
    """The file can only be read with a password."""


class AttachmentUnavailable(TextcrewError):
    """A file that a user sent cannot be fetched."""


class AttachmentDelayed(AttachmentUnavailable):
    """Nobody hands a file that a user sent over just now."""


class VoiceRefused(AttachmentRefused):
    """A voice note is not one that can be heard."""


class VoiceTooLong(VoiceRefused):
    """A voice note lasts longer than is listened to."""


class VoiceUnavailable(AttachmentUnavailable):
    """A voice note cannot be transcribed just now."""


class TranscriptLost(VoiceUnavailable):
    """A voice note was sent to be transcribed and no usable answer came; it may have cost."""


class VoiceGivenUp(VoiceUnavailable):
    """A voice note was sent to be transcribed many times, and no usable answer came."""


class TranscriptionMisconfigured(VoiceUnavailable):
    """The transcription server does not accept our key, its address or the model."""


class WorkspaceError(TextcrewError):
    """A file operation is not allowed in the project; the agent is told why and may go on."""


class OwnershipLost(TextcrewError, Interruption):
    """Another worker owns this build now, or it was stopped; whatever this one did is void."""


class MovesOn(TextcrewError, Interruption):
    """What is left of this job is for another queue.

    `queue` names it; the job keeps its place before the next ones of its lock.
    """

    def __init__(self, queue: str) -> None:
        super().__init__()
        self.queue = queue


class WaitsForUser(OwnershipLost):
    """The build waits for the user's answer; nobody owns it until that has come."""


class ModelError(TextcrewError):
    """The model gave no usable answer."""


class ModelBusy(ModelError):
    """The model is overloaded or rate-limited, also after the retries."""


class ModelRefused(ModelError):
    """The model declined to answer."""


class ModelMisconfigured(ModelError):
    """The model's service does not accept our key, model name or request."""


class AnswerCutOff(ModelError):
    """The model reached its output limit before the answer was complete."""


class AnswerInvalid(ModelError):
    """The model's answer does not fit its schema, also after corrections."""


class ModelUnknown(ModelMisconfigured):
    """The model's service does not know the model, such as one that it has retired."""


class RequestRefused(ModelMisconfigured):
    """The model's service does not take this request, such as its schema.

    `tool` is the name of the tool that it does not take, where it names one.
    """

    def __init__(self, message: str, *, tool: str | None = None) -> None:
        super().__init__(message)
        self.tool = tool


class ContextExceeded(ModelError):
    """The conversation no longer fits the model's context window."""


class AgentTimedOut(TextcrewError):
    """An agent has used up its time or its turns without coming to an end."""


class AgentStuck(TextcrewError):
    """A tool gave an agent the same error three times in a row."""


class BuildFailed(TextcrewError):
    """The build cannot be finished; the message is for operators, the user reads `bot.messages`."""


class ChangeUntried(BuildFailed):
    """A change could not be tried, and nobody who read it says that it can go out."""


class BrowserMissing(TextcrewError):
    """No Chromium can be started here, so no app can be tried."""


class DocumentRefused(TextcrewError):
    """A document of an app's collection is not taken, not found or not changed.

    `status` is the HTTP status code that says so.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class RoomFull(DocumentRefused):
    """An app has no room for a document; its owner is told."""


class DocumentMisfit(DocumentRefused):
    """A document is not as the schema of its collection says."""


class MessageSuperseded(TextcrewError):
    """The message was acted upon already, or a stop came after it; nothing follows from it."""


class BudgetExhausted(TextcrewError):
    """A budget has no room for the next call of the model.

    `scope` is the budget: request, user_day or total_day.
    """

    def __init__(self, scope: str) -> None:
        super().__init__(f"the budget {scope} has no room for another call")
        self.scope = scope


class ServerUnavailable(TextcrewError):
    """An MCP server cannot be reached or started; nothing was called."""


class ToolCallFailed(TextcrewError):
    """An MCP server refused a call."""


class CallOutcomeUnknown(TextcrewError):
    """An MCP server was called and did not answer; whether it did its work is unknown."""


class AddressRefused(TextcrewError):
    """The address is not one on the public internet."""


class LinkRefused(TextcrewError):
    """A reported link leads nowhere, or where it must not lead."""


class BudgetQuestion(TextcrewError, Interruption):
    """A budget of the user's is nearly used up; no call is made before they have been asked.

    `scope` is the budget: request or user_day.
    """

    def __init__(self, scope: str) -> None:
        super().__init__(f"the budget {scope} is nearly used up")
        self.scope = scope
