"""The beginning of a text that is longer than a file of a project may be."""

KEPT_LIMIT = 200_000  # bytes of UTF-8; what a file of a project may have


def beginning(text: str) -> tuple[str, bool]:
    """So much of a text as a file has room for, and whether that is all of it.

    Most scripts take two or three bytes a letter, so characters do not tell.
    """
    content = text.encode()
    if len(content) <= KEPT_LIMIT:
        return text, True
    return content[:KEPT_LIMIT].decode(errors="ignore"), False
