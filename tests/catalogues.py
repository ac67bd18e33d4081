"""What stands in a catalogue of translations."""

from collections.abc import Sequence


def forms(written: str | Sequence[str] | None) -> tuple[str, ...]:
    """A sentence or its translation in each of its forms: one, or one for each kind of number."""
    assert written is not None
    return (written,) if isinstance(written, str) else tuple(written)
