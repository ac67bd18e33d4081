"""Finds a Chromium on this system: one in the path, Google Chrome, or Playwright's own download."""

import os
import shutil
from pathlib import Path

# The shell comes first: without a browser's windows a check takes about half the time.
_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)
_MAC_APPS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_DOWNLOADS = (
    ".cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "Library/Caches/ms-playwright/chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
)

NO_SANDBOX = "--no-sandbox"
# As root there is no sandbox to be had, and the rest keeps Chromium from calling home.
CHROMIUM_OPTIONS = (
    *((NO_SANDBOX,) if os.geteuid() == 0 else ()),
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What `bot.checks.site` does not answer goes nowhere: no name and no address resolves, no proxy
# helps, and a call between browsers (WebRTC) may send no datagram.
ISOLATION = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-proxy-server",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",  # the headless shell's name for it
    "--dns-prefetch-disable",
    "--disable-features=NetworkPrediction",
)


def find_chromium() -> str | None:
    """The path of a Chromium that can be started, or None."""
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    candidates = [Path(app) for app in _MAC_APPS]
    for pattern in _DOWNLOADS:
        candidates += sorted(Path.home().glob(pattern), reverse=True)
    return next((str(path) for path in candidates if os.access(path, os.X_OK)), None)
