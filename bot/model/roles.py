"""The roles of agents: each has its prompt in `prompts/<role>.md`."""

from functools import cache
from importlib.resources import files

PROMPTS = files("bot.model") / "prompts"


@cache
def role_prompt(role: str) -> str:
    """The text of `prompts/<role>.md`."""
    return (PROMPTS / f"{role}.md").read_text("utf-8")


def checked_role(role: str) -> str:
    """`role`, if there are such agents. Raises `ValueError` with those that there are."""
    names = sorted(file.name.removesuffix(".md") for file in PROMPTS.iterdir())
    roles = [name for name in names if role_prompt(name).startswith(f"# Role: {name}\n")]
    if role not in roles:
        raise ValueError(f"there is no agent {role}; there are {', '.join(roles)}")
    return role
