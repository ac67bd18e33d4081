"""The phone page in a real browser: what a user sees, types and gets back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.sandbox.twilio.contents import Interaction, Option
from bot.sandbox.twilio.messages import FakeMessage
from bot.sandbox.twilio.server import FakeTwilio
from tests.browser import running_browser, set_hidden
from tests.integration.phone_page import USER, Product, make_stand_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser check")]


@pytest.fixture
def product() -> Iterator[Product]:
    product = Product()
    yield product
    product.stop()


@pytest.fixture
def stand_in(product: Product) -> Iterator[FakeTwilio]:
    with make_stand_in(product) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, stand_in: FakeTwilio) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(stand_in.url)
    expect(page.locator("#presence")).to_have_text("online")
    yield page
    context.close()
    assert errors == []


def conversation(stand_in: FakeTwilio) -> list[FakeMessage]:
    return stand_in.broker.store.conversation(USER)


def answer(stand_in: FakeTwilio, body: str, media: tuple[str, ...] = ()) -> None:
    stand_in.broker.send(to=USER, body=body, media=media, status_callback=None)


def type_and_send(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.keyboard.press("Enter")


def test_a_first_request_is_one_click_and_the_answer_appears(
    page: Page, stand_in: FakeTwilio
) -> None:
    page.get_by_role("button", name="Build me a todo app with modern UI").click()
    expect(page.get_by_role("img", name="delivered")).to_be_visible()
    expect(page.get_by_text("What shall we build?")).to_be_hidden()

    stand_in.broker.show_typing(conversation(stand_in)[0])
    expect(page.locator("#presence")).to_have_text("typing…")
    expect(page.get_by_role("img", name="read")).to_be_visible()
    answer(stand_in, "Intent.")
    expect(page.get_by_role("log").get_by_text("Intent.")).to_be_visible()
    expect(page.locator("#presence")).to_have_text("online")


def test_a_tapped_button_is_sent_as_a_tap(page: Page, stand_in: FakeTwilio) -> None:
    options = (Option(id="publish it", title="Yes"), Option(id="keep it", title="No"))
    asked = stand_in.broker.send(
        to=USER,
        body="Shall I publish it?",
        media=(),
        status_callback=None,
        interaction=Interaction(kind="quick-reply", options=options),
    )
    page.get_by_role("log").get_by_role("button", name="No").click()
    expect(page.get_by_role("img", name="delivered")).to_be_visible()

    tapped = conversation(stand_in)[-1]
    assert (tapped.direction, tapped.body) == ("inbound", "No")
    assert tapped.interaction == Interaction(
        kind="quick-reply", options=options[1:], replied_sid=asked.sid
    )


def test_a_message_is_replied_to(page: Page, stand_in: FakeTwilio, product: Product) -> None:
    answer(stand_in, "Todo is online.")
    answer(stand_in, "Quiz is online.")
    page.locator(".message", has_text="Todo").get_by_label("Reply to this message").click()
    expect(page.locator("#quoted")).to_have_text("Todo is online.")
    page.get_by_label("Reply to nothing").click()
    expect(page.locator("#quoting")).to_be_hidden()
    page.locator(".message", has_text="Todo").get_by_label("Reply to this message").click()
    type_and_send(page, "make it blue")
    expect(page.get_by_role("img", name="delivered")).to_be_visible()
    expect(page.locator("#quoting")).to_be_hidden()
    type_and_send(page, "thanks")
    expect(page.get_by_role("img", name="delivered")).to_have_count(2)

    (todo, *_) = conversation(stand_in)
    replied_to = [form.get("OriginalRepliedMessageSid") for form in product.forms]
    assert replied_to == [todo.sid, None]


def test_the_conversation_and_the_draft_survive_a_reload(page: Page, stand_in: FakeTwilio) -> None:
    type_and_send(page, "Hello")
    expect(page.get_by_role("img", name="delivered")).to_be_visible()
    page.get_by_label("Message", exact=True).fill("half a though")
    page.reload()

    expect(page.locator(".message .text")).to_have_text(["Hello"])
    expect(page.get_by_label("Message", exact=True)).to_have_value("half a though")
    assert len(conversation(stand_in)) == 1


def test_whatsapp_s_marks_are_shown_and_html_is_not(page: Page, stand_in: FakeTwilio) -> None:
    answer(
        stand_in,
        "*bold* _slanted_ ~gone~ ```let a_b = 1*2*3``` 2*3*4 snake_case_name\n"
        "*See https://example.test/a_b_c/?x=1.* <img src=x onerror=alert(1)>",
    )
    text = page.locator(".message .text")
    expect(text.locator("strong").first).to_have_text("bold")
    expect(text.locator("em")).to_have_text(["slanted"])
    expect(text.locator("s")).to_have_text(["gone"])
    expect(text.locator("code")).to_have_text(["let a_b = 1*2*3"])
    expect(text.locator("strong a")).to_have_attribute("href", "https://example.test/a_b_c/?x=1")
    expect(text).to_contain_text("2*3*4 snake_case_name")
    expect(text).to_contain_text("<img src=x onerror=alert(1)>")
    expect(text.locator("img")).to_have_count(0)


def test_a_picture_is_shown_and_a_missing_one_is_a_link(page: Page, stand_in: FakeTwilio) -> None:
    missing = f"{stand_in.url}/no-such-picture.png"
    answer(stand_in, "Look", (missing,))

    expect(page.get_by_role("link", name=missing)).to_be_visible()


def test_a_message_that_the_bot_refuses_is_kept_and_sent_again(
    page: Page, stand_in: FakeTwilio, product: Product
) -> None:
    product.status = 503
    type_and_send(page, "Hello")
    expect(page.get_by_text("The bot refused it (HTTP 503).")).to_be_visible()

    product.status = 204
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("img", name="delivered", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()
    assert [message.status for message in conversation(stand_in)] == ["delivered"]


def test_what_is_written_while_the_stand_in_is_away_is_sent_when_it_is_back(
    browser: Browser, product: Product
) -> None:
    page = browser.new_page()
    with make_stand_in(product) as server:
        port = int(server.url.rsplit(":", 1)[1])
        page.goto(server.url)
        expect(page.locator("#presence")).to_have_text("online")
    type_and_send(page, "first")
    type_and_send(page, "second")
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    expect(page.get_by_role("img", name="waiting to be sent")).to_have_count(2)

    with make_stand_in(product, port) as server:
        expect(page.get_by_role("img", name="delivered")).to_have_count(2, timeout=60_000)
        expect(page.get_by_role("alert")).to_be_hidden()
        assert [message.body for message in conversation(server)] == ["first", "second"]
        page.close()


def test_a_text_that_is_too_long_is_kept_and_told(page: Page, stand_in: FakeTwilio) -> None:
    type_and_send(page, "x" * 1650)

    expect(page.get_by_text("50 characters too long for one message")).to_be_visible()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    assert conversation(stand_in) == []


def test_news_below_are_counted_while_the_user_reads_above(
    page: Page, stand_in: FakeTwilio
) -> None:
    for number in range(30):
        answer(stand_in, f"Line {number}")
    expect(page.locator(".message")).to_have_count(30)
    page.locator("#scroller").evaluate("scroller => (scroller.scrollTop = 0)")
    jump = page.get_by_role("button", name="Go to the newest message")
    expect(jump).to_be_visible()

    answer(stand_in, "News")
    expect(jump).to_have_text("1")
    jump.click()
    expect(page.get_by_text("News")).to_be_in_viewport()
    expect(jump).to_be_hidden()


def test_what_grows_above_the_newest_message_does_not_hide_it(
    page: Page, stand_in: FakeTwilio
) -> None:
    for number in range(30):
        answer(stand_in, f"Line {number}")
    expect(page.locator(".message")).to_have_count(30)

    # As a picture does that arrives late.
    page.locator(".bubble").first.evaluate("bubble => (bubble.style.height = '600px')")
    answer(stand_in, "News")

    expect(page.get_by_text("News")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Go to the newest message")).to_be_hidden()


def test_a_page_that_nobody_sees_holds_no_connection_and_catches_up(
    page: Page, stand_in: FakeTwilio
) -> None:
    with page.expect_event("requestfailed", lambda stopped: "phone/events" in stopped.url):
        set_hidden(page, True)
    answer(stand_in, "News")
    expect(page.get_by_text("News")).to_have_count(0)

    set_hidden(page, False)

    expect(page.get_by_text("News")).to_be_in_viewport()
    expect(page.locator("#presence")).to_have_text("online")


@pytest.mark.parametrize(("width", "framed"), [(360, False), (1280, True)])
def test_the_page_fits_the_screen(
    browser: Browser, stand_in: FakeTwilio, width: int, framed: bool
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 740})
    page.goto(stand_in.url)
    expect(page.get_by_text("Local stand-in for WhatsApp")).to_be_visible()
    box = page.locator(".phone").bounding_box()

    assert box
    assert box["width"] == (424 if framed else width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    expect(page.get_by_role("button", name="Record a voice note")).to_be_in_viewport()
    page.close()
