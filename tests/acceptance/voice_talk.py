"""How a scenario sends voice notes, and what it looks for."""

from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.stack import Stack

WHATSAPP = "audio/ogg; codecs=opus"


def heard_of(phone: Phone) -> list[str]:
    """What the user was told that was heard."""
    return [m.body for m in phone.messages() if m.body.startswith("I heard: ")]


def send(phone: Phone, recording: bytes, content_type: str = WHATSAPP) -> int:
    """Send a voice note; returns after which message the answer comes."""
    before = max((m.position for m in phone.messages()), default=0)
    phone.send_file(recording, content_type)
    return before


def says(beginning: str, message: PhoneMessage) -> bool:
    return message.body.startswith(beginning)


def hurry(stack: Stack, sets: str = "") -> bool:
    """Let a note that waits be heard now; whether one waits."""
    return bool(
        stack.rows(
            f"UPDATE procrastinate_jobs SET scheduled_at = now(){sets}"
            " WHERE status = 'todo' AND lock LIKE 'voice:%' RETURNING 1"
        )
    )


def closed(stack: Stack) -> bool:
    return not stack.rows("SELECT FROM request WHERE closed_at IS NULL")
