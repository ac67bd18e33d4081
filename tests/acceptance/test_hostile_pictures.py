"""Six users send a picture that is made to use up all memory; nobody else notices."""

from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.stack import Stack
from tests.hostile_pictures import NOTHING, gif_declaring, jpeg_declaring, webp_declaring
from tests.memory_growth import growth_of
from tests.pictures import picture

GROWTH_LIMIT = 100 * 2**20  # bytes


def test_six_hostile_pictures_at_once_cost_the_worker_little_and_are_answered(
    stack: Stack,
) -> None:
    stack.await_worker()
    speaker, *others = [stack.phone() for _ in range(6)]
    speaker.say("speak Spanish please")
    speaker.wait_for(lambda m: "te escribo en español" in m.body, 60)
    bombs = [NOTHING, NOTHING, NOTHING, jpeg_declaring(7_000, 7_000), gif_declaring(7_000, 7_000)]
    with growth_of(stack.program("worker").process.pid) as growth:
        speaker.send_file(webp_declaring(16_383, 16_383), "image/webp")
        for phone, bomb in zip(others, bombs, strict=True):
            phone.send_file(bomb, "image/png")
        speaker.wait_for(lambda m: "No pude abrir esa imagen" in m.body, 60)
        for phone in others:
            phone.wait_for(lambda m: "could not open that picture" in m.body, 60)
        sound_ones_are_taken(others[0])

    assert max(growth) < GROWTH_LIMIT
    assert len(stack.rows("SELECT 1 FROM attachment")) == 1
    assert stack.rows("SELECT 1 FROM procrastinate_jobs WHERE attempts > 1") == []


def sound_ones_are_taken(phone: Phone) -> None:
    phone.send_file(picture("JPEG", size=(6_000, 4_000)), "image/jpeg")
    phone.wait_for(lambda m: "What shall I do with it" in m.body, 60)
