"""What a conversation tells in words, because the model does not take it as it is."""

from dataclasses import dataclass, replace

from bot.errors import ContextExceeded, RequestRefused


@dataclass(frozen=True, kw_only=True)
class InWords:
    """Of papers it is told what they say, of pictures only that they are there."""

    papers: bool = False
    pictures: bool = False

    def after(
        self,
        refusal: ContextExceeded | RequestRefused,
        *,
        shows_papers: bool,
        shows_pictures: bool,
    ) -> "InWords | None":
        """What is told in words once a call was refused that showed these; None if no more is.

        What a refusal is about is seldom said in a form that can be read: papers come first, which
        may also be more than was estimated.
        """
        if isinstance(refusal, RequestRefused) and refusal.tool is not None:
            return None
        if shows_papers:
            return replace(self, papers=True)
        if shows_pictures and isinstance(refusal, RequestRefused):
            return replace(self, pictures=True)
        return None


AS_THEY_ARE = InWords()
