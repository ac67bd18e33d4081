"""The stand-in's taste: it sees whether there is anything to read in a picture, and no more.

| the request says | the app |
|---|---|
| murky | cannot be read in dark, until somebody sees it |
| lopsided | is tiny on a desktop, likewise |
"""

from collections.abc import Mapping
from io import BytesIO

from bot.model.answers import Look, Looks
from bot.sandbox.claude.answers import ToolCall, call
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.apps import STYLES

READABLE = 0.004  # share of a picture that stands out; even a small app has twice of it
STANDS_OUT = 60  # of 255 steps between a pixel and what most of the picture is

_BLEMISHES = {
    "murky": "@media (prefers-color-scheme: dark) { *, ::before, ::after { "
    "color: #101014 !important; background: #101014 !important; "
    "border-color: #101014 !important } }",
    "lopsided": "@media (min-width: 900px) { body { zoom: 0.15 } }",
}


def blemished(texts: dict[str, str], words: str) -> dict[str, str]:
    """The files with the blemishes that the words ask for."""
    wanted = _wanted(words)
    return {**texts, STYLES: "\n".join([texts[STYLES].rstrip(), *wanted, ""])} if wanted else texts


def judge(pictures: Mapping[str, bytes]) -> Looks | None:
    """What it thinks of pictures, by the words that name them; None without any."""
    if not pictures:
        return None
    unclear = [label.rstrip(":") for label, shown in pictures.items() if not _is_readable(shown)]
    sound = Look(score=4, reason="It looks like itself.")
    poor = Look(score=2, reason=f"Nothing can be read here: {', '.join(unclear)}.")
    return Looks(design=sound, originality=sound, craft=poor if unclear else sound, function=sound)


def polish(conversation: Conversation) -> list[ToolCall]:
    """What takes the blemishes away that were seen, as long as nobody has."""
    edits = [step for step in conversation.mending if step.tool == "replace_in_file"]
    is_done = any(step.input.get("path") == STYLES for step in edits)
    if is_done or "[looks, " not in conversation.findings:
        return []
    rules = "\n".join(_wanted(conversation.tagged("request")))
    return [call("replace_in_file", path=STYLES, old=rules, new="")] if rules else []


def _wanted(words: str) -> list[str]:
    return [rule for word, rule in _BLEMISHES.items() if word in words.lower()]


def _is_readable(picture: bytes) -> bool:
    from PIL import Image

    shades = Image.open(BytesIO(picture)).convert("L").histogram()
    most = shades.index(max(shades))
    apart = sum(count for shade, count in enumerate(shades) if abs(shade - most) > STANDS_OUT)
    return apart >= READABLE * sum(shades)
