"""What users can make a worker's memory do: the most that its process grows by.

    python -m benchmarks.growth

Six users at once send what was made to hurt, what is merely large, what cannot be read, pictures
with a request, and requests whose apps are checked in a browser. Each kind is measured from where
the one before it left the process. Wanted: at most 100 MB each.
"""

import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.handoffs import own_server
from benchmarks.records import fresh_database
from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.stack import Stack, announced
from tests.growth import growth_of
from tests.hostile_pictures import HOSTILE, NOTHING, TRANSPARENT, jpeg_of_many_scans, png_of_nothing
from tests.pictures import noise, picture

USERS = 6
WANTED_MB = 100.0
WAIT = 240.0  # seconds for an answer

Sending = Callable[[Phone], None]


def kinds() -> dict[str, tuple[Sending, Callable[[PhoneMessage], bool]]]:
    """What is sent, by its name, and how the answer to it is known."""
    photo = noise(2_100)
    large = picture("JPEG", size=(7_000, 7_000))
    scan = png_of_nothing(5_000, 5_000)
    clear = png_of_nothing(4_000, 4_000, TRANSPARENT)
    slow = jpeg_of_many_scans()

    def with_a_request(phone: Phone) -> None:
        for _ in range(7):
            phone.send_file(photo, "image/jpeg")
        phone.send_file(photo, "image/jpeg", "Build me a counter like these")

    return {
        "a picture of 7000 x 7000 px of nothing": (sending(NOTHING), refused),
        "a picture that is decoded for ever": (sending(slow), refused),
        "a PDF": (sending(b"%PDF-1.7" + bytes(4_000_000), "application/pdf"), unopened),
        "an archive": (sending(HOSTILE["zip"] + bytes(4_000_000), "application/zip"), unopened),
        "a sound": (sending(bytes(4_000_000), "audio/ogg"), unheard),
        "a contact of 5 MB": (sending(b"FN:x\nNOTE:" + bytes(5_000_000), "text/vcard"), unopened),
        "a JPEG of 49 million pixels": (sending(large), asked),
        "a PNG of 25 million pixels": (sending(scan), asked),
        "a PNG of 16 million pixels, transparent": (sending(clear), asked),
        "a request for an app, which is checked": (
            lambda phone: phone.say("Build me a counter"),
            announced,
        ),
        "a request with eight photos": (with_a_request, announced),
    }


def sending(content: bytes, content_type: str = "image/png") -> Sending:
    return lambda phone: phone.send_file(content, content_type)


def refused(message: PhoneMessage) -> bool:
    return "could not open that picture" in message.body


def unopened(message: PhoneMessage) -> bool:
    return "can't open that kind of file" in message.body


def unheard(message: PhoneMessage) -> bool:
    return "can't listen to voice notes" in message.body


def asked(message: PhoneMessage) -> bool:
    return "What shall I do with it" in message.body


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="textcrew-") as folder, own_server() as server:
        stack = Stack(fresh_database(server), Path(folder), CHECK_APPS="true")
        try:
            stack.start()
            stack.await_worker()
            worst = max(measure(stack, name, *kind) for name, kind in kinds().items())
        finally:
            stack.stop()
    if worst > WANTED_MB:
        sys.exit(f"wanted: at most {WANTED_MB:g} MB each")


def measure(
    stack: Stack, name: str, send: Sending, answer: Callable[[PhoneMessage], bool]
) -> float:
    """The megabytes that the worker grows by while six users do this."""
    phones = [stack.phone() for _ in range(USERS)]
    with growth_of(stack.program("worker").process.pid) as growth:
        with ThreadPoolExecutor(USERS) as pool:
            list(pool.map(send, phones))
        for phone in phones:
            phone.wait_for(answer, WAIT)
    megabytes = max(growth) / 2**20
    print(f"{USERS} x {name:<42} + {megabytes:5.1f} MB", flush=True)
    return megabytes


if __name__ == "__main__":
    main()
