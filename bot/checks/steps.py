"""The steps of an acceptance criterion: what a user could do, and what is then to be so.

A model writes them, so what it reads of each are the docstrings and descriptions here.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic_core import CoreSchema

from bot.markup.readers import ForCrew

MAX_WAIT = 3  # seconds of one criterion's steps together, because somebody waits for the check
MAX_ADVANCE = 7 * 24 * 3600  # seconds

Role = Literal[
    "button",
    "cell",
    "checkbox",
    "combobox",
    "dialog",
    "heading",
    "img",
    "link",
    "listitem",
    "menuitem",
    "option",
    "progressbar",
    "radio",
    "row",
    "searchbox",
    "slider",
    "spinbutton",
    "status",
    "switch",
    "tab",
    "textbox",
]
Ticked = Literal["checkbox", "radio", "switch"]
Direction = Literal["left", "right", "up", "down"]
Scheme = Literal["dark", "light"]
FileKind = Literal["picture", "text", "csv"]


class StrictModel(BaseModel):
    """A value that never changes; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Fill(StrictModel):
    """Type text into the field with that label (or placeholder), or set a slider to that number."""

    action: Literal["fill"]
    field: ForCrew
    text: ForCrew


class Choose(StrictModel):
    """Choose an option of the list with that label."""

    action: Literal["choose"]
    field: ForCrew
    option: ForCrew


class PickFile(StrictModel):
    """Choose a small file for the field, or by the button, of that name.

    It is photo.png (red), notes.txt ("First line", "Second line") or table.csv (columns name and
    amount; rows Ana 12 and Ben 30).
    """

    action: Literal["pick_file"]
    field: ForCrew
    kind: FileKind


class Click(StrictModel):
    """Click what has this role and accessible name."""

    action: Literal["click"]
    role: Role
    name: ForCrew


class Press(StrictModel):
    """Press a key where the focus is, such as Enter, Escape, a or 7."""

    action: Literal["press"]
    key: ForCrew


class Hover(StrictModel):
    """Point at something with a mouse without pressing."""

    action: Literal["hover"]
    thing: ForCrew = Field(description="the text on it, its label or its accessible name")


class Swipe(StrictModel):
    """Swipe with a finger."""

    action: Literal["swipe"]
    thing: ForCrew = Field(description="what is named or labelled so; empty: the page itself")
    direction: Direction


class Drag(StrictModel):
    """Drag one thing onto another, with a finger or a mouse, whatever the app takes."""

    action: Literal["drag"]
    thing: ForCrew = Field(description="the text on it, its label or its accessible name")
    onto: ForCrew = Field(description="the same of the other one")


class Reload(StrictModel):
    """Load the page again, as after closing and opening it."""

    action: Literal["reload"]


class SwitchPhone(StrictModel):
    """Go on with that phone; all steps begin on phone 1.

    Each is another visitor with storage of its own, who meets what is shared; "owner" is the app's
    owner, who may change what anybody wrote. A page that was open is shown again; one that does not
    look for news then shows them after a reload.
    """

    action: Literal["switch_phone"]
    phone: Literal[1, 2, 3, "owner"]


class Wait(StrictModel):
    """Let a moment pass, for an animation or the like; expectations wait by themselves."""

    action: Literal["wait"]
    seconds: float = Field(description=f"at most {MAX_WAIT}, in all steps of a criterion together")

    @model_validator(mode="after")
    def _is_short(self) -> Self:
        if not 0 < self.seconds <= MAX_WAIT:
            raise ValueError(f"wait at most {MAX_WAIT} seconds; advance_clock takes no time")
        return self


class AdvanceClock(StrictModel):
    """Let time pass for the app's clock and timers without waiting for it: games, alarms, days."""

    action: Literal["advance_clock"]
    seconds: int = Field(description=f"1 to {MAX_ADVANCE}, a week")

    @model_validator(mode="after")
    def _is_within_a_week(self) -> Self:
        if not 0 < self.seconds <= MAX_ADVANCE:
            raise ValueError(f"advance the clock by 1 to {MAX_ADVANCE} seconds")
        return self


class AnswerDialog(StrictModel):
    """How to answer the next window of the browser itself (alert, confirm, prompt).

    It stands before the step that brings the window about. Without it a window is accepted.
    """

    action: Literal["answer_dialog"]
    answer: Literal["accept", "dismiss"]
    text: ForCrew = Field(description="what is typed into a prompt, else empty")


class SetColours(StrictModel):
    """Set the phone itself to dark or to light colours."""

    action: Literal["set_colours"]
    scheme: Scheme


class SetNetwork(StrictModel):
    """Cut the phone off from the network, or connect it; offline no page can be loaded."""

    action: Literal["set_network"]
    is_online: bool


class ExpectText(StrictModel):
    """This text can be read on the page, in a field too; upper and lower case are the same."""

    action: Literal["expect_text"]
    text: ForCrew


class ExpectNoText(StrictModel):
    """This text cannot be read on the page."""

    action: Literal["expect_no_text"]
    text: ForCrew


class ExpectOrder(StrictModel):
    """These texts can be read on the page one after the other, as in a list that is sorted."""

    action: Literal["expect_order"]
    texts: list[ForCrew] = Field(description="2 or more, the first one first")

    @model_validator(mode="after")
    def _has_an_order(self) -> Self:
        if len(self.texts) < 2 or not all(text.strip() for text in self.texts):
            raise ValueError("give expect_order 2 or more texts")
        return self


class ExpectVisible(StrictModel):
    """Something with this role and accessible name is there; a listitem goes by its text."""

    action: Literal["expect_visible"]
    role: Role
    name: ForCrew


class ExpectChecked(StrictModel):
    """The one of this role and accessible name is on, or off."""

    action: Literal["expect_checked"]
    role: Ticked
    name: ForCrew
    is_on: bool


class ExpectCount(StrictModel):
    """So many things with this role (and name, unless it is empty) are there."""

    action: Literal["expect_count"]
    role: Role
    name: ForCrew
    count: int


class ExpectDialog(StrictModel):
    """A window of the browser itself (alert, confirm, prompt) has said this on this phone."""

    action: Literal["expect_dialog"]
    text: ForCrew


class ExpectColours(StrictModel):
    """Most of what can be seen is dark, or light."""

    action: Literal["expect_colours"]
    scheme: Scheme


class _PlainUnion:
    """Lets a union that is told by its `action` look plain in the schema: strict ones want that."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        schema = handler(core)
        return {"anyOf": schema["oneOf"]}


Step = Annotated[
    Fill
    | Choose
    | PickFile
    | Click
    | Press
    | Hover
    | Swipe
    | Drag
    | Reload
    | SwitchPhone
    | Wait
    | AdvanceClock
    | AnswerDialog
    | SetColours
    | SetNetwork
    | ExpectText
    | ExpectNoText
    | ExpectOrder
    | ExpectVisible
    | ExpectChecked
    | ExpectCount
    | ExpectDialog
    | ExpectColours,
    Field(discriminator="action"),
    _PlainUnion(),
]
ENTRIES = (Fill, Choose, PickFile)
EXPECTATIONS = (
    ExpectText,
    ExpectNoText,
    ExpectOrder,
    ExpectVisible,
    ExpectChecked,
    ExpectCount,
    ExpectDialog,
    ExpectColours,
)
