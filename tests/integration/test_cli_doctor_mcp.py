"""`textcrew doctor` starts every MCP server and says what is wrong with one."""

import json
from pathlib import Path

import pytest

from bot.cli.doctor.machine import check_mcp
from bot.settings.groups import Settings
from tests.mcp_server import over_stdio
from tests.settings import changed


def examined(settings: Settings, tmp_path: Path, **servers: object) -> tuple[bool, str]:
    path = tmp_path / "mcp.json"
    path.write_text(json.dumps({"mcpServers": servers}))
    finding = check_mcp(changed(settings, MCP_CONFIG=path))
    return finding.ok, finding.seen


@pytest.mark.lengthy
def test_a_server_that_answers_is_told_with_its_tools(settings: Settings, tmp_path: Path) -> None:
    assert examined(settings, tmp_path, hosting=over_stdio(tmp_path)) == (
        True,
        "hosting: 9 tools for devops",
    )


@pytest.mark.lengthy
def test_each_server_that_cannot_be_used_is_told(settings: Settings, tmp_path: Path) -> None:
    ok, seen = examined(
        settings,
        tmp_path,
        hosting=over_stdio(tmp_path, tools=["deploy_moon"]),
        missing={"command": "/nowhere/to/be/found"},
        unset={"command": "true", "env": {"TOKEN": "${NOBODY_SET_THIS}"}},
    )
    assert not ok
    assert "hosting: has no tool deploy_moon" in seen
    assert "missing: missing cannot be started: FileNotFoundError" in seen
    assert "unset: the variable NOBODY_SET_THIS is not set" in seen


def test_a_file_that_cannot_be_read_is_told(settings: Settings, tmp_path: Path) -> None:
    missing = changed(settings, MCP_CONFIG=tmp_path / "none.json")
    assert not check_mcp(missing).ok


def test_no_configuration_is_fine(settings: Settings) -> None:
    assert check_mcp(settings).ok


@pytest.mark.lengthy
def test_a_tool_that_no_agent_could_be_offered_is_told(settings: Settings, tmp_path: Path) -> None:
    assert examined(settings, tmp_path, hosting=over_stdio(tmp_path, is_odd=True)) == (
        True,
        "hosting: 10 tools for devops; odd is left out, its schema has anyOf at the top",
    )
    assert not examined(
        settings, tmp_path, hosting=over_stdio(tmp_path, is_odd=True, tools=["odd"])
    )[0]
