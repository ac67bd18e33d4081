"""The configuration of MCP servers: a JSON file in the usual `mcpServers` form.

`${NAME}` and `${NAME:-default}` stand for variables of the environment. Beside the usual keys a
server has `agents` (who may use it), `tools` (which of its tools; all if left out), `timeout`
(seconds a call may take) and `hosts` (where the links may lead that it makes).
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.errors import ConfigurationError
from bot.model.roles import checked_role

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


class ServerConfiguration(BaseModel):
    """One server: a program that is started (`command`), or an address (`url`)."""

    model_config = ConfigDict(frozen=True)

    command: str | None = None
    args: tuple[str, ...] = ()
    env: dict[str, str] = Field(default_factory=dict)
    cwd: str | None = None
    url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    headers: dict[str, str] = Field(default_factory=dict)
    disabled: bool = False
    agents: tuple[Annotated[str, AfterValidator(checked_role)], ...] = ("devops",)
    tools: tuple[str, ...] | None = None
    timeout: float = Field(default=60.0, gt=0, le=600)
    hosts: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_one_way(self) -> Self:
        if (self.command is None) == (self.url is None):
            raise ValueError("needs either a command or a url")
        return self


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The servers that can be tried, and what is wrong with the others, by their names."""

    servers: Mapping[str, ServerConfiguration]
    faults: Mapping[str, str]


NO_SERVERS = Configuration(servers={}, faults={})


def read_configuration(path: Path) -> Configuration:
    """Read the file. Raises `ConfigurationError` if it is not of the usual form.

    A server that is wrongly configured is a fault of its own and does not keep the others away.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"MCP_CONFIG: {path} cannot be read ({error}).") from None
    entries = document.get("mcpServers") if isinstance(document, dict) else None
    if not isinstance(entries, dict):
        raise ConfigurationError(f'MCP_CONFIG: {path} has no object "mcpServers".')
    environment = {**dotenv_values(".env"), **os.environ}
    servers: dict[str, ServerConfiguration] = {}
    faults: dict[str, str] = {}
    for name, entry in entries.items():
        try:
            server = _read_server(name, entry, environment)
        except ConfigurationError as error:
            faults[name] = str(error)
            continue
        if not server.disabled:
            servers[name] = server
    return Configuration(servers=servers, faults=faults)


def _read_server(
    name: str, entry: object, environment: Mapping[str, str | None]
) -> ServerConfiguration:
    if not _NAME.fullmatch(name):
        raise ConfigurationError("a server's name has up to 40 letters, digits, - and _")
    try:
        return ServerConfiguration.model_validate(_expanded(entry, environment))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        what = first["msg"].removeprefix("Value error, ")
        raise ConfigurationError(f"{where}: {what}" if where else what) from None


def _expanded(value: Any, environment: Mapping[str, str | None]) -> Any:
    """The value with its variables replaced. Raises `ConfigurationError` for one without value."""
    match value:
        case str():
            return _VARIABLE.sub(lambda found: _look_up(found, environment), value)
        case list():
            return [_expanded(item, environment) for item in value]
        case dict():
            return {key: _expanded(item, environment) for key, item in value.items()}
        case _:
            return value


def _look_up(found: re.Match[str], environment: Mapping[str, str | None]) -> str:
    value = environment.get(found["name"]) or found["default"]
    if value is None:
        raise ConfigurationError(f"the variable {found['name']} is not set")
    return value
