"""What agents answer, typed: the JSON schemas the model must fill, checked again on arrival."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator

from bot.markup.readers import ForCrew, ForUser, Label


class StructuredAnswer(BaseModel):
    """A structured answer; unknown fields are refused so that the schema can be strict."""

    model_config = ConfigDict(extra="forbid", frozen=True)


CommandName = Literal[
    "help", "status", "stop", "try again", "unsubscribe", "start", "change something", "new app",
    "projects", "open", "undo", "redo", "versions", "share", "cost", "export", "data", "data clear",
    "data restore", "forget me", "what do you remember", "forget that",
]  # fmt: skip


ChangeSize = Literal["looks", "behaviour", "large"]


class Route(StructuredAnswer):
    """What a message is: a request, a change, a command, an answer, talk, or not clearly any."""

    kind: Literal["new_build", "change", "command", "answer", "assent", "decline", "talk", "unsure"]
    command: CommandName | None = Field(description="for a command: its name, else null")
    argument: Label | None = Field(
        description="for a command: what it is about, such as the number of the app to open"
    )
    question: int | None = Field(
        description="for an answer, assent or decline: the number of the open question"
    )
    project: int | None = Field(
        description="for a change: the project's number in the list, else null"
    )
    size: ChangeSize | None = Field(default=None, description="for a change: its size, else null")
    language: ForCrew = Field(description="the language to answer in: its ISO 639-1 code")
    remember: list[Label] = Field(description="lasting facts that the user states, mostly none")


class Wanted(StructuredAnswer):
    """One thing that the user wants."""

    words: ForCrew = Field(description="what they said of it, word for word")
    kind: Literal["does", "keeps", "shares", "looks", "limits"]
    source: Literal["message", "picture", "fact"] = Field(
        description="where it stands: in what they wrote, in a picture or file, in <user>"
    )
    can_be_built: bool
    replaces: list[int] = Field(
        description="numbers in <requirements> that hold no longer because of it, mostly none"
    )


class Control(StructuredAnswer):
    """Something on the page that is pressed or filled, as tests and screen readers name it."""

    role: ForCrew = Field(description="as in ARIA: button, textbox, checkbox, link, tab …")
    name: Label = Field(description="its accessible name, in the language of the page")


class Plan(StructuredAnswer):
    """How the crew will fulfil a request."""

    reasoning: ForCrew = Field(description="what was decided, in one or two sentences to operators")
    workflow: ForCrew = Field(description="the name of one of the workflows")
    agents_needed: list[ForCrew] = Field(description="names of agents, in the order of their work")
    estimated_complexity: Literal["simple", "moderate", "complex"]
    estimated_steps: int = Field(description="how many of the agents it takes, about")
    title: Label = Field(description="the app's name, at most 40 characters")
    description: Label = Field(
        default="",  # plans that are stored from before it was asked for
        description="what the app is: one sentence to anyone who is sent its link; empty on a "
        "change after which it is still true",
    )
    # Plans that are stored from before these were asked for have none of them.
    requirements: list[Wanted] = Field(
        default=[], description="all that the request asks for, one by one"
    )
    left_out: list[ForUser] = Field(
        default=[], description="what cannot be built, one sentence to the user each, mostly none"
    )
    missing_facts: list[ForUser] = Field(
        default=[],
        description="facts that the page needs and nobody gave, a few words to the user each",
    )
    controls: list[Control] = Field(
        default=[], description="new ones, where no designer works; engineer and QA keep the names"
    )
    summary: ForUser = Field(description="one sentence to the user: what will be built")


class Colour(StructuredAnswer):
    """One colour of the palette."""

    name: Label = Field(description="its role, such as surface or accent")
    hex: Label = Field(description="in light, as #rrggbb")
    dark: Label = Field(description="in dark, as #rrggbb")


class Component(StructuredAnswer):
    """One part of the page and what it is for."""

    name: Label
    purpose: ForUser
    # The defaults here and below are for designs that are stored from before these were asked for.
    states: ForCrew = Field(
        default="", description="what it shows while it is empty and after an error, word for word"
    )


class DesignSpecification(StructuredAnswer):
    """What the page looks like and says."""

    direction: ForCrew = Field(description="what it is about, for whom, in which mood")
    signature: ForUser = Field(description="the one element that is this app's own")
    summary: ForUser = Field(description="one sentence to the user about the look")
    palette: list[Colour]
    typography: ForUser
    type_scale: ForCrew = Field(
        default="", description="four to six sizes with weight and line height, and what each is of"
    )
    spacing: ForCrew = Field(description="steps, radii, sizes of what is touched")
    motion: ForCrew = Field(description="what moves, how long, and what instead where it may not")
    layout: ForUser
    components: list[Component]
    controls: list[Control] = Field(
        default_factory=list, description="all that the request needs; the engineer keeps the names"
    )
    content: list[ForUser] = Field(description="headings and texts that the page shows")


class FieldLimits(StructuredAnswer):
    """What may stand in a field, or in a part of one."""

    name: ForCrew
    required: bool = Field(description="whether every document has it")
    choices: list[ForCrew] = Field(description="for a text that is one of a few; else empty")
    max_length: int | None = Field(description="for any other text: its most characters, else null")
    minimum: FiniteFloat | None = Field(description="for a number or integer, else null")
    maximum: FiniteFloat | None = Field(description="for a number or integer, else null")
    max_items: int | None = Field(
        description="for a list of such values: how many it may hold; null for a single one"
    )


class RecordPart(FieldLimits):
    """One part of a record."""

    type: Literal["text", "number", "integer", "boolean"]


class CollectionField(FieldLimits):
    """One field of a document."""

    type: Literal["text", "number", "integer", "boolean", "record"]
    parts: list[RecordPart] = Field(description="of a record; else empty")
    set_by_owner: bool = Field(
        default=False,
        description="whether only the app's owner sets it (done, answered); never required then",
    )


class Collection(StructuredAnswer):
    """One kind of documents that the app's visitors share."""

    name: ForCrew
    holds: ForCrew = Field(description="what one document is")
    used_for: ForCrew = Field(description="who writes and who reads it, and when")
    # What is stored from before they were asked for has none: its file was written then.
    fields: list[CollectionField] = Field(default=[], description="what stands in one document")
    changeable_by: Literal["author", "owner", "all"] = Field(
        default="author",
        description="who may change and delete it; the app's owner may in any case",
    )


class DataModel(StructuredAnswer):
    """What the app remembers for all of its visitors."""

    summary: ForUser = Field(
        description="what visitors will share and who may change it, as the user reads it behind "
        "“Kept for all visitors:”"
    )
    collections: list[Collection]
    notes: list[ForCrew] = Field(description="what the engineer must know to use them")


class Look(StructuredAnswer):
    """How the page does by one criterion of its looks."""

    score: Literal[1, 2, 3, 4, 5] = Field(description="1 (broken) to 5 (outstanding); 3 is sound")
    reason: ForCrew = Field(description="to the engineer: what is seen, and what would be better")


class Looks(StructuredAnswer):
    """How the page looks in its pictures, the weightiest criterion first."""

    design: Look = Field(description="one idea in colours, letters, space and layout; a mood")
    originality: Look = Field(description="choices made for this app, no template")
    craft: Look = Field(description="contrast, alignment, spacing, on every screen and in dark")
    function: Look = Field(description="what matters is seen first, and how it is used")


class Verdict(StructuredAnswer):
    """Whether the app does what the user asked for."""

    summary: ForUser = Field(description="one sentence: what was tried, and what came of it")
    failures: list[ForUser] = Field(
        description="what does not work, one plain sentence to the user each; else empty"
    )
    works: bool | None = Field(
        description="whether all of it does; null where no trial came to the end of the list"
    )
    untried: list[ForUser] = Field(
        default=[],  # verdicts that are stored from before it was asked for
        description="what steps cannot reach and you have not seen, a few plain words to the user "
        "each, such as “the sound when the time is up”; else empty",
    )
    looks: Looks | None = Field(
        default=None,  # verdicts that are stored from before it was asked for
        description="how it looks in the pictures; null without any",
    )


class CodeFinding(StructuredAnswer):
    """One thing that is wrong with the code."""

    path: ForCrew
    problem: ForUser = Field(
        description="what is wrong and what it leads to, in plain words to the user, without code"
    )
    fix: ForCrew = Field(description="where it is in the code and how to fix it, to the engineer")
    blocking: bool = Field(description="whether the app must not go out with it")


class CodeReview(StructuredAnswer):
    """What somebody who did not write the code makes of it."""

    findings: list[CodeFinding]
    score: int = Field(description="0 (useless) to 10 (flawless)")

    @field_validator("score")
    @classmethod
    def _within_the_scale(cls, score: int) -> int:
        if not 0 <= score <= 10:
            raise ValueError("give 0 to 10")
        return score

    @property
    def blocking(self) -> list[CodeFinding]:
        """What keeps the app from being called ready."""
        return [finding for finding in self.findings if finding.blocking]
