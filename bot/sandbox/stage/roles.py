"""What agents are called on the stage."""

_SPELLED = {"qa": "QA", "code_reviewer": "code reviewer"}


def role_name(agent_type: str) -> str:
    """A role in words."""
    return _SPELLED.get(agent_type, agent_type.replace("_", " "))


def agent_name(agent_id: str) -> str:
    """Role and version of an agent, by its id: `frontend_v2_k3j9x1` is frontend v2."""
    name, _, _ = agent_id.rpartition("_")
    role, _, version = name.rpartition("_")
    return f"{role_name(role)} {version}"
