"""What a real browser lets a published app do."""

import asyncio
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from bot.settings.groups import Settings
from tests.acceptance.stack import eventually
from tests.browser import find_chromium, running_browser
from tests.integration.published_sites import add_trial, publish_site
from tests.integration.web_process import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium"),
]

APP = """<!doctype html>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css">
<style>p { margin: 0 }</style>
<p onclick="this.dataset.clicked = 'yes'">hello</p>
<script src="app.js"></script>
<script>
  localStorage.setItem('kept', 'yes');
  fetch('data.json').then((answer) => answer.json()).then((data) => { window.data = data.value; });
</script>
"""
OWN = {
    "index.html": APP,
    "style.css": "p { color: rgb(1, 2, 3) }",
    "app.js": "window.loaded = true;",
    "data.json": '{"value": 42}',
}
REACH = """async (url) => {
  const script = document.createElement('script');
  script.src = url + 'app.js';
  const loaded = new Promise((resolve) => {
    script.onload = () => resolve('loaded');
    script.onerror = () => resolve('blocked');
  });
  document.head.append(script);
  const fetched = fetch(url + 'data.json').then(() => 'fetched', () => 'blocked');
  return [await loaded, await fetched];
}"""


def test_an_app_works_with_its_own_files_and_reaches_no_other_project(
    settings: Settings, tmp_path: Path
) -> None:
    mine = asyncio.run(publish_site(settings, OWN))
    other = asyncio.run(publish_site(settings, OWN))
    with serving(settings, tmp_path, workers=1) as (served, _), running_browser() as browser:
        _use(browser, f"{served.web.sites_base_url}/{mine.token}/", served, other.token)


LOCKING = """<!doctype html>
<link rel="icon" href="data:,">
<script>
  for (let number = 0; number < Number(location.hash.slice(1)); number++)
    document.cookie = `c${number}=${"x".repeat(4_000)}; path=/; max-age=31536000`;
</script>
"""


@pytest.mark.parametrize("cookies", [4, 40])
def test_whom_an_app_s_cookies_keep_out_of_the_others_gets_in_at_the_next_try(
    settings: Settings, tmp_path: Path, cookies: int
) -> None:
    locking = asyncio.run(publish_site(settings, {"index.html": LOCKING}))
    other = asyncio.run(publish_site(settings, OWN))
    with serving(settings, tmp_path, workers=1) as (served, _), running_browser() as browser:
        page = browser.new_page()
        page.goto(f"{served.web.sites_base_url}/{locking.token}/#{cookies}")
        eventually(lambda: len(page.context.cookies()) == cookies, "the browser keeps them all")
        url = f"{served.web.sites_base_url}/{other.token}/"

        refused = page.goto(url)
        assert refused is not None
        assert refused.status == 431
        page.goto(url)

        _wait_until_loaded(page)
        page.close()


ADDED = """async () => {
  const named = (relation) => document.querySelector(`link[rel='${relation}']`).href;
  const shown = (address) => new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(image.naturalWidth > 0);
    image.onerror = () => resolve(false);
    image.src = address;
  });
  const manifest = await (await fetch(named('manifest'))).json();
  const pictures = [named('icon'), named('apple-touch-icon'),
    document.querySelector("meta[property='og:image']").content,
    ...manifest.icons.map((icon) => icon.src)];
  return [manifest.name, ...await Promise.all(pictures.map(shown))];
}"""


def test_what_is_added_to_a_page_loads_and_the_policy_has_nothing_against_it(
    settings: Settings, tmp_path: Path
) -> None:
    site = asyncio.run(publish_site(settings, {"index.html": "<!doctype html><p>hello"}))
    packed = BytesIO()
    Image.new("RGB", (390, 844), "teal").save(packed, "PNG")
    asyncio.run(add_trial(settings, site, packed.getvalue()))
    with serving(settings, tmp_path, workers=1) as (served, _), running_browser() as browser:
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{served.web.sites_base_url}/{site.token}/")
        assert page.title() == "Todo"
        assert page.evaluate("document.compatMode") == "CSS1Compat"
        assert page.evaluate(ADDED) == ["Todo", True, True, True, True, True]
        read = page.context.new_cdp_session(page).send("Page.getAppManifest")
        assert (read["errors"], read["url"] != "") == ([], True)
        assert said == []
        page.close()


def _use(browser: Browser, url: str, served: Settings, other: str) -> None:
    page = browser.new_page()
    page.goto(url)
    _wait_until_loaded(page)
    page.click("p")
    assert page.get_attribute("p", "data-clicked") == "yes"
    assert page.evaluate("getComputedStyle(document.querySelector('p')).color") == "rgb(1, 2, 3)"
    assert page.evaluate("localStorage.getItem('kept')") == "yes"
    assert page.evaluate(REACH, url) == ["loaded", "fetched"]
    for elsewhere in (f"{served.web.sites_base_url}/{other}/", f"{served.web.public_base_url}/"):
        assert page.evaluate(REACH, elsewhere) == ["blocked", "blocked"]
    page.close()


def _wait_until_loaded(page: Page) -> None:
    # Asked from outside: the app's policy lets Playwright look once from within, and not again.
    eventually(lambda: page.evaluate("window.data === 42 && window.loaded"), "the app has loaded")
