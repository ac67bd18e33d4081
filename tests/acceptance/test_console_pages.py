"""What operators ask of the console, in a real browser, each answered within three clicks.

One app is finished and one of its messages was not delivered, one build has failed, one waits for
an answer; somebody calls their app a script, somebody else's reads from right to left.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.acceptance.lending import Lender
from tests.acceptance.operated import Operated, disguise, operate
from tests.acceptance.stack import eventually
from tests.browser import running_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser check")]

WIDTHS = (1440, 390)
NEWEST_OPEN = """
    SELECT request_id FROM request
    WHERE request_type = 'build' AND closed_at IS NULL AND user_id <> %(user_id)s
"""
AXE = files("axe_playwright_python") / "axe.min.js"
AXE_RULES = "() => axe.run(document, {resultTypes: ['violations']})"


@pytest.fixture(scope="module")
def operated(lender: Lender) -> Iterator[Operated]:
    with lender.lend({}) as stack:
        operated = operate(stack)
        disguise(operated)
        yield operated


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


class Operator:
    """Somebody before the console, whose clicks are counted."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.clicks = 0
        self.said: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        self._url = url

    def open(self, path: str = "/console") -> None:
        answer = self.page.goto(self._url + path)
        assert answer is not None
        assert answer.status == 200, path

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1

    def search(self, words: str) -> None:
        self.page.get_by_label("Search", exact=True).fill(words)
        self.page.keyboard.press("Enter")
        self.clicks += 1

    def link(self, identifier: object, within: str) -> Locator:
        return self.page.locator(within).get_by_role("link", name=str(identifier)[:8]).first


def operator_of(browser: Browser, operated: Operated, width: int, **more: Any) -> Operator:
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": 900},
        extra_http_headers={"Authorization": "Bearer acceptance-operator-token"},
        timezone_id="Asia/Tokyo",
        **more,
    )
    return Operator(context.new_page(), operated.stack.public_url)


@pytest.fixture(params=WIDTHS)
def operator(
    request: pytest.FixtureRequest, browser: Browser, operated: Operated
) -> Iterator[Operator]:
    operator = operator_of(browser, operated, request.param)
    operator.open()
    yield operator
    assert operator.clicks <= 3
    assert operator.said == []
    operator.page.context.close()


def test_why_did_this_build_fail(operator: Operator, operated: Operated) -> None:
    expect(operator.page.locator("#ended")).to_contain_text("ModelRefused")
    operator.click(operator.link(operated.failed["request_id"], "#ended"))
    expect(operator.page.locator("#head")).to_contain_text("ModelRefused")
    expect(operator.page.locator("#waterfall tr[aria-current] th")).to_contain_text("model call")
    expect(operator.page.locator(".detail")).to_contain_text("frontend")


def test_why_did_the_build_of_this_user_fail(operator: Operator, operated: Operated) -> None:
    operator.search(operated.failed["user_id"][:10])
    expect(operator.page.locator("#requests")).to_contain_text("ModelRefused")
    operator.click(operator.link(operated.failed["request_id"], "#requests"))
    operator.click(operator.page.locator("#head").get_by_role("link", name="ModelRefused"))
    expect(operator.page.locator(".waterfall tr.bad").first).to_be_visible()
    assert "errors=1" in operator.page.url


def test_who_waits_and_since_when(operator: Operator, operated: Operated) -> None:
    waits = operator.page.locator("#waits")
    expect(waits).to_contain_text(operated.waiting["user_id"][:8])
    expect(waits).to_contain_text("for ")
    expect(operator.page.locator("#work")).to_contain_text("question 1 of 2")
    expect(operator.page.locator("#verdict")).to_contain_text("1 waits for the user")


def test_was_this_message_delivered_and_if_not_why(operator: Operator, operated: Operated) -> None:
    operator.search(operated.lost_sid)
    expect(operator.page.locator("#messages tr.bad")).to_contain_text(
        "the recipient's address is not valid"
    )
    failed = operator.page.locator(".waterfall tr.bad")
    expect(failed.filter(has_text="message: understood")).to_be_visible()


def test_what_did_yesterday_cost_and_who(operator: Operator, operated: Operated) -> None:
    operator.click(operator.page.get_by_role("link", name="who spent it"))
    operator.click(operator.page.get_by_role("link", name="The day before"))
    expect(operator.page.get_by_role("heading", level=1)).to_contain_text("$3.21")
    operator.click(operator.link(operated.finished["user_id"], "main"))
    expect(operator.page.locator("#head")).to_contain_text(operated.finished["user_id"])


def test_show_me_the_whole_trace(operator: Operator, operated: Operated) -> None:
    operator.click(operator.link(operated.finished["request_id"], "#ended"))
    rows = operator.page.locator(".waterfall tbody tr")
    few = rows.count()
    operator.click(operator.page.get_by_role("link", name="The whole trace"))
    expect(operator.page.locator(".waterfall")).to_contain_text("agent_task_execution")
    expect(operator.page.locator(".waterfall")).to_contain_text("agent_spawned")
    assert rows.count() > few


def test_which_agent_burns_tokens(operator: Operator, operated: Operated) -> None:
    operator.click(operator.link(operated.finished["request_id"], "#ended"))
    operator.click(
        operator.page.get_by_role("navigation", name="On this page").get_by_text("Agents")
    )
    shown = operator.page.locator("#agents tbody tr")
    told = {
        row.locator("th").inner_text().split()[0]: row.locator("td").nth(-2).inner_text()
        for row in shown.all()
    }
    spent = operated.stack.rows(
        "SELECT split_part(agent_id, '_v', 1) AS role, sum(input_tokens + output_tokens"
        " + cache_creation_tokens + cache_read_tokens)::int AS tokens FROM model_call"
        " WHERE request_id = %(request_id)s AND agent_id LIKE 'frontend%%' GROUP BY 1",
        {"request_id": operated.finished["request_id"]},
    )
    assert told["frontend"] == f"{spent[0]['tokens']:,}"
    for kind in ("model", "tool"):
        expect(shown.locator(f".life .k-{kind}").first).to_be_attached()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_every_page_is_for_everybody(
    browser: Browser, operated: Operated, width: int, scheme: Any
) -> None:
    """By axe, without a sideways scroll, without a complaint of the policy; scripts are text."""
    operator = operator_of(browser, operated, width, color_scheme=scheme)
    page = operator.page
    for path in pages_of(operated):
        operator.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate(AXE_RULES)["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], path
        assert "owned" not in page.title()
        assert "canary" not in page.content().lower()
        assert operated.number[1:] not in page.content()
    assert operator.said == []
    page.context.close()


def test_no_span_tells_what_a_user_wrote(browser: Browser, operated: Operated) -> None:
    operator = operator_of(browser, operated, 1440)
    spans = operated.stack.rows(
        "SELECT DISTINCT ON (request.request_id, span_name) request.request_id, record.span_id"
        " FROM request JOIN records_all AS record USING (trace_id)"
        " WHERE request.request_id = ANY (%(ids)s)",
        {"ids": [operated.finished["request_id"], operated.failed["request_id"]]},
    )
    assert len(spans) > 20
    for span in spans:
        path = f"/console/requests/{span['request_id']}?span={span['span_id']}"
        told = operator.page.request.get(operated.stack.public_url + path)
        assert told.status == 200
        assert "canary" not in told.text().lower(), path
        assert "<script>document" not in told.text(), path
    operator.page.context.close()


def test_a_page_of_somebody_who_is_erased_says_so(browser: Browser, operated: Operated) -> None:
    stack = operated.stack
    phone = stack.phone()
    phone.say("help")
    phone.wait_for(lambda message: message.direction == "outbound", 60)
    (user,) = stack.rows("SELECT user_id FROM contact ORDER BY first_inbound_at DESC LIMIT 1")
    operator = operator_of(browser, operated, 390)
    operator.open(f"/console/users/{user['user_id']}")
    expect(operator.page.get_by_text("Nothing was done about them.")).to_be_attached()
    phone.say("forget me")
    phone.wait_for(lambda message: "It cannot be undone. Shall I?" in message.body, 60)
    phone.say("yes")
    expect(operator.page.get_by_role("heading", level=1)).to_have_text("Not Found", timeout=60_000)
    expect(operator.page.get_by_text("they may have been erased")).to_be_visible()
    operator.page.context.close()


def pages_of(operated: Operated) -> list[str]:
    builds = (operated.finished, operated.failed, operated.waiting)
    return [
        "/console",
        *(f"/console/requests/{one['request_id']}" for one in builds),
        f"/console/requests/{operated.finished['request_id']}?inner=1&sql=1&events=1",
        f"/console/users/{operated.finished['user_id']}",
        "/console/requests",
        "/console/costs",
        "/console/queries?query=cost-by-user",
        "/console/queries?sql=SELECT+nope+FROM+records",
        "/console/search?q=nothing",
    ]


def test_a_phone_number_is_found_and_stands_nowhere(operator: Operator, operated: Operated) -> None:
    operator.search(operated.number)
    expect(operator.page.locator("#head")).to_contain_text(operated.finished["user_id"])
    assert operated.number[1:] not in operator.page.url + operator.page.content()


def test_the_page_follows_what_happens(operator: Operator, operated: Operated) -> None:
    stack = operated.stack
    stack.hold_model("orchestrator")
    phone = stack.phone()
    phone.say("Build me a quiz")
    new = eventually(lambda: stack.rows(NEWEST_OPEN, operated.waiting), "it is being worked on")[0]
    expect(operator.link(new["request_id"], "#work")).to_be_visible()
    expect(operator.page.locator("#live")).to_contain_text("live")
    phone.say("stop")
    stack.let_go()
    phone.wait_for(lambda m: "topped" in m.body, 60)
    expect(operator.link(new["request_id"], "#ended")).to_be_visible()
    expect(operator.page.locator("#ended")).to_contain_text("stopped")


def test_times_are_in_the_readers_zone_and_without_script_in_utc(
    browser: Browser, operated: Operated
) -> None:
    told = []
    for script in (True, False):
        operator = operator_of(browser, operated, 1440, java_script_enabled=script)
        operator.open("/console/requests")
        told.append(operator.page.locator("tbody time").first.inner_text())
        operator.page.context.close()
    assert told[0].endswith("GMT+9")
    assert told[1].endswith("UTC")
