"""What stands in an opening beside the document: papers, parts in their tags, pictures."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.crew.images import shown_tokens
from handoffs.tokens import WorkingBudget

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam


@dataclass(frozen=True, kw_only=True)
class Material:
    """The user's papers, the parts in their tags, and the app's pictures behind what names them."""

    papers: "tuple[ContentBlockParam, ...]" = ()
    text: str = ""
    pictures: "tuple[ContentBlockParam, ...]" = ()


def within(
    pictures: "tuple[ContentBlockParam, ...]", budget: WorkingBudget
) -> "tuple[ContentBlockParam, ...]":
    """The pictures, where they leave room to work with them."""
    return pictures if shown_tokens(pictures) <= budget.usable // 4 else ()
