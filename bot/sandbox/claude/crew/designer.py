"""The designer turns the plan into a specification."""

from bot.checks.steps import Click, Fill
from bot.model.answers import Colour, Component, Control, DesignSpecification
from bot.sandbox.claude.answers import ScriptedAnswer, finish
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.acceptance import acceptance
from bot.sandbox.claude.crew.app_request import AppRequest, read_request, requested

ACCENT = "Accent"

_COMPONENTS = {
    "poll": [
        ("Choices", "a large button each, with the votes so far as a bar"),
        ("Note", "says that the vote was counted, or why it was not"),
    ],
    "todo": [
        ("Entry", "one field and a button to add a task"),
        ("List", "tasks to tick off, edit and delete"),
        ("Filter", "all, open or done, with the number that is left"),
    ],
    "notes": [
        ("List", "all notes, newest first, with search"),
        ("Editor", "title and text, kept while typing"),
    ],
    "counter": [
        ("Cards", "one counter each, with big numbers and two large buttons"),
        ("Entry", "a field to add a counter"),
    ],
    "calculator": [
        ("Display", "the sum and its result"),
        ("Keys", "a grid that works by touch and keyboard"),
        ("History", "results to take up again"),
    ],
    "quiz": [
        ("Question", "one at a time with four answers"),
        ("Result", "the score and the best so far"),
        ("Entry", "a form for the person's own questions"),
    ],
    "landing": [
        ("Hero", "the title and the person's own words"),
        ("Guest book", "messages that stay on the device"),
    ],
}


def design(conversation: Conversation) -> ScriptedAnswer:
    wanted = read_request(requested(conversation), title=conversation.planned_title)
    return finish(_specification(wanted).model_dump_json())


def _specification(wanted: AppRequest) -> DesignSpecification:
    theme = "dark" if wanted.is_dark else "light and dark by the system's setting"
    accent = wanted.accent
    return DesignSpecification(
        direction="A quiet tool for one thumb, at any hour.",
        signature="The one number that matters is the largest thing on the page.",
        summary=f"Calm cards, accents in {accent.name}, {theme}, large enough for thumbs.",
        palette=[
            Colour(name=ACCENT, hex=accent.hex, dark=accent.hex),
            Colour(name="On accent", hex=accent.text_on_it, dark=accent.text_on_it),
            Colour(name="Background", hex="#f6f6f9", dark="#101014"),
            Colour(name="Text", hex="#1b1b21", dark="#f0f0f4"),
        ],
        typography="The system's sans-serif; 16 px text, bold headings, figures of equal width.",
        type_scale="14/20 hints, 16/24 text, 20/28 bold parts, 28/34 bold title, 48/52 the number.",
        spacing="Steps of 8 px, radii of 12 px, at least 44 px for what is touched.",
        motion="Cards fade in for 150 ms, and not where less motion is wanted.",
        layout="One column of at most 40 rem, phone first; fields and keys at least 44 px high.",
        components=[
            Component(
                name=name,
                purpose=purpose,
                states="Empty: one line that says what to do first. Error: why, beside the field.",
            )
            for name, purpose in _COMPONENTS[wanted.kind]
        ],
        controls=_controls(wanted),
        content=[wanted.title],
    )


def _controls(wanted: AppRequest) -> list[Control]:
    """What its apps have and are used by; not what is named by what a user enters."""
    steps = [step for one in acceptance(wanted).criteria for step in one.steps]
    entered = {step.text for step in steps if isinstance(step, Fill)}
    roles: dict[str, str] = {}
    for step in steps:
        if isinstance(step, Fill):
            is_search = step.field.startswith("Search")
            roles[step.field] = "searchbox" if is_search else "textbox"
        elif isinstance(step, Click) and step.name not in entered:
            roles[step.name] = step.role
    return [Control(role=role, name=name) for name, role in roles.items()]
