"""Whether a user would hear of what an operator does."""

# What is said instead of doing it, by why nothing is sent to them.
_WHY = {
    "opted_out": "Its user wants no messages.",
    "blocked": "No message reaches its user: they have blocked us, as Twilio says.",
    "moved": "No message reaches its user: their number is somebody else's by now.",
}


def why_unheard(reason: str | None) -> str | None:
    """Why no message reaches who is `suppressed` for that reason; None for None."""
    return None if reason is None else _WHY[reason]
