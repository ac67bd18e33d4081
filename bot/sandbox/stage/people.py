"""The two people who may hold the demo's phone, so that one sees that nothing passes between."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with a number that belongs to nobody."""

    name: str
    address: str


PEOPLE = (
    Person(name="Sam", address="whatsapp:+15550100001"),
    Person(name="Ana", address="whatsapp:+15550100002"),
)


def person_at(address: str) -> Person:
    """Who is known by that address; somebody without a name for another one."""
    return next((p for p in PEOPLE if p.address == address), Person(name="Guest", address=address))
