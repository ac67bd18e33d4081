"""Settings that hold a value for each role, written as `frontend:high,qa:low`."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

ROLES = (
    "router",
    "companion",
    "orchestrator",
    "designer",
    "backend",
    "frontend",
    "qa",
    "code_reviewer",
    "devops",
)
EFFORTS = ("none", "low", "medium", "high", "xhigh", "max")
"""How much to think, from not at all."""

LEAST_OUTPUT, MOST_OUTPUT = 500, 128_000  # tokens


def _pairs(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    pairs = {}
    for part in value.split(","):
        role, colon, given = (piece.strip() for piece in part.partition(":"))
        if not colon or not given:
            raise ValueError("must look like frontend:…,qa:…")
        if role in pairs:
            raise ValueError("names a role twice")
        pairs[role] = given
    return pairs


def _known_roles(pairs: Mapping[str, Any]) -> Mapping[str, Any]:
    if pairs.keys() - set(ROLES):
        raise ValueError(f"names a role that there is not; there are {', '.join(ROLES)}")
    return pairs


def _known_efforts(pairs: Mapping[str, str]) -> Mapping[str, str]:
    if set(pairs.values()) - set(EFFORTS):
        raise ValueError(f"names an effort that there is not; there are {', '.join(EFFORTS)}")
    return pairs


def _possible_outputs(pairs: Mapping[str, int]) -> Mapping[str, int]:
    if not all(LEAST_OUTPUT <= tokens <= MOST_OUTPUT for tokens in pairs.values()):
        raise ValueError(f"must give {LEAST_OUTPUT} to {MOST_OUTPUT} tokens")
    return pairs


_Pairs, _Roles = BeforeValidator(_pairs), AfterValidator(_known_roles)
ByRole = Annotated[Mapping[str, str], _Pairs, _Roles]
EffortByRole = Annotated[Mapping[str, str], _Pairs, _Roles, AfterValidator(_known_efforts)]
OutputByRole = Annotated[Mapping[str, int], _Pairs, _Roles, AfterValidator(_possible_outputs)]
