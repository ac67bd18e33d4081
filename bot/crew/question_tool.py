"""The tool with which an agent asks the user: one batch of questions, each with a default."""

from pydantic import Field, model_validator

from bot.attachments.kept_files import papers_besides
from bot.attachments.mentions import PAPER, mention
from bot.builds.questions import list_answers
from bot.crew.papers import PaperRoom, room_for_papers
from bot.crew.tools import Tool, ToolContent, ToolInput, TransactionContext, WhenAnswered
from bot.crew.transcript import note
from bot.markup.readers import ForUser, Label
from bot.messages.quick_replies import BUTTON_TITLE, BUTTONS

AT_ONCE = 3  # questions of one batch
LENGTH = 700  # characters of a question


class AskedQuestion(ToolInput):
    """One question, with answers to tap."""

    question: ForUser = Field(description="one plain question in the user's language")
    options: list[Label] = Field(description="two or three answers of at most 20 characters each")
    default: Label = Field(description="the option that is taken if nobody answers")

    @model_validator(mode="after")
    def _can_be_shown(self) -> "AskedQuestion":
        if not 0 < len(self.question) <= LENGTH:
            raise ValueError(f"a question has 1 to {LENGTH} characters")
        if not 2 <= len({option.casefold() for option in self.options}) == len(self.options):
            raise ValueError("give two or three different options")
        if len(self.options) > BUTTONS or any(
            not 0 < len(option) <= BUTTON_TITLE for option in self.options
        ):
            raise ValueError(f"at most {BUTTONS} options of 1 to {BUTTON_TITLE} characters")
        if self.default not in self.options:
            raise ValueError("the default must be one of the options")
        return self


class Questions(ToolInput):
    """All that is to be asked, at once."""

    questions: list[AskedQuestion] = Field(description="one to three, all that you want to know")

    @model_validator(mode="after")
    def _are_few(self) -> "Questions":
        if not 0 < len(self.questions) <= AT_ONCE:
            raise ValueError(f"ask 1 to {AT_ONCE} questions")
        return self


async def _tell_answers(context: TransactionContext, asked: Questions) -> ToolContent:
    """The answers, for which the build has waited, and the papers that are among them."""
    answers = await list_answers(context.connection, context.request_id)
    known = {one.question: one for one in answers}
    lines = [
        f"{one.question} {known[one.question].answer}"
        + (" (nobody answered, this is the default)" if known[one.question].is_default else "")
        for one in asked.questions
        if one.question in known
    ]
    text = "\n".join(lines)
    kept = await papers_besides(context.connection, context.project_id, context.request_id)
    papers = [paper for paper in kept if mention(PAPER, paper.path) in text]
    if not papers:
        return text
    room = PaperRoom(room_for_papers(context.budget, takes_over=True))
    room.show(papers)
    return [note(text), *room.blocks]


ASK_USER = Tool(
    name="ask_user",
    description=(
        f"Ask the user up to {AT_ONCE} questions in the chat and wait for the answers. "
        "Use it once, before you write, for what you cannot decide well yourself or when the user "
        "wants to be asked; not for taste, not for what the request or an earlier answer says, not "
        "to have your work approved. They tap an option or answer in words of their own. Gives a "
        "line for each question with its answer; where nobody answers for some minutes, the "
        "default counts and the line says so. The build rests meanwhile, so each batch costs the "
        "user time."
    ),
    input=Questions,
    runs=WhenAnswered(_tell_answers),
    outcome_lasts=True,
)
