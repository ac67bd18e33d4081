"""Pictures, files, places and contacts: taken in, seen by the model, part of the app."""

import json
from io import BytesIO
from urllib.request import urlopen

import psycopg
import pytest
from PIL import Image

from bot.crew.images import NOT_TAKEN
from bot.messages import file_texts
from bot.sandbox.claude.faults import ClaudeFault
from bot.sandbox.twilio.faults import TwilioFault
from bot.sandbox.twilio.phone.client import Phone
from bot.services import MEDIA
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.memory_growth import growth_of
from tests.pictures import located_photo, noise, picture

GROWTH_LIMIT = 100 * 2**20  # bytes


def pictures_shown(stack: Stack) -> dict[str, int]:
    shown: dict[str, int] = {}
    for call in stack.model_calls():
        shown[call["role"]] = max(call["pictures"], shown.get(call["role"], 0))
    return shown


def test_a_picture_that_twilio_hands_over_later_is_waited_for(stack: Stack) -> None:
    busy = TwilioFault(operation="media", status=503, times=9)
    stack.twilio.broker.faults.add([busy])
    phone = stack.phone()
    phone.send_file(noise(60), "image/jpeg", "Build a landing page for my bakery like this")
    ready = phone.wait_for(announced, 90)

    told = [m.body for m in phone.messages() if m.position < ready.position]
    assert told.count(file_texts.FILE_FETCHED_LATER) == 1
    assert file_texts.FILE_NOT_FETCHED not in told
    assert pictures_shown(stack)["frontend"] == 1


def test_files_that_twilio_does_not_hand_over_keep_no_others_waiting(stack: Stack) -> None:
    faults = stack.twilio.broker.faults
    faults.add([TwilioFault(operation="media", hang_seconds=60, times=MEDIA)])
    for _ in range(MEDIA):
        stack.phone().send_file(noise(60), "image/jpeg", "Build a landing page like this")
    eventually(lambda: not faults.pending(), "all of them are waited for")
    phone = stack.phone()
    phone.send_file(noise(61), "image/jpeg")
    phone.wait_for(lambda m: "What shall I do with it" in m.body, 60)

    kinds = [row["kind"] for row in stack.rows("SELECT kind FROM outbox ORDER BY id")]
    assert kinds[0] == "what_for"


def test_a_picture_with_words_is_seen_by_the_crew_and_becomes_part_of_the_app(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.send_file(located_photo(), "image/jpeg", "Build a landing page for my bakery like this")
    ready = phone.wait_for(announced, 90)

    shown = pictures_shown(stack)
    assert (shown["orchestrator"], shown["designer"], shown["frontend"]) == (1, 1, 1)
    assert shown["code_reviewer"] == 0
    path = stack.rows("SELECT path FROM attachment")[0]["path"]
    page = urlopen(link_in(ready)).read().decode()
    assert f'<img src="{path}"' in page
    with urlopen(link_in(ready) + path) as answer:
        assert answer.headers["Content-Type"] == "image/jpeg"
        published = Image.open(BytesIO(answer.read()))
    assert published.size == (40, 60), "it stands upright"
    assert not published.getexif(), "and does not say where it was taken"
    assert stack.rows("SELECT body FROM inbound_message") == [
        {"body": f"Build a landing page for my bakery like this\n[picture: {path}]"}
    ]


def test_a_form_on_paper_is_seen_by_whoever_says_what_visitors_share(stack: Stack) -> None:
    phone = stack.phone()
    phone.send_file(
        picture("PNG"), "image/png", "Build me a poll that is filled in like this sheet"
    )
    phone.wait_for(announced, 90)
    assert pictures_shown(stack)["backend"] == 1


def test_a_crew_that_takes_no_pictures_builds_with_them_all_the_same(stack: Stack) -> None:
    stack.claude.faults.add([ClaudeFault(fault="refused_pictures", times=999)])
    phone = stack.phone()
    phone.send_file(picture(), "image/png", "Build a landing page for my bakery like this")
    page = urlopen(link_in(phone.wait_for(announced, 60))).read().decode()

    assert '<img src="pictures/' in page
    for role in ("orchestrator", "designer", "frontend"):
        refused, *answered = [c for c in stack.model_calls() if c["role"] == role]
        assert (refused["pictures"], refused["outcome"]) == (1, "refused")
        assert {call["pictures"] for call in answered} == {0}, "it is tried once"
        assert NOT_TAKEN in stack.briefs_of(role)


def test_of_many_large_pictures_a_model_is_shown_as_many_as_a_call_has_room_for(
    stack: Stack,
) -> None:
    phone = stack.phone()
    sides = (2000, 2100, 2200, 2300, 2400, 2500)
    for side in sides:
        phone.send_file(noise(side), "image/jpeg")
    phone.say("Build me a counter with these")
    phone.wait_for(announced, 90)

    assert 2 <= pictures_shown(stack)["frontend"] < len(sides)
    assert stack.rows("SELECT count(*) AS n FROM attachment WHERE project_id IS NOT NULL") == [
        {"n": len(sides)}
    ]


def test_a_picture_without_words_waits_for_them(stack: Stack) -> None:
    phone = stack.phone()
    phone.send_file(picture("PNG"), "image/png")
    phone.send_file(picture("WEBP", colour="#113355"), "image/webp")
    phone.wait_for(lambda m: "What shall I do with it" in m.body, 30)
    assert stack.model_calls() == []
    phone.say("Build me a counter with these")
    phone.wait_for(announced, 90)

    asked = [m for m in phone.messages() if "What shall I do with it" in m.body]
    assert len(asked) == 1, "pictures in a row are asked about once"
    assert pictures_shown(stack)["frontend"] == 2
    assert stack.rows("SELECT count(*) AS n FROM attachment WHERE project_id IS NULL") == [{"n": 0}]


def test_an_agent_looks_at_a_picture_of_the_project(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    first = phone.wait_for(announced, 90)
    phone.send_file(picture(), "image/png", "Make it blue, as in this screenshot")
    phone.wait_for(announced, 90, after=first.position)

    assert pictures_shown(stack)["frontend"] == 1
    assert stack.rows("SELECT status FROM build") == [{"status": "completed"}] * 2


def files_of_versions(stack: Stack) -> dict[int, bool]:
    """Whether each version holds a picture that was sent."""
    rows = stack.rows(
        "SELECT number, bool_or(path LIKE 'pictures/%') AS has_picture FROM version_file"
        " GROUP BY number"
    )
    return {row["number"]: row["has_picture"] for row in rows}


def phase_is(stack: Stack, phase: str) -> bool:
    return stack.rows("SELECT phase FROM build") == [{"phase": phase}]


def test_a_picture_for_the_next_version_leaves_the_one_under_review_alone(stack: Stack) -> None:
    stack.hold_model("code_reviewer")
    phone = stack.phone()
    phone.say("Build me a counter")
    eventually(lambda: phase_is(stack, "review"), "the code is read")
    phone.send_file(picture(), "image/png", "Make it blue, as in this screenshot")
    phone.wait_for(lambda m: "next" in m.body, 30)
    assert stack.rows("SELECT path FROM workspace_file WHERE path LIKE 'pictures/%'") == []
    stack.let_go()
    first = phone.wait_for(announced, 60)
    phone.wait_for(announced, 60, after=first.position)

    assert files_of_versions(stack) == {1: False, 2: True}


def test_a_picture_for_the_code_that_is_being_written_is_worked_in(stack: Stack) -> None:
    stack.hold_model("frontend")
    phone = stack.phone()
    phone.say("Build me a counter")
    eventually(lambda: phase_is(stack, "implementation"), "the code is written")
    phone.send_file(picture(), "image/png", "Make it blue, as in this screenshot")
    phone.wait_for(lambda m: m.body.startswith("Got it, adding that"), 30)
    stack.let_go()
    phone.wait_for(announced, 60)

    assert files_of_versions(stack) == {1: True}


def test_a_picture_of_a_doubtful_request_waits_as_long_as_the_question(stack: Stack) -> None:
    phone = stack.phone()
    phone.send_file(picture(), "image/png", "A counter would be nice")
    asked = phone.wait_for(lambda m: "just talking" in m.body, 30)
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("UPDATE attachment SET received_at = received_at - interval '20 h'")
    phone.say("yes")
    phone.wait_for(announced, 90, after=asked.position)

    assert files_of_versions(stack) == {1: True}


@pytest.mark.parametrize("end", ["stop", "never mind", "no thanks"])
def test_a_picture_that_the_user_gave_up_is_in_no_later_app(stack: Stack, end: str) -> None:
    phone = stack.phone()
    if end == "no thanks":
        phone.send_file(picture(), "image/png", "A counter would be nice")
        asked = phone.wait_for(lambda m: "just talking" in m.body, 30)
    else:
        phone.send_file(picture(), "image/png")
        asked = phone.wait_for(lambda m: "What shall I do with it" in m.body, 30)
    phone.say(end)
    phone.wait_for(lambda m: m.position > asked.position, 30)
    phone.say("Build me a counter")
    phone.wait_for(announced, 90)

    assert stack.rows("SELECT request_text FROM build") == [{"request_text": "Build me a counter"}]
    assert files_of_versions(stack) == {1: False}


def test_a_picture_of_an_idea_that_was_passed_over_is_in_no_other_app(stack: Stack) -> None:
    phone = stack.phone()
    phone.send_file(picture(), "image/png", "A counter would be nice")
    phone.wait_for(lambda m: "just talking" in m.body, 30)
    phone.say("Build me a todo app")
    phone.wait_for(announced, 90)

    assert stack.rows("SELECT request_text FROM build") == [{"request_text": "Build me a todo app"}]
    assert files_of_versions(stack) == {1: False}


PRICES = "".join(
    f"Loaf {number}; 3.{number:02}. Bake it; do not freeze it\n" for number in range(12)
)


def told_to(stack: Stack, role: str) -> str:
    """All text that the role's last call began with."""
    calls = [call for call in stack.claude.journal.answered() if call.role == role]
    opening = json.loads(calls[-1].body or b"")["messages"][0]["content"]
    return "\n".join(block["text"] for block in opening if block["type"] == "text")


def asked_for(stack: Stack) -> list[str]:
    rows = stack.rows("SELECT words FROM requirement ORDER BY number")
    return [row["words"] for row in rows]


def test_the_lines_of_a_text_file_are_material_and_no_wishes(stack: Stack) -> None:
    phone = stack.phone()
    phone.send_file(PRICES.encode(), "text/csv", "prices.csv")
    phone.say("Build me a landing page with my prices")
    ready = phone.wait_for(announced, 90)

    line = "[file: files/prices.csv]"
    assert asked_for(stack) == ["Build me a landing page with my prices", line]
    for role in ("orchestrator", "designer", "frontend", "code_reviewer"):
        told = told_to(stack, role)
        assert "=== files/prices.csv\nLoaf 0; 3.00. Bake it" in told, role
        assert line in told
        assert f"{line}\nLoaf" not in told, "it is no part of the words"
    assert "Loaf 11; 3.11" in urlopen(link_in(ready)).read().decode()

    phone.send_file(PRICES.replace("Loaf", "Cake").encode(), "text/csv", "cakes.csv")
    phone.say("Make it green and put these prices on it")
    phone.wait_for(announced, 90, after=ready.position)
    assert "Cake" not in " ".join(asked_for(stack))
    assert "Cake 11; 3.11. Bake it" in told_to(stack, "frontend")


def test_a_text_file_that_comes_meanwhile_is_material_too(stack: Stack) -> None:
    stack.hold_model("frontend")
    phone = stack.phone()
    phone.say("Build me a counter")
    stack.await_call("frontend")
    phone.send_file(PRICES.encode(), "text/csv", "prices.csv")
    eventually(lambda: stack.rows("SELECT FROM change_request"), "it belongs to what is built")
    stack.let_go()
    phone.wait_for(announced, 60)

    assert asked_for(stack)[1:] == ["[file: files/prices.csv]"]
    (told,) = stack.rows(
        "SELECT results::text AS told FROM turn WHERE results::text LIKE '%just written this%'"
    )
    assert "=== files/prices.csv\\nLoaf 0" in told["told"]


@pytest.mark.parametrize("caption", ["new app", "help", "English please"])
def test_a_picture_whose_words_are_done_at_once_is_for_the_next_ones(
    stack: Stack, caption: str
) -> None:
    phone = stack.phone()
    phone.send_file(picture(), "image/png", caption)
    phone.wait_for(lambda m: m.direction == "outbound", 30)
    phone.say("Build me a counter with this photo")
    phone.wait_for(announced, 90)

    (path,) = (row["path"] for row in stack.rows("SELECT path FROM attachment"))
    assert stack.rows("SELECT request_text FROM build") == [
        {"request_text": f"Build me a counter with this photo\n[picture: {path}]"}
    ]
    assert files_of_versions(stack) == {1: True}


@pytest.mark.parametrize("caption", ["help", "English please"])
def test_what_cannot_be_read_of_it_is_said_beside_the_answer(stack: Stack, caption: str) -> None:
    phone = stack.phone()
    say_and_expect(phone, b"....", "video/mp4", "can't watch videos", caption)
    eventually(lambda: len(phone.messages()) == 3, "both are said")
    assert stack.model_calls() == []


@pytest.mark.parametrize("caption", ["stop", "forget me"])
def test_a_picture_with_words_that_end_all_is_kept_for_nothing(stack: Stack, caption: str) -> None:
    phone = stack.phone()
    phone.send_file(picture(), "image/png", caption)
    phone.wait_for(lambda m: m.direction == "outbound", 30)
    assert stack.rows("SELECT FROM attachment") == []


def test_other_files_are_named_and_what_places_and_contacts_say_is_part_of_the_message(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.send_file("Åsa;3 loaves\n".encode("latin-1"), "text/csv", "orders.csv")
    assert wait_for_body(stack) == "[file: files/orders.csv]"
    for name in ("заказы.csv", "цены.csv"):
        phone.send_file(name.encode(), "text/csv", name)
    says = "SELECT says FROM attachment ORDER BY received_at"
    eventually(lambda: len(stack.rows(says)) == 3, "all are read")
    assert [row["says"] for row in stack.rows(says)] == ["Åsa;3 loaves\n", "заказы.csv", "цены.csv"]
    paths = stack.rows("SELECT count(DISTINCT path) AS n FROM attachment")
    assert paths == [{"n": 3}], "none takes the place of another"
    vcard = b"BEGIN:VCARD\r\nFN:Rosa Baker\r\nTEL;type=CELL:+1 555 0100\r\nPHOTO:x\r\nEND:VCARD\r\n"
    phone.send_file(vcard, "text/vcard")
    assert wait_for_body(stack) == "[contact: Rosa Baker, +1 555 0100]"
    phone.send_place(52.5, 13.4, "Rosa's bakery")
    assert wait_for_body(stack) == (
        "[place: Rosa's bakery, 52.5, 13.4, https://www.openstreetmap.org/?mlat=52.5&mlon=13.4]"
    )


def wait_for_body(stack: Stack) -> str:
    """What the latest message says, once its request is over."""

    def is_over() -> str:
        (latest,) = stack.rows(
            "SELECT body, status FROM inbound_message JOIN request USING (request_id)"
            " ORDER BY received_at DESC LIMIT 1"
        )
        return str(latest["body"]) if latest["status"] == "completed" else ""

    return eventually(is_over, "the latest request is over")


def test_what_cannot_be_read_is_answered_with_what_can(stack: Stack) -> None:
    phone = stack.phone()
    say_and_expect(phone, b"OggS", "audio/ogg", "can't listen to voice notes")
    say_and_expect(phone, b"....", "video/mp4", "can't watch videos")
    say_and_expect(phone, b"PK", "application/zip", "can't open that kind of file")
    say_and_expect(
        phone, b"<script>no picture</script>", "image/png", "could not open that picture"
    )
    say_and_expect(phone, b"x" * (5 * 2**20 + 1), "image/png", "could not open that picture")

    assert stack.model_calls() == []
    assert stack.rows("SELECT 1 FROM attachment") == []


def test_files_of_40_mb_do_not_arrive_and_are_answered(stack: Stack) -> None:
    stack.await_worker()
    phone = stack.phone()
    large = bytes(40_000_000)
    with growth_of(stack.program("worker").process.pid) as growth:
        say_and_expect(phone, large, "video/mp4", "can't watch videos")
        before = max(m.position for m in phone.messages())
        phone.send_file(large, "application/pdf", "Build me a menu.pdf")
        phone.wait_for(lambda m: "larger than 16 MB" in m.body, 30, after=before)
        assert stack.model_calls() == [], "the name of a file is no wish"
        phone.send_file(large, "video/mp4", "Build me a counter")
        phone.wait_for(lambda m: "can't watch videos" in m.body, 30, after=before)
        phone.wait_for(announced, 60)

    assert max(growth) < GROWTH_LIMIT
    fields = stack.rows("SELECT message_type, body FROM inbound_message ORDER BY received_at")
    assert [row["message_type"] for row in fields] == ["video", "document", "video"]
    assert stack.rows("SELECT FROM attachment") == []
    read_again = "SELECT FROM procrastinate_jobs WHERE task_name = 'read_message' AND attempts > 1"
    assert stack.rows(read_again) == []


def say_and_expect(
    phone: Phone, content: bytes, content_type: str, answer: str, caption: str = ""
) -> None:
    before = max((m.position for m in phone.messages()), default=0)
    phone.send_file(content, content_type, caption)
    phone.wait_for(lambda m: answer in m.body, 30, after=before)
