"""What stands in an agent's opening, each part in a tag of its own.

Words are escaped, so that nothing a user writes can close a tag or open another. Material (what
agents wrote, sources, what a browser saw) is to be read to the letter, so there only its own
closing tag is broken.
"""

import re
from html import escape


def tagged(name: str, text: str) -> str:
    """`<name>text</name>` with the text escaped."""
    return f"<{name}>\n{escape(text, quote=False)}\n</{name}>"


def enclosed(name: str, material: str) -> str:
    """`<name>material</name>` with the material as it is, but for what would close the tag."""
    harmless = re.sub(rf"</(?=\s*{name}\b)", r"<\\/", material, flags=re.IGNORECASE)
    return f"<{name}>\n{harmless}\n</{name}>"
