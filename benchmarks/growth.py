"""What others can make our memory do: the most that a process grows by.

    python -m benchmarks.growth

Six users at once send what was made to hurt, what is merely large, what cannot be read, pictures
with a request, and requests whose apps are checked in a browser; twenty send papers. Each kind is
measured from where the one before it left the worker. Then a reader asks queries, one at a time as
readers must, each measured in the web processes and in the database server's. Wanted: at most
100 MB each, and of the server's, whose processes are limited to 1 GiB, at most so much and what
they share.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psutil
import psycopg
import requests

from benchmarks.bounds import Bounds
from benchmarks.ground import ask_for_app, own_server, running_stack
from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.stack import Stack, announced
from tests.hostile_pictures import HOSTILE, NOTHING, TRANSPARENT, jpeg_of_many_scans, png_of_nothing
from tests.memory_growth import growth_of
from tests.papers import EXCEL, PDF, bomb_of_cells, bomb_pdf, long_paper
from tests.papers import scan as photographed
from tests.pictures import noise, picture
from tests.voice_notes import ScriptedEars, scripted_transcriber, settings_of

USERS, PAPERS_AT_ONCE = 6, 20
WANTED_MB = 100.0
WANTED_OF_SERVER_MB = 1_300.0
WAIT = 240.0  # seconds for an answer

QUERIES = {
    "a query for all records": "SELECT * FROM records",
    "a query with an answer of 15 MB": (
        "SELECT repeat('x', 1000000) AS x FROM generate_series(1, 15)"
    ),
    "a query with an answer that is too large": (
        "SELECT repeat('x', 1000000) AS x FROM generate_series(1, 10000)"
    ),
    "a query for 900 MB in one value": (
        "SELECT string_agg(repeat('x', 1000000), '') AS x FROM generate_series(1, 900)"
    ),
}

Sending = Callable[[Phone], object]


def kinds(ears: ScriptedEars) -> dict[str, tuple[Sending, Callable[[PhoneMessage], bool]]]:
    """What is sent, by its name, and how the answer to it is known."""
    photo = noise(2_100)
    note = ears.note("Status?", size=15_000_000)
    large = picture("JPEG", size=(7_000, 7_000))
    scan = png_of_nothing(5_000, 5_000)
    clear = png_of_nothing(4_000, 4_000, TRANSPARENT)
    slow = jpeg_of_many_scans()
    scanned = photographed(pages=2, side=2_200)

    def with_a_request(phone: Phone) -> None:
        for _ in range(7):
            phone.send_file(photo, "image/jpeg")
        phone.send_file(photo, "image/jpeg", "Build me a counter like these")

    def with_a_paper(phone: Phone) -> None:
        phone.send_file(scanned, PDF, "scan.pdf")
        phone.wait_for(asked, WAIT)
        phone.say("Build a page with it")

    return {
        "a picture of 7000 x 7000 px of nothing": (sending(NOTHING), refused),
        "a picture that is decoded for ever": (sending(slow), refused),
        "a PDF that is none": (sending(b"%PDF-1.7" + bytes(4_000_000), PDF), unread),
        "papers: a PDF that unpacks to a lot": (sending(bomb_pdf(), PDF), unread),
        "papers: a PDF of large photos": (sending(scanned, PDF), asked),
        "papers: a PDF of 300 pages": (sending(long_paper(300), PDF), asked),
        "papers: a table that unpacks to a lot": (sending(bomb_of_cells(), EXCEL), asked),
        "papers: a request with a PDF of photos": (with_a_paper, announced),
        "an archive": (sending(HOSTILE["zip"] + bytes(4_000_000), "application/zip"), unopened),
        "a voice note of 15 MB": (sending(note, "audio/ogg"), heard),
        "a contact of 5 MB": (sending(b"FN:x\nNOTE:" + bytes(5_000_000), "text/vcard"), unopened),
        "a JPEG of 49 million pixels": (sending(large), asked),
        "a PNG of 25 million pixels": (sending(scan), asked),
        "a PNG of 16 million pixels, transparent": (sending(clear), asked),
        "a request for an app, which is checked": (ask_for_app, announced),
        "a request with eight photos": (with_a_request, announced),
    }


def sending(content: bytes, content_type: str = "image/png") -> Sending:
    return lambda phone: phone.send_file(content, content_type)


def refused(message: PhoneMessage) -> bool:
    return "could not open that picture" in message.body


def unopened(message: PhoneMessage) -> bool:
    return "can't open that kind of file" in message.body


def heard(message: PhoneMessage) -> bool:
    return "Nothing is being built" in message.body


def unread(message: PhoneMessage) -> bool:
    return "could not read that file" in message.body


def asked(message: PhoneMessage) -> bool:
    return "What shall I do with it" in message.body


def main() -> None:
    bounds = Bounds()
    with (
        own_server() as server,
        scripted_transcriber() as (transcriber, ears),
        running_stack(server, CHECK_APPS="true", **settings_of(transcriber)) as stack,
    ):
        for name, kind in kinds(ears).items():
            measure(stack, name, *kind, bounds)
        for name, sql in QUERIES.items():
            measure_query(stack, name, sql, bounds)
    bounds.end()


def measure(
    stack: Stack,
    name: str,
    send: Sending,
    answer: Callable[[PhoneMessage], bool],
    bounds: Bounds,
) -> None:
    """The megabytes that the worker grows by while users do this."""
    users = PAPERS_AT_ONCE if name.startswith("papers: ") else USERS
    phones = [stack.phone() for _ in range(users)]
    with growth_of(stack.program("worker").process.pid) as growth:
        with ThreadPoolExecutor(users) as pool:
            list(pool.map(send, phones))
        for phone in phones:
            phone.wait_for(answer, WAIT)
    megabytes = max(growth) / 2**20
    kept = bounds.at_most(megabytes, WANTED_MB)
    print(f"{users:2} x {name:<42} + {megabytes:5.1f} MB  {kept}", flush=True)


def measure_query(stack: Stack, name: str, sql: str, bounds: Bounds) -> None:
    """The megabytes that the web processes and the database server's grow by for an answer."""
    token = stack.environment["OPERATOR_TOKEN"]
    question = {"sql": sql, "min_timestamp": "2026-01-01T00:00:00Z", "limit": 10_000}
    with psycopg.connect(stack.database_url) as connection:
        server = psutil.Process(connection.info.backend_pid).ppid()
    with (
        growth_of(stack.program("web").process.pid, with_children=True) as of_web,
        growth_of(server, with_children=True) as of_server,
    ):
        answer = requests.post(
            f"{stack.public_url}/v2/query",
            json=question,
            headers={"Authorization": token},
            timeout=WAIT,
        )
    assert answer.status_code in {200, 400}, answer.text
    web, database = max(of_web) / 2**20, max(of_server) / 2**20
    kept = bounds.kept_if(web <= WANTED_MB and database <= WANTED_OF_SERVER_MB)
    print(f"    {name:<42} + {web:5.1f} MB, + {database:5.1f} MB in the server  {kept}", flush=True)


if __name__ == "__main__":
    main()
