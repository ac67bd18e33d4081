"""Who reads a string that a model wrote, said by its type in the schema of the answer.

Rendering is part of reading the answer, so nobody who puts a message together has to think of it.
A test looks at every schema: a string whose reader is not said fails it.
"""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from bot.markup.characters import sendable
from bot.markup.whatsapp import as_label, as_whatsapp

ForUser: TypeAlias = Annotated[str, AfterValidator(as_whatsapp)]
"""Words for the user, in WhatsApp's marks."""

Label: TypeAlias = Annotated[str, AfterValidator(as_label)]
"""A title, a name or an answer to tap: one line for the user without marks."""

ForCrew: TypeAlias = Annotated[str, AfterValidator(sendable)]
"""Goes to other agents or to code, never to the user; it can be stored."""

Verbatim: TypeAlias = Annotated[str, "verbatim"]
"""Goes to a tool character by character, which refuses what it cannot take."""
