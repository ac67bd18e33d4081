"""Files that were made to hurt whoever decodes them hurt a process of their own."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from tempfile import TemporaryFile

import psutil
import pytest
from PIL import Image

from bot.attachments import confined_reading
from bot.attachments.image_header import check_declared
from bot.attachments.pictures import LONGEST_SIDE, Picture
from bot.attachments.texts import TOLD_LIMIT
from bot.confinement.account import ACCOUNT, confined
from bot.errors import AttachmentRefused
from tests.hostile_pictures import HOSTILE, TRANSPARENT, jpeg_of_many_scans, png_of_nothing
from tests.papers import word
from tests.pictures import picture

pytestmark = pytest.mark.anyio

STOPPED = ("sh", "-c", 'kill -STOP $$; exec "$@"', "sh")  # starts a command once it is resumed


async def read(content: bytes) -> Picture:
    with TemporaryFile() as file:
        file.write(content)
        return await confined_reading.read_picture(file)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, what a test is not about takes no longer than it may."""
    monkeypatch.setattr(confined_reading, "TIME_LIMIT", 120.0)
    monkeypatch.setattr(confined_reading, "CLOSING_LIMIT", 60.0)


Left = Callable[[], list[psutil.Process]]


@pytest.fixture
def left_behind() -> Left:
    """The processes of this one that there are now and were not before the test."""
    before = psutil.Process().children()
    return lambda: [child for child in psutil.Process().children() if child not in before]


def reader() -> psutil.Process:
    """The process that reads, once it runs."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for child in psutil.Process().children():
            with suppress(psutil.NoSuchProcess):  # which has ended meanwhile
                if child.cmdline()[1:3] == ["-m", "bot.attachments.reader"]:
                    return child
        time.sleep(0.01)
    raise AssertionError("nothing reads")


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_picture_is_refused_and_leaves_nothing_behind(
    name: str, left_behind: Left
) -> None:
    before = psutil.Process().memory_info().rss
    with pytest.raises(AttachmentRefused):
        await read(HOSTILE[name])
    assert psutil.Process().memory_info().rss - before < 20_000_000
    assert left_behind() == []


@pytest.mark.parametrize("name", [name for name in HOSTILE if "declares" in name])
def test_what_declares_more_than_it_holds_is_refused_before_it_is_decoded(name: str) -> None:
    with pytest.raises(AttachmentRefused):
        check_declared(HOSTILE[name])


@pytest.mark.lengthy
async def test_a_large_picture_is_taken_and_scaled() -> None:
    photo = await read(picture("JPEG", size=(7_000, 7_000)))
    scan = await read(png_of_nothing(4_000, 4_000, TRANSPARENT))
    sticker = await read(picture("WEBP", size=(3_000, 3_000)))
    for made in (photo, scan, sticker):
        assert max(Image.open(BytesIO(made.content)).size) == LONGEST_SIDE


@pytest.mark.lengthy
async def test_who_takes_too_long_is_ended(
    monkeypatch: pytest.MonkeyPatch, left_behind: Left, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(confined_reading, "TIME_LIMIT", 1.0)
    with pytest.raises(AttachmentRefused):
        await read(jpeg_of_many_scans())
    assert "the process that reads a picture ended with None" in caplog.messages  # not by itself
    assert left_behind() == []


async def test_who_never_stops_answering_is_ended(
    monkeypatch: pytest.MonkeyPatch, left_behind: Left
) -> None:
    flood = [sys.executable, "-c", "while True: print('x' * 100_000)"]
    monkeypatch.setattr(confined_reading, "confined", lambda _: flood)
    before = psutil.Process().memory_info().rss
    async with asyncio.timeout(60):
        with pytest.raises(AttachmentRefused):
            await read(b"")
    assert psutil.Process().memory_info().rss - before < 20_000_000
    assert left_behind() == []


async def test_a_reading_that_is_given_up_is_ended(left_behind: Left) -> None:
    task = asyncio.create_task(read(jpeg_of_many_scans()))
    await asyncio.to_thread(reader)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left_behind() == []


async def test_the_process_knows_no_setting_and_owns_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "canary-token")
    task = asyncio.create_task(read(jpeg_of_many_scans()))
    process = await asyncio.to_thread(reader)
    known, user = process.environ(), process.uids().effective
    task.cancel()
    await asyncio.wait([task])

    assert user == (ACCOUNT if os.geteuid() == 0 else os.geteuid())
    assert "canary-token" not in known.values()
    assert known.keys() <= {"PATH", "PYTHONPATH", "LANG", "LC_CTYPE"}


async def test_a_long_document_is_read_within_the_time_that_there_is_for_it() -> None:
    lines = [f"Line {number}" for number in range(6_000)]
    with TemporaryFile() as file:
        file.write(word(*lines))
        assert await confined_reading.read_office(file) == ("\n".join(lines), True)


async def test_a_long_contact_says_no_more_than_fits_a_message() -> None:
    with TemporaryFile() as file:
        file.write(b"FN:Rosa\nNOTE:" + b"x" * 4_000_000)
        said = await confined_reading.read_contact(file)
    assert said.startswith("Rosa, xx")
    assert len(said) == TOLD_LIMIT


async def test_the_worker_stays_at_work_while_a_text_in_no_known_encoding_is_guessed_at(
    monkeypatch: pytest.MonkeyPatch, left_behind: Left
) -> None:
    monkeypatch.setattr(
        confined_reading, "confined", lambda command: [*STOPPED, *confined(command)]
    )
    with TemporaryFile() as file:
        file.write(os.urandom(200_000))
        longest, guessing = 0.0, asyncio.create_task(confined_reading.read_text(file))
        while not (stopped := [each for each in left_behind() if is_stopped(each)]):
            await asyncio.sleep(0.01)  # at work, while the text waits to be read
            assert not guessing.done()
        stopped[0].resume()
        while not guessing.done():
            began = time.thread_time()  # which the work of others does not add to
            await asyncio.sleep(0.01)
            longest = max(longest, time.thread_time() - began)
    with pytest.raises(AttachmentRefused):
        guessing.result()
    assert longest < 0.5


def is_stopped(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_STOPPED
    return False
