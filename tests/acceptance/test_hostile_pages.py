"""A page under check reaches nothing but itself, and leaves nothing behind."""

import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from bot.checks import checker
from bot.checks.acceptance import Acceptance
from bot.checks.checker import check_app
from bot.checks.process_tree import ProcessTree
from bot.sandbox.claude.crew.acceptance import lacks, reads, that
from tests.checked_apps import SOUND
from tests.trials import tried

pytestmark = [
    pytest.mark.browser,
    pytest.mark.anyio,
    pytest.mark.xdist_group("checks of sound apps"),
]

# Every way out that a page has; what gets through is written on the page.
PRYING = """
const told = (way) => document.body.append(` REACHED-${way} `);
const ways = [TARGETS];
for (const url of ways) {
  fetch(url, { mode: "no-cors" }).then(() => told(url), () => {});
  const picture = new Image();
  picture.onload = () => told(url);
  picture.src = url;
  const frame = document.createElement("iframe");
  frame.src = url;
  document.body.append(frame);
  const script = document.createElement("script");
  script.src = url;
  script.onload = () => told(url);
  document.body.append(script);
  if (url.startsWith("http")) navigator.sendBeacon(url, "x");
  const hint = document.createElement("link");
  hint.rel = "preconnect";
  hint.href = url;
  document.head.append(hint);
  if (url.startsWith("http")) new WebSocket(url.replace(/^http/, "ws"));
  new EventSource(url).onopen = () => told(url);
  open(url);
}
new Worker(URL.createObjectURL(new Blob([`fetch("${ways[0]}")`])));
const call = new RTCPeerConnection({ iceServers: [{ urls: "stun:UDP" }] });
call.createDataChannel("x");
call.createOffer().then((offer) => call.setLocalDescription(offer));
setTimeout(() => document.body.append(" tried everything "), 700);
"""
# Ways out that need no script, and some that few pages know.
TAGS = """
<link rel="stylesheet" href="URL"><link rel="prefetch" href="URL"><link rel="manifest" href="URL">
<link rel="modulepreload" href="URL"><link rel="prerender" href="URL">
<style>
@import "URL"; @font-face { font-family: x; src: url(URL) } .x { background: url(URL) }
</style>
<p class="x" style="font-family: x">x</p>
<object data="URL"></object><embed src="URL"><video src="URL" poster="URL"><track src="URL"></video>
<audio src="URL" autoplay></audio><img srcset="URL 1x" alt=""><svg><image href="URL"></image></svg>
<form action="URL" method="post" target="out"><input name="x" aria-label="x"></form>
<iframe name="out" srcdoc="<img src='URL'>"></iframe><a href="URL" ping="URL" download>x</a>
"""
QUIETLY = """
for (const form of document.forms) form.submit();
for (const url of [TARGETS]) {
  const link = document.createElement("a");
  link.href = url;
  link.ping = url;
  link.target = "out";
  document.body.append(link);
  link.click();
  import(url).catch(() => {});
  try { new WebTransport(url.replace("http:", "https:")); } catch {}
  try { new SharedWorker(url); } catch {}
  navigator.serviceWorker?.register(url).catch(() => {});
  const turn = { urls: url.replace("http://", "turn:").replace("/", "") + "?transport=tcp" };
  try {
    const server = { ...turn, username: "x", credential: "x" };
    const call = new RTCPeerConnection({ iceServers: [server] });
    call.createDataChannel("x");
    call.createOffer().then((offer) => call.setLocalDescription(offer));
  } catch {}
}
setTimeout(() => document.body.append(" tried everything "), 700);
"""
TRIED = Acceptance(
    language="en",
    keeps_data=False,
    criteria=[that("It pries.", reads("tried everything"), lacks("REACHED"))],
)


async def test_a_prying_page_gets_nothing_from_the_machine_or_the_net() -> None:
    with _listening() as (port, visits):
        targets = [
            f"http://127.0.0.1:{port}/",
            f"http://localhost:{port}/",
            f"http://[::1]:{port}/",
            f"http://0.0.0.0:{port}/",
            "http://169.254.169.254/latest/meta-data/",
            "file:///etc/passwd",
        ]
        script = PRYING.replace("TARGETS", ", ".join(map(repr, targets)))
        files = {
            **SOUND["tip"].files,
            "app.js": script.replace("UDP", f"127.0.0.1:{port}"),
        }
        report = await tried(lambda: check_app(files, TRIED))

    assert visits == []
    assert not report.passed
    assert "REACHED" not in report.outline
    assert not [f for f in report.findings if f.check == "acceptance"], report.findings_for_agent()


async def test_quiet_ways_and_other_names_of_the_machine_lead_nowhere_either() -> None:
    with _listening() as (port, visits):
        names = ["127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", socket.gethostname()]
        targets = [f"http://{name}:{port}/" for name in names]
        sound = SOUND["tip"].files
        tags = "".join(TAGS.replace("URL", url) for url in targets)
        files = {
            **sound,
            "index.html": sound["index.html"].replace("</main>", f"{tags}</main>"),
            "app.js": QUIETLY.replace("TARGETS", ", ".join(map(repr, targets))),
        }
        report = await tried(lambda: check_app(files, TRIED))

    assert visits == []
    assert not report.passed
    assert f":{port}" in report.findings_for_agent()


async def test_a_report_that_is_too_long_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "LINE_LIMIT", 500)
    report = await check_app(SOUND["tip"].files, None)
    assert report.findings_for_agent().startswith(
        "[loads, blocking]: the check's report is too long"
    )


async def test_a_page_that_refreshes_itself_to_the_machine_stays_where_it_is() -> None:
    with _listening() as (port, visits):
        sound = SOUND["tip"].files
        refresh = f'<meta http-equiv="refresh" content="0; url=http://127.0.0.1:{port}/">'
        files = {**sound, "index.html": sound["index.html"].replace("<title>", f"{refresh}<title>")}
        report = await tried(lambda: check_app(files, TRIED))

    assert visits == []
    assert not report.passed


async def test_a_page_that_leaves_for_the_machines_addresses_stays_where_it_is() -> None:
    with _listening() as (port, visits):
        leave = f'location.href = "http://127.0.0.1:{port}/";'
        files = {**SOUND["tip"].files, "app.js": leave}
        report = await tried(lambda: check_app(files, SOUND["tip"].acceptance))

    assert visits == []
    assert not report.passed
    assert f"127.0.0.1:{port}" in report.findings_for_agent()


@pytest.fixture
def folder() -> Iterator[str]:
    """Where temporary files go; its path is short, because a browser's socket lies below it."""
    with tempfile.TemporaryDirectory(prefix="c-") as folder:
        yield folder


async def test_no_process_and_no_file_outlives_a_check(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", folder)
    files = {**SOUND["tip"].files, "app.js": "for (;;) {}"}
    before = set(psutil.Process().children(recursive=True))

    await check_app(files, SOUND["tip"].acceptance)

    left = set(psutil.Process().children(recursive=True)) - before
    assert [child for child in left if _command(child)] == []
    assert [p for p in psutil.process_iter() if folder in " ".join(_command(p))] == []
    assert os.listdir(folder) == []


def test_a_family_knows_its_members_and_ends_them() -> None:
    parent = psutil.Popen(["sh", "-c", "setsid sleep 60 & sleep 60"])
    family = ProcessTree(parent.pid)
    while len(parent.children(recursive=True)) < 2:
        pass
    members = parent.children(recursive=True)

    assert family.look() > 0
    family.kill()
    parent.wait()

    assert not [m for m in members if m.is_running() and m.status() != psutil.STATUS_ZOMBIE]


def _command(process: psutil.Process) -> list[str]:
    """What it runs; nothing for one that has ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@contextmanager
def _listening() -> Iterator[tuple[int, list[str]]]:
    """A port of this machine, on TCP and UDP, that notes whoever comes."""
    visits: list[str] = []
    tcp = socket.create_server(("", 0))
    port = tcp.getsockname()[1]
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))

    def accept() -> None:
        while True:
            try:
                peer, _ = tcp.accept()
            except OSError:
                return
            visits.append("tcp")
            peer.close()

    def receive() -> None:
        while udp.recv(2_000) != b"end":
            visits.append("udp")

    threads = [threading.Thread(target=accept), threading.Thread(target=receive)]
    for thread in threads:
        thread.start()
    try:
        yield port, visits
    finally:
        tcp.shutdown(socket.SHUT_RDWR)
        tcp.close()
        udp.sendto(b"end", ("127.0.0.1", port))
        for thread in threads:
            thread.join()
        udp.close()
