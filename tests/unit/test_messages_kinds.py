"""What SQL says of kinds of messages is said of kinds that there are."""

import re
from pathlib import Path

import bot
from bot.messages.kinds import MessageKind

# Statements in which a kind is another thing: of records, of a recovery, of requirements.
OTHERS = {
    *("2.records.sql", "reading.sql", "recover_message.sql", "requirements.sql", "waterfall.sql")
}
OF_USERS = "said"  # what a user wrote, beside our messages

_COMPARED = re.compile(r"\b_?kind (?:=|<>|(?:NOT )?IN) (\([^)]*\)|'\w+')")


def test_every_kind_that_sql_names_is_one() -> None:
    named: dict[str, set[str]] = {}
    for path in Path(bot.__file__).parent.rglob("*.sql"):
        if path.name not in OTHERS and "migrations" not in path.parts:
            found = _COMPARED.findall(path.read_text("utf-8"))
            named[path.name] = set(re.findall(r"'(\w+)'", " ".join(found)))
    kinds = {kind.value for kind in MessageKind}

    assert {name: unknown for name, said in named.items() if (unknown := said - kinds)} == {
        "dialogue_state.sql": {OF_USERS}
    }
    for name in ("is_worth_repeating", "is_always_said", "is_still_true"):
        assert named[f"{name}.sql"]
    for name in ("dialogue_state", "replies", "context", "progress", "outbox"):
        assert named[f"{name}.sql"] & kinds
