"""Two workers, twenty users at once: what is one user's reaches no other."""

import re
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from tests.acceptance.stack import Stack, announced
from tests.found import found

USERS = 20
CANARY = re.compile(r"canary[0-9a-f]{8}")

# Everything that agents read or write, with the user it belongs to.
TEXTS = {
    "openings": "SELECT user_id, opening FROM agent",
    "turns": "SELECT user_id, answer || coalesce(results, '') FROM turn"
    " JOIN agent USING (agent_id)",
    "documents": "SELECT user_id, document::text FROM handoff",
    "files": "SELECT user_id, convert_from(content, 'utf8') FROM workspace_file"
    " JOIN blob USING (project_id, sha256) JOIN project USING (project_id)",
    "messages": "SELECT user_id, body FROM outbox",
}


@pytest.fixture
def stack(database_url: str, tmp_path: Path) -> Iterator[Stack]:
    whole = Stack(database_url, tmp_path / "logs", WORKING_BUDGET_TOKENS="8000")
    try:
        whole.start().start_worker("second")
        yield whole
    finally:
        whole.stop()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_agent_document_or_file_of_one_user_reaches_another(stack: Stack) -> None:
    canaries = [f"canary{token_hex(4)}" for _ in range(USERS)]
    phones = [stack.phone() for _ in canaries]
    for phone, canary in zip(phones, canaries, strict=True):
        phone.say(f'Build me a counter called "{canary}", step by step')
    for phone in phones:
        phone.wait_for(announced, 300)

    owners = {
        found(CANARY, row["body"])[0]: row["user_id"]
        for row in stack.rows("SELECT user_id, body FROM inbound_message")
    }
    assert owners.keys() == set(canaries)
    for what, query in TEXTS.items():
        seen: set[tuple[str, str]] = set()
        for row in stack.rows(query):
            user_id, text = row.values()
            seen |= {(owners[canary], user_id) for canary in CANARY.findall(text)}
        assert {owner for owner, _ in seen} == set(owners.values()), what
        assert all(owner == user_id for owner, user_id in seen), what
    for phone, canary in zip(phones, canaries, strict=True):
        said = " ".join(m.body for m in phone.messages() if m.direction == "outbound")
        assert set(CANARY.findall(said)) == {canary}
    handoffs = stack.rows("SELECT count(*) AS n FROM handoff WHERE reason LIKE 'context%'")
    assert handoffs[0]["n"] >= USERS
    assert stack.rows("SELECT count(*) AS n FROM version") == [{"n": USERS}]
