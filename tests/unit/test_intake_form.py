import pytest
from werkzeug.datastructures import MultiDict

from bot.errors import RejectedWebhook
from bot.intake.form import check_message_sid, check_sender


@pytest.mark.parametrize("sid", ["SM" + "0a" * 16, "MM" + "F9" * 16])
def test_a_text_or_media_sid_is_accepted(sid: str) -> None:
    check_message_sid(MultiDict({"MessageSid": sid}))


@pytest.mark.parametrize(
    "sid",
    [
        "",
        "SM",
        "SM" + "0" * 31,
        "SM" + "0" * 33,
        "XX" + "0" * 32,
        "SM" + "g" * 32,
        "SM" + "0" * 32 + "\n",
        "../SM" + "0" * 32,
    ],
)
def test_anything_else_is_refused_as_a_sid(sid: str) -> None:
    with pytest.raises(RejectedWebhook) as refusal:
        check_message_sid(MultiDict({"MessageSid": sid}))
    assert refusal.value.status == 400


def test_a_form_without_a_sid_is_refused() -> None:
    with pytest.raises(RejectedWebhook):
        check_message_sid(MultiDict())


@pytest.mark.parametrize(
    "address",
    ["whatsapp:+15551234567", "whatsapp:US.13491208655302741918", "whatsapp:GB." + "a1" * 68],
)
def test_users_with_and_without_a_phone_number_may_write(address: str) -> None:
    check_sender(MultiDict({"From": address}))


@pytest.mark.parametrize(
    "address",
    ["", "whatsapp:", "+15551234567", "sms:+15551234567", "whatsapp:+1 555", "whatsapp:é"],
)
def test_a_sender_that_cannot_be_answered_is_refused(address: str) -> None:
    with pytest.raises(RejectedWebhook) as refusal:
        check_sender(MultiDict({"From": address}))
    assert refusal.value.status == 400
