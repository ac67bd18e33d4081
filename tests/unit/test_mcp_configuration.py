"""The file that names MCP servers: the usual form, with what is wrong said for each server."""

import json
from pathlib import Path

import pytest

from bot.errors import ConfigurationError
from bot.mcp.configuration import Configuration, read_configuration


def read(tmp_path: Path, **servers: object) -> Configuration:
    path = tmp_path / "mcp.json"
    path.write_text(json.dumps({"mcpServers": servers}))
    return read_configuration(path)


def test_servers_in_the_usual_form_are_for_devops_unless_they_say_otherwise(
    tmp_path: Path,
) -> None:
    found = read(
        tmp_path,
        github={"type": "http", "url": "https://api.githubcopilot.com/mcp/"},
        files={"command": "npx", "args": ["-y", "server"], "agents": ["frontend"], "timeout": 5},
        off={"command": "npx", "disabled": True},
    )
    assert found.faults == {}
    assert found.servers.keys() == {"github", "files"}
    assert found.servers["github"].agents == ("devops",)
    assert found.servers["files"].timeout == 5


def test_variables_are_replaced_wherever_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEON_API_KEY", "secret")
    monkeypatch.delenv("REGION", raising=False)
    found = read(
        tmp_path,
        neon={
            "url": "https://${REGION:-eu}.example.com/mcp",
            "headers": {"Authorization": "Bearer ${NEON_API_KEY}"},
        },
    )
    assert found.servers["neon"].url == "https://eu.example.com/mcp"
    assert found.servers["neon"].headers == {"Authorization": "Bearer secret"}


@pytest.mark.parametrize(
    ("server", "fault"),
    [
        ({"command": "x", "env": {"A": "${NOBODY_SET_THIS}"}}, "NOBODY_SET_THIS is not set"),
        ({}, "needs either a command or a url"),
        ({"command": "x", "url": "https://example.com"}, "needs either a command or a url"),
        ({"command": "x", "agents": ["janitor"]}, "agents.0"),
        ({"command": "x", "timeout": 0}, "timeout"),
        ({"url": "ftp://example.com"}, "url"),
        ("npx", "valid dictionary"),
    ],
)
def test_a_wrong_server_is_told_and_keeps_no_other_away(
    tmp_path: Path, server: object, fault: str
) -> None:
    found = read(tmp_path, wrong=server, right={"command": "x"})
    assert found.servers.keys() == {"right"}
    assert fault in found.faults["wrong"]


@pytest.mark.parametrize("text", ["", "[]", '{"servers": {}}', '{"mcpServers": []}'])
def test_a_file_of_another_form_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mcp.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="MCP_CONFIG: "):
        read_configuration(path)


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_configuration(tmp_path / "missing.json")
