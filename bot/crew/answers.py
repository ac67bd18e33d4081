"""What agents answer, typed: the JSON schemas the model must fill, checked again on arrival."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

AgentType = Literal["designer", "frontend", "devops"]
WorkflowType = Literal["full_build", "bug_fix"]


class Answer(BaseModel):
    """A structured answer; unknown fields are refused so that the schema can be strict."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Route(Answer):
    """What a message is: a wish for a new app, a change to one, talk, or not clearly any."""

    kind: Literal["new_build", "change", "talk", "unsure"]
    project: int | None = Field(
        description="for a change: the project's number in the list, else null"
    )
    language: str = Field(description="the language to answer in: its ISO 639-1 code")
    remember: list[str] = Field(description="lasting facts that the person states, mostly none")


class Plan(Answer):
    """How the crew will fulfil a wish."""

    workflow: WorkflowType
    agents_needed: list[AgentType]
    reasoning: str
    estimated_complexity: Literal["simple", "moderate", "complex"]
    estimated_steps: int
    title: str = Field(description="the app's name, at most 40 characters")
    summary: str = Field(description="one sentence to the person: what will be built")


class Colour(Answer):
    """One colour of the palette."""

    name: str
    hex: str


class Component(Answer):
    """One part of the page and what it is for."""

    name: str
    purpose: str


class DesignSpecification(Answer):
    """What the page looks like and says."""

    summary: str = Field(description="one sentence to the person about the look")
    palette: list[Colour]
    typography: str
    layout: str
    components: list[Component]
    content: list[str] = Field(description="headings and texts that the page shows")
