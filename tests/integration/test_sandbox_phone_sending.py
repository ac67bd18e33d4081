"""The phone page in a real browser: what can be sent beside words, and how each is shown."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from bot.checks.chromium import CHROMIUM_OPTIONS, find_chromium
from bot.sandbox.twilio.messages import Attachment
from bot.sandbox.twilio.phone.client import Phone
from bot.sandbox.twilio.server import FakeTwilio
from tests.browser import PATIENCE
from tests.integration.phone_page import USER, Product, make_stand_in
from tests.pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser check")]

MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
PAGE = """<!doctype html><title>No</title><meta property="og:title" content="Todo &amp; more">
<meta property="og:description" content="A calm list."><meta property="og:image" content="/app.png">
"""
SPYING = '<title>Elsewhere</title><meta property="og:image" content="http://127.0.0.1:9/a.png">'
ACCESSIBLE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    product = Product()
    product.pages = {
        "app/": PAGE,
        "app.png": (picture("PNG"), {"Content-Type": "image/png"}),
        "a/short/": ("", 302, {"Location": f"{product.url}/app/"}),
        "spying/": SPYING,
        "away/": ("", 302, {"Location": "http://127.0.0.1:9/"}),
    }
    yield product
    product.stop()


@pytest.fixture(scope="module")
def running(product: Product) -> Iterator[FakeTwilio]:
    with make_stand_in(product) as server:
        yield server


@pytest.fixture
def stand_in(running: FakeTwilio, product: Product) -> FakeTwilio:
    running.reset()
    product.forms.clear()
    return running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*CHROMIUM_OPTIONS, *MICROPHONE]
        )
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        geolocation={"latitude": 52.52, "longitude": 13.405},
    )
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, stand_in: FakeTwilio) -> Iterator[Page]:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(stand_in.url)
    expect(page.locator("#presence")).to_have_text("online")
    yield page
    assert errors == []


def attach(page: Page, what: str) -> None:
    page.get_by_role("button", name="Send something else").click()
    page.get_by_role("button", name=what, exact=True).click()


def file(name: str, content_type: str, content: bytes) -> Any:
    return {"name": name, "mimeType": content_type, "buffer": content}


def delivered(page: Page, messages: int = 1) -> None:
    expect(page.get_by_role("img", name="delivered")).to_have_count(messages)


def brought(stand_in: FakeTwilio) -> list[Attachment]:
    """The files of all messages."""
    store = stand_in.broker.store
    return [file for message in store.conversation(USER) for file in store.attachments(message.sid)]


def test_a_voice_note_is_recorded_sent_and_played(
    page: Page, stand_in: FakeTwilio, product: Product
) -> None:
    page.get_by_role("button", name="Record a voice note").click()
    expect(page.get_by_role("timer")).to_have_text("0:01")
    page.get_by_role("button", name="Send the voice note").click()
    delivered(page)

    (form,) = product.forms
    assert (form["MessageType"], form["Body"], form["NumMedia"]) == ("audio", "", "1")
    (note,) = brought(stand_in)
    assert note.content_type.replace(" ", "") == "audio/ogg;codecs=opus"
    assert note.content.startswith(b"OggS")
    page.reload()
    # A browser reads its length from the last page of Ogg, and plays none with a wrong checksum.
    position = page.get_by_label("Position in the voice note")
    expect(position).to_have_attribute("aria-valuetext", re.compile(r"0:00 of 0:[0-9][1-9]"))
    page.get_by_role("button", name="Play the voice note").click()
    expect(page.get_by_role("button", name="Pause the voice note")).to_be_visible()
    expect(page.get_by_role("button", name="Play the voice note")).to_be_visible()  # it has ended


def test_a_recording_is_discarded_with_escape(page: Page, product: Product) -> None:
    page.get_by_role("button", name="Record a voice note").click()
    expect(page.get_by_role("group", name="Voice note")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Record a voice note")).to_be_focused()
    expect(page.get_by_label("Message", exact=True)).to_be_visible()
    assert product.forms == []


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        ("NotAllowedError", "may not use the microphone"),
        ("NotFoundError", "There is no microphone"),
    ],
)
def test_a_microphone_that_is_refused_is_told_in_a_sentence(
    page: Page, refusal: str, told: str
) -> None:
    page.evaluate(
        "name => (navigator.mediaDevices.getUserMedia = "
        "() => Promise.reject(new DOMException('', name)))",
        refusal,
    )
    page.get_by_role("button", name="Record a voice note").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text(told)
    page.get_by_label("Message", exact=True).fill("So I write.")
    expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)


def test_a_place_is_where_the_device_is_or_what_is_filled_in(
    page: Page, context: BrowserContext, product: Product
) -> None:
    attach(page, "Place")
    page.get_by_role("button", name="Take where I am now").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("may not know")
    context.grant_permissions(["geolocation"])
    page.get_by_role("button", name="Take where I am now").click()
    expect(page.get_by_label("Latitude")).to_have_value("52.520000")
    page.get_by_label("Longitude").fill("200")
    page.get_by_label("Address").fill("Main Street 1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()  # there is no such place
    page.get_by_label("Longitude").fill("13.4")
    page.get_by_role("textbox", name="Name").fill("Rosa's bakery")
    page.keyboard.press("Enter")
    delivered(page)

    (form,) = product.forms
    assert (form["MessageType"], form["Latitude"], form["Longitude"]) == (
        "location",
        "52.52",
        "13.4",
    )
    assert (form["Label"], form["Address"]) == ("Rosa's bakery", "Main Street 1")
    card = page.get_by_role("link", name="Rosa's bakery")
    expect(card).to_contain_text("Main Street 1")
    expect(card).to_have_attribute(
        "href", "https://www.openstreetmap.org/?mlat=52.52&mlon=13.4#map=16/52.52/13.4"
    )
    page.reload()
    expect(page.get_by_role("link", name="Rosa's bakery")).to_be_visible()


def test_an_album_is_sent_in_order_with_one_caption_and_shown_as_one(
    page: Page, stand_in: FakeTwilio, product: Product
) -> None:
    colours = ("#ff0000", "#00ff00", "#0000ff", "#ffff00", "#00ffff", "#ff00ff")
    photos = [picture("PNG", colour=colour) for colour in colours]
    page.get_by_label("Message", exact=True).fill("Our cakes")
    page.locator("#photos").set_input_files(
        [file(f"{n}.png", "image/png", photo) for n, photo in enumerate(photos)]
    )
    expect(page.get_by_role("heading", name="6 photos")).to_be_visible()
    expect(page.get_by_label("Caption")).to_have_value("Our cakes")
    page.get_by_role("button", name="Leave out photo 6").click()
    page.get_by_role("dialog").get_by_role("button", name="Send").click()
    delivered(page)

    assert [form["Body"] for form in product.forms] == ["Our cakes", "", "", "", ""]
    assert {(form["MessageType"], form["NumMedia"]) for form in product.forms} == {("image", "1")}
    assert [sent.content for sent in brought(stand_in)] == photos[:5]
    for _ in ("as it was sent", "as it is kept"):
        expect(page.locator(".message")).to_have_count(1)
        expect(page.locator(".message .text")).to_have_text("Our cakes")
        expect(page.locator(".album img").filter(visible=True)).to_have_count(4)
        page.get_by_role("button", name="Show 1 more").click()
        expect(page.locator(".album a[href^='/cdn/']").filter(visible=True)).to_have_count(5)
        page.reload()


def test_a_document_is_a_card_with_name_type_and_size(page: Page, product: Product) -> None:
    page.locator("#file").set_input_files(file("Menu.pdf", "application/pdf", b"x" * 4096))
    delivered(page)

    (form,) = product.forms
    assert (form["MessageType"], form["Body"]) == ("document", "Menu.pdf")
    for _ in ("as it was sent", "as it is kept"):
        card = page.get_by_role("link", name="Menu.pdf")
        expect(card).to_contain_text("PDF · 4 kB")
        expect(page.locator(".message .text")).to_be_hidden()
        with page.expect_download() as download:
            card.click()
        assert download.value.suggested_filename == "Menu.pdf"
        page.reload()


def test_a_contact_is_sent_as_a_card_and_shown_as_one(
    page: Page, stand_in: FakeTwilio, product: Product
) -> None:
    attach(page, "Contact")
    page.get_by_role("textbox", name="Name").fill("Baker; Rosa, B.")
    page.get_by_role("textbox", name="Phone").fill("+1 555 0100")
    page.keyboard.press("Enter")
    delivered(page)

    (form,) = product.forms
    assert (form["MessageType"], form["MediaContentType0"]) == ("contacts", "text/vcard")
    (card,) = brought(stand_in)
    assert b"FN:Baker\\; Rosa\\, B.\r\nTEL;TYPE=CELL:+1 555 0100\r\n" in card.content
    page.reload()
    expect(page.locator(".card.contact")).to_contain_text("Baker; Rosa, B.")
    expect(page.locator(".card.contact")).to_contain_text("+1 555 0100")


def test_a_sticker_has_no_bubble(page: Page, stand_in: FakeTwilio) -> None:
    Phone(stand_in.url, USER).send_sticker(picture("WEBP"))
    expect(page.get_by_alt_text("Sticker")).to_be_visible()
    transparent = "rgba(0, 0, 0, 0)"
    expect(page.locator(".message .bubble")).to_have_css("background-color", transparent)


def test_a_link_to_an_app_has_its_preview(
    page: Page, stand_in: FakeTwilio, product: Product
) -> None:
    sent = (f"It is ready:\n{product.url}/a/short/", f"{product.url}/away/", "http://127.0.0.1:9/x")
    for body in sent:
        stand_in.broker.send(to=USER, body=body, media=(), status_callback=None)
    preview = page.locator(".card.preview")
    expect(preview).to_have_count(1)
    expect(preview.locator(".name")).to_have_text("Todo & more")
    expect(preview.locator(".about")).to_have_text("A calm list.")
    expect(preview).to_have_attribute("href", f"{product.url}/a/short/")
    expect(preview.locator("img")).to_have_js_property("naturalWidth", 64)
    expect(page.locator(".message")).to_have_count(3)
    spying = page.request.get(
        f"{stand_in.url}/phone/preview", params={"url": f"{product.url}/spying/"}
    ).json()
    assert (spying["title"], spying["picture"]) == ("Elsewhere", "")
    for url in (
        f"{product.url}/app.png",
        "file:///etc/passwd",
        "http://bot.example.com@127.0.0.1/",
    ):
        asked = page.request.get(f"{stand_in.url}/phone/preview", params={"url": url})
        assert asked.json() is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_of_it_is_accessible_and_fits_a_narrow_screen(
    browser: Browser, stand_in: FakeTwilio, scheme: Any
) -> None:
    phone = Phone(stand_in.url, USER)
    phone.send_place(52.5, 13.4, "مخبز روزا", "Main Street 1")
    phone.send_album([(picture("PNG"), "image/png")] * 3, "Our cakes")
    phone.send_file(b"%PDF", "application/pdf", "A menu with a very long name that is cut.pdf")
    phone.send_contact(b"BEGIN:VCARD\r\nFN:Rosa\r\nTEL:+1 555 0100\r\nEND:VCARD")
    phone.send_file(b"no sound", "audio/ogg")
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(stand_in.url)
    expect(page.get_by_text("cannot be played here")).to_be_visible()
    expect(page.locator(".card.contact")).to_contain_text("Rosa")

    def look() -> None:
        found = Axe().run(page, options=ACCESSIBLE)
        assert found.violations_count == 0, found.generate_report()

    look()
    page.get_by_role("button", name="Send something else").click()
    look()
    page.keyboard.press("Escape")
    for what in ("Place", "Contact"):
        attach(page, what)
        look()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Record a voice note").click()
    expect(page.get_by_role("group", name="Voice note")).to_be_visible()
    look()
    for width in (320, 390, 1440):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        scroller = "(({scrollWidth, clientWidth}) => scrollWidth === clientWidth)(scroller)"
        assert page.evaluate(scroller)
    context.close()
