"""Checks of this machine: its browser, the programs that agents may use, and its addresses."""

import asyncio
import os

from bot.checks.chromium import find_chromium
from bot.checks.protection import protection_of
from bot.cli.doctor.diagnosis import Diagnosis, bad, good
from bot.confinement.account import SECRETS
from bot.errors import BrowserMissing, ConfigurationError
from bot.mcp.configuration import read_configuration
from bot.mcp.inspection import inspect
from bot.settings.groups import Settings
from bot.sites.cookie_domains import shared_domain

_SANDBOX = {True: "in its sandbox", False: "without its sandbox, which the system does not allow"}
_NO_ACCOUNT = (
    "Run the worker as another user than root, or install Python, textcrew and Chromium where "
    "every user can read them."
)
_ALLOW = "Allow unprivileged user namespaces, or start the worker as root: it then uses another."


def check_addresses(settings: Settings) -> Diagnosis:
    """Look how far apps are from the product: as far as cookies go."""
    shared = shared_domain(settings.web.public_base_url, settings.web.sites_base_url)
    if shared is None or settings.is_local:
        return good("addresses", "no cookie that an app sets is sent to the product")
    return Diagnosis(
        check="addresses",
        ok=True,
        seen=f"an app can set cookies for {shared}, which are sent to the product as well",
        remedy="Give SITES_BASE_URL a domain of its own, best one on the Public Suffix List.",
    )


def check_browser(settings: Settings) -> Diagnosis:
    """Start a browser as a check does, and see what keeps its page away from this machine."""
    chromium = find_chromium()
    if chromium is None:
        return bad(
            "browser",
            "no Chromium was found",
            "Install one: apt-get install chromium-headless-shell, or playwright install chromium.",
        )
    secrets = [*SECRETS, *([settings.crew.mcp_config] if settings.crew.mcp_config else [])]
    try:
        protection = protection_of(chromium, secrets)
    except BrowserMissing as error:
        return bad("browser", str(error), "Start it by hand as the worker's user to see why.")
    is_ours = protection.account == os.geteuid()
    who = (
        "the worker's own account"
        if is_ours
        else f"account {protection.account}, which owns nothing"
    )
    seen = f"{chromium} as {who}, {_SANDBOX[protection.is_sandboxed]}"
    if is_ours and protection.account == 0:
        return bad("browser", f"{seen}; a page that breaks out of it is root", _NO_ACCOUNT)
    if not is_ours and protection.readable:
        paths = " ".join(protection.readable)
        return bad("browser", f"{seen}; it can read {paths}", f"Run: chmod go-rwx {paths}")
    if is_ours and not protection.is_sandboxed:
        return bad("browser", f"{seen}; a page that breaks out of it reads what we read", _ALLOW)
    return good("browser", seen)


def check_mcp(settings: Settings) -> Diagnosis:
    """Start every configured server and see what it offers."""
    if settings.crew.mcp_config is None:
        return good("mcp", "no MCP_CONFIG: agents have our own tools only")
    try:
        configuration = read_configuration(settings.crew.mcp_config)
    except ConfigurationError as error:
        return bad("mcp", str(error), "Mend the file, or unset MCP_CONFIG.")
    servers = asyncio.run(inspect(configuration))
    seen = "; ".join(f"{server.server}: {server.seen}" for server in servers)
    if not all(server.ok for server in servers):
        return bad(
            "mcp", seen, f"Mend what {settings.crew.mcp_config} says of it; README tells how."
        )
    return good("mcp", seen or "no server is configured")
