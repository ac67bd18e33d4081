"""Papers made harmless: PDFs written again, Office files as what they say."""

from collections.abc import Callable
from io import BytesIO

import pytest
from pypdf import PdfReader

from bot.attachments.beginnings import KEPT_LIMIT as LONGEST_TEXT
from bot.attachments.naming import path_of
from bot.attachments.office import read_office
from bot.attachments.papers import (
    KEPT_LIMIT,
    MOST_PAGES,
    MOST_SCANNED_PAGES,
    SHOWN_LIMIT,
    make_paper,
)
from bot.errors import AttachmentLocked, AttachmentRefused
from bot.projects.workspace import MAX_FILE_SIZE
from tests.papers import (
    DISHES,
    bomb_of_office,
    bomb_pdf,
    excel,
    locked,
    long_paper,
    menu,
    pdf,
    powerpoint,
    scan,
    scripted,
    word,
)

Made = Callable[[], bytes]  # by the test that needs it: a bomb takes a second


def test_a_paper_is_read_page_by_page() -> None:
    made = make_paper(menu())
    assert (made.pages, made.total) == (2, 2)
    assert made.says.startswith("[page 1]\nStarters and mains\n")
    assert "\n\n[page 2]\nMore\n" in made.says
    assert all(f"{dish} {price}" in made.says for dish, price in DISHES.items())


def test_a_paper_keeps_its_pages_and_nothing_beside_them() -> None:
    made = make_paper(scripted())
    for canary in (b"canaryscript", b"canary-within", b"/JavaScript"):
        assert canary in scripted()
        assert canary not in made.content
    assert not PdfReader(BytesIO(made.content)).metadata
    again = PdfReader(BytesIO(made.content))
    assert [page.extract_text() for page in again.pages] == [
        page.extract_text() for page in PdfReader(BytesIO(menu())).pages
    ]


def test_of_a_note_on_a_page_a_link_out_stays_and_a_script_goes() -> None:
    made = PdfReader(BytesIO(make_paper(noted()).content))
    notes = made.pages[0].annotations
    assert notes is not None
    actions = [note.get_object().get("/A") for note in notes]
    assert [action and action["/URI"] for action in actions] == ["https://example.com/", None]


def test_no_script_follows_a_link_and_no_file_goes_with_it() -> None:
    made = make_paper(noted())
    for canary in (b"canarynext", b"canaryformer", b"canaryfile", b"/JavaScript"):
        assert canary not in made.content


@pytest.mark.parametrize("progressive", [False, True])
def test_where_a_photo_of_a_paper_was_taken_is_told_nobody(progressive: bool) -> None:
    canaries = (b"canaryplace", b"canarycomment", b"canarybehind", b"canaryauthor", b"canaryfile")
    sent = photographed(progressive=progressive)
    made = make_paper(sent)
    for canary in canaries:
        assert canary in sent
        assert canary not in made.content
    before, after = (PdfReader(BytesIO(paper)).pages[0].images[0] for paper in (sent, made.content))
    assert before.image is not None
    assert after.image is not None
    assert after.image.tobytes() == before.image.tobytes()


def test_of_a_long_paper_the_first_pages_are_kept() -> None:
    made = make_paper(long_paper(MOST_PAGES + 20))
    assert (made.pages, made.total) == (MOST_PAGES, MOST_PAGES + 20)
    assert len(PdfReader(BytesIO(made.content)).pages) == MOST_PAGES
    assert f"This is sheet {MOST_PAGES}" in made.says
    assert f"This is sheet {MOST_PAGES + 1}" not in made.says


@pytest.mark.lengthy
def test_photos_in_a_paper_become_small_enough() -> None:
    made = make_paper(scan(pages=2, side=1_800))
    assert (made.pages, made.says) == (2, "")
    assert len(made.content) <= SHOWN_LIMIT < KEPT_LIMIT


def test_of_a_scan_there_are_no_more_pages_than_can_be_seen() -> None:
    large = make_paper(scan(pages=4, side=900))
    assert (large.pages, large.total, large.says) == (2, 4, "")
    assert SHOWN_LIMIT // 2 < len(large.content) <= SHOWN_LIMIT
    many = make_paper(pdf([[]] * (MOST_SCANNED_PAGES + 5)))
    assert (many.pages, many.total) == (MOST_SCANNED_PAGES, MOST_SCANNED_PAGES + 5)
    assert len(PdfReader(BytesIO(many.content)).pages) == MOST_SCANNED_PAGES


def test_a_paper_with_a_password_is_refused_and_one_with_an_empty_password_is_opened() -> None:
    with pytest.raises(AttachmentLocked):
        make_paper(locked(menu(), "secret"))
    opened = make_paper(locked(menu(), ""))
    assert not PdfReader(BytesIO(opened.content)).is_encrypted
    with pytest.raises(AttachmentLocked):
        read_office(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"))


@pytest.mark.parametrize(
    "made",
    [
        bytes,
        lambda: menu()[:300],
        lambda: menu()[:-400],
        lambda: b"%PDF-1.7" + bytes(1_000),
        lambda: word("x"),
        bomb_pdf,
    ],
    ids=["empty", "beginning", "cut off", "zeros", "another kind", "bomb"],
)
def test_what_is_no_paper_is_refused(made: Made) -> None:
    with pytest.raises(AttachmentRefused):
        make_paper(made())


def test_headings_of_a_document_are_told_apart() -> None:
    assert read_office(word("Hours", "Daily", headings=["Menu"]))[0] == "## Menu\nHours\nDaily"


def test_office_files_say_what_stands_in_them() -> None:
    document = word("Opening hours", "Daily", rows=[["Mon", "10-18"], ["Tue", "12-20"]])
    assert read_office(document) == ("Opening hours\nDaily\nMon | 10-18\nTue | 12-20", True)
    table = excel([["Dish", "Price"], ["Soup", 4.5], [None, None], ["Stew", 17]])
    assert read_office(table) == ("## Prices\nDish | Price\nSoup | 4.5\nStew | 17", True)
    assert read_office(powerpoint(("About", "Since 1987"))) == ("## 1\nAbout\nSince 1987", True)


def test_of_a_long_office_file_the_beginning_is_taken() -> None:
    said, is_whole = read_office(excel([[f"row {n}", "x" * 500] for n in range(600)]))
    assert (len(said), is_whole) == (LONGEST_TEXT, False)
    assert said.startswith("## Prices\nrow 0 | ")


def test_a_long_text_of_any_script_fits_into_a_file_of_a_project() -> None:
    assert LONGEST_TEXT == MAX_FILE_SIZE
    said, is_whole = read_office(word(*[f"{number} {'नमस्ते ' * 50}" for number in range(300)]))
    assert not is_whole
    assert LONGEST_TEXT - 4 < len(said.encode()) <= LONGEST_TEXT
    assert said.startswith("0 नमस्ते नमस्ते")


@pytest.mark.parametrize(
    "made",
    [
        bytes,
        lambda: b"PK\3\4" + bytes(100),
        lambda: word("x")[:9_000],
        word,
        bomb_of_office,
        menu,
    ],
    ids=["empty", "zip", "cut off", "says nothing", "bomb", "another kind"],
)
def test_what_is_no_office_file_is_refused(made: Made) -> None:
    with pytest.raises(AttachmentRefused):
        read_office(made())


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Our menu (2026).pdf", "papers/Our-menu-2026.pdf"),
        ("../../etc/passwd", "papers/passwd.pdf"),
        ("Menü à la carte.PDF", "papers/Menu-a-la-carte.pdf"),
        ("menu.v2", "papers/menu-v2.pdf"),
    ],
)
def test_a_paper_is_called_as_its_sender_calls_it_as_far_as_that_is_harmless(
    name: str, path: str
) -> None:
    assert path_of("papers", name, "pdf", b"") == path


def test_no_file_takes_the_place_of_another() -> None:
    names = ["قائمة.pdf", "меню.pdf", "меню 2026.pdf", "прайс 2026.pdf", "x" * 70, "x" * 71]
    names += ["prices.xlsx", "prices.docx", "prices.md", "🎉.md", "🎂.md"]
    assert len({path_of("papers", name, "md", b"") for name in names}) == len(names)
    assert path_of("files", "", "txt", b"a") != path_of("files", "", "txt", b"b")


def test_what_is_sent_again_takes_the_place_of_what_was_there() -> None:
    assert path_of("files", "список.txt", "txt", b"a") == path_of(
        "files", "список.txt", "txt", b"b"
    )


def noted() -> bytes:
    """A paper with a link out, which brings more, and a field that runs a script when pressed."""
    from pypdf import PdfWriter
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

    def script(canary: str) -> DictionaryObject:
        return DictionaryObject(
            {
                NameObject("/S"): NameObject("/JavaScript"),
                NameObject("/JS"): TextStringObject(canary),
            }
        )

    file = DictionaryObject({NameObject("/F"): TextStringObject("canaryfile")})
    more = {
        NameObject("/PA"): script("canaryformer"),
        NameObject("/AF"): ArrayObject([file]),
    }
    writer = PdfWriter(clone_from=PdfReader(BytesIO(menu())))
    for kind, action in (("/Link", ("/URI", "https://example.com/")), ("/Widget", ("/JS", "x"))):
        name, value = action
        run = {
            NameObject("/S"): NameObject("/URI" if name == "/URI" else "/JavaScript"),
            NameObject(name): TextStringObject(value),
            NameObject("/Next"): ArrayObject([script("canarynext")]),
        }
        note = {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject(kind),
            NameObject("/A"): DictionaryObject(run),
            **more,
        }
        writer.add_annotation(0, DictionaryObject(note))
    writer.pages[0][NameObject("/AF")] = ArrayObject([file])
    content = BytesIO()
    writer.write(content)
    return content.getvalue()


def photographed(*, progressive: bool) -> bytes:
    """A paper with a photo as a camera writes it, and another picture behind that."""
    from fpdf import FPDF
    from PIL import Image
    from pypdf import PdfWriter
    from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject

    notes = Image.Exif()
    notes[0x010E] = "canaryplace"
    photo = BytesIO()
    Image.effect_noise((300, 200), 90).convert("RGB").save(
        photo, "JPEG", exif=notes, comment=b"canarycomment", progressive=progressive
    )
    photo.write(b"\xff\xd8canarybehind\xff\xd9")
    paper = FPDF()
    paper.add_page()
    paper.image(photo, w=50)
    writer = PdfWriter(clone_from=PdfReader(BytesIO(paper.output())))
    (drawn,) = writer.pages[0]["/Resources"]["/XObject"].values()  # type: ignore[index]
    author, file = DecodedStreamObject(), DecodedStreamObject()
    author.set_data(b"canaryauthor")
    file.set_data(b"canaryfile")
    add = writer._add_object  # noqa: SLF001
    drawn.get_object()[NameObject("/Metadata")] = add(author)
    beside = add(DictionaryObject({NameObject("/EF"): add(file)}))
    drawn.get_object()[NameObject("/AF")] = ArrayObject([beside])
    content = BytesIO()
    writer.write(content)
    return content.getvalue()
