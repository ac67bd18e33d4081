"""What users send, made harmless: pictures, texts, contacts, the fields that tell of them."""

from contextlib import suppress
from io import BytesIO

import pytest
from PIL import Image

from bot.attachments.mentions import (
    kinds_of,
    mentions,
    merged,
    with_mentions,
    without_files,
    without_mentions,
)
from bot.attachments.pictures import KEPT_LIMIT, LONGEST_SIDE, make_picture
from bot.attachments.texts import read_contact, read_text
from bot.errors import AttachmentRefused
from bot.twilio.media_fields import brought_files, has_unnamed_files, place
from tests.hostile_pictures import png_of_nothing
from tests.pictures import located_photo, picture


@pytest.mark.parametrize(
    ("form", "content_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")],
)
def test_the_four_kinds_of_pictures_stay_what_they_are(form: str, content_type: str) -> None:
    made = make_picture(picture(form))
    assert made.content_type == content_type
    assert Image.open(BytesIO(made.content)).size == (64, 48)


def test_a_photo_stands_upright_and_tells_nothing_else() -> None:
    made = make_picture(located_photo())
    assert Image.open(BytesIO(made.content)).size == (40, 60)
    assert b"canary-camera" not in made.content


@pytest.mark.parametrize("side", [64, 2 * LONGEST_SIDE], ids=["small", "made smaller"])
@pytest.mark.parametrize(
    ("form", "mode", "clear"),
    [
        ("PNG", "P", 0),
        ("PNG", "P", b"\x00\x80"),
        ("PNG", "L", 0),
        ("PNG", "RGB", (0, 0, 0)),
        ("PNG", "RGBA", None),
        ("GIF", "P", 0),
        ("WEBP", "RGBA", None),
    ],
)
def test_what_can_be_seen_through_stays_so(form: str, mode: str, clear: object, side: int) -> None:
    logo = Image.new(mode, (side, side))
    if mode == "P":
        logo.putpalette([0, 0, 0, 204, 51, 68])
        logo.paste(1, (side // 2, 0, side, side))
    else:
        logo.paste(160 if mode == "L" else (204, 51, 68), (side // 2, 0, side, side))
    content = BytesIO()
    logo.save(content, form, **({} if clear is None else {"transparency": clear}))

    kept = Image.open(BytesIO(make_picture(content.getvalue()).content)).convert("RGBA")
    corner, drawn = kept.getpixel((0, 0)), kept.getpixel((kept.width - 1, 0))
    assert isinstance(corner, tuple)
    assert isinstance(drawn, tuple)
    assert corner[3] == 0
    assert drawn[3] == (128 if clear == b"\x00\x80" else 255)


@pytest.mark.lengthy
def test_a_large_picture_becomes_small_enough() -> None:
    noise = Image.effect_noise((2400, 1800), 100).convert("RGB")
    content = BytesIO()
    noise.save(content, "PNG")
    made = make_picture(content.getvalue())
    assert len(made.content) <= KEPT_LIMIT
    assert max(Image.open(BytesIO(made.content)).size) <= LONGEST_SIDE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + b"\0" * 20,
        picture()[:60],
        picture("BMP"),
        png_of_nothing(10_000, 6_000),
    ],
    ids=["empty", "svg", "broken", "cut off", "another kind", "too many pixels"],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(AttachmentRefused):
        make_picture(content)


@pytest.mark.lengthy
@pytest.mark.filterwarnings("ignore")  # Pillow's own
@pytest.mark.parametrize("form", ["PNG", "WEBP", "JPEG", "GIF"])
def test_a_damaged_picture_is_refused_or_read_wherever_the_damage_is(form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    sound = picture(form, size=(300, 300), exif=exif)
    refused = 0
    for position in range(len(sound)):
        damaged = bytearray(sound)
        damaged[position] ^= 0x55
        with suppress(AttachmentRefused):
            make_picture(bytes(damaged))
            continue
        refused += 1

    assert refused


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"plain", "plain"),
        ("\ufeffmit BOM äöü".encode(), "mit BOM äöü"),
        ("Åsa".encode("cp1252"), "Åsa"),
        ("Milch, Brot".encode("utf-16"), "Milch, Brot"),
        (("Привет, мир. " * 20).encode("utf-16"), "Привет, мир. "),
    ],
)
def test_texts_are_read_in_any_encoding(content: bytes, text: str) -> None:
    assert read_text(content).startswith(text)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(AttachmentRefused):
        read_text(b"\0\1\2\xff" * 100)


def test_a_contact_says_who_and_how_to_reach_them() -> None:
    card = (
        "BEGIN:VCARD\nFN:Rosa\nitem1.TEL;waid=1:+1 555\nPHOTO;B64:xx\nADR:;;Main St;Town\nEND:VCARD"
    )
    assert read_contact(card.encode()) == "Rosa, +1 555, Main St Town"


@pytest.mark.parametrize("fold", ["\r\n ", "\n ", "\n\t"])
def test_a_long_line_of_a_contact_goes_on_in_the_next_one(fold: str) -> None:
    assert read_contact(f"BEGIN:VCARD\nNOTE:Call me{fold} in May\nEND:VCARD".encode()) == (
        "Call me in May"
    )


def test_the_fields_tell_of_files_and_places() -> None:
    fields = {
        "NumMedia": ["2"],
        "MediaUrl0": ["https://a"],
        "MediaContentType0": ["image/png; x=1"],
        "MediaUrl1": ["https://b"],
        "MediaContentType1": ["audio/ogg"],
        "Latitude": ["1.5"],
        "Longitude": ["2.5"],
        "Address": ["Main St"],
    }
    assert [(f.number, f.kind, f.content_type) for f in brought_files(fields)] == [
        (0, "picture", "image/png"),
        (1, "voice", "audio/ogg"),
    ]
    shown = "https://www.openstreetmap.org/?mlat=1.5&mlon=2.5"
    assert place(fields) == f"Main St, 1.5, 2.5, {shown}"
    assert place(fields | {"Latitude": ["1.5]\n[picture: x"]}) is None
    assert not has_unnamed_files(fields)
    assert has_unnamed_files({"NumMedia": ["1"]})
    assert place({}) is None


def test_words_are_told_from_mentions() -> None:
    assert without_mentions("[picture: pictures/1.png]\n[place: Home, 1.5, 2.5]") == ""
    assert without_mentions("like this\n\n[contact: Rosa]") == "like this"
    assert kinds_of("[picture: a.png]\n[contact: Rosa]") == {"picture", "contact"}
    assert kinds_of("[file: files/a.csv]\n[contact: Rosa]") == {"file", "contact"}
    assert without_mentions("[file: files/a.csv]\n\n") == ""
    assert mentions("two\n[file: a.csv]\n[file: b.csv]") == [
        "[file: a.csv]",
        "[file: b.csv]",
    ]
    assert with_mentions("it\n[picture: a.png]", ["a.png", "b.png", "c.txt"]) == (
        "it\n[picture: a.png]\n[picture: b.png]\n[file: c.txt]"
    )
    named = "like this\n[paper: a.pdf]\n[picture: b.png]\n[place: a.pdf]"
    assert without_files(named, ["a.pdf"]) == "like this\n[picture: b.png]\n[place: a.pdf]"


def test_messages_become_one_with_what_they_bring_in_order() -> None:
    said = ["[picture: 1.png]", "Our cakes\n[picture: 2.png]", "[file: a.csv]", "in blue"]
    assert merged(said) == ("Our cakes\nin blue\n[picture: 1.png]\n[picture: 2.png]\n[file: a.csv]")
