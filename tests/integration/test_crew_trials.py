"""How often an agent may try the same files, and what it reads when it is over the limit."""

import asyncio
import json
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256

import pytest
from anthropic.types import ToolResultBlockParam

from bot.checks import checker
from bot.checks.acceptance import Acceptance, Criterion
from bot.checks.report import CHECKS, Finding, Progress, Report, Tried, unfinished
from bot.checks.steps import ExpectText
from bot.crew.browser_tools import (
    AT_FAILURE,
    BROKEN_OFF,
    BROKEN_OFF_LIMIT,
    ENOUGH,
    KNOWN,
    NEVER_ENDS,
    NO_BROWSER,
    TOO_BUSY,
    TRIAL_LIMIT,
    try_page,
    whole_list,
)
from bot.crew.images import SHOWN, inline_media, shown_tokens
from bot.crew.time_limit import time_limit
from bot.crew.tools import ToolContext
from bot.crew.transcript import note
from bot.crew.trials import find_trial, try_app
from bot.crew.views import AT_THE_END, LABELS, TOKENS, labelled_views
from bot.model.calls import Message
from bot.projects.workspace import Workspace, manifest_of
from bot.services import BROWSERS
from bot.settings.groups import Settings
from tests.blocks import blocks_in, inlined
from tests.integration.crew_stage import Pool, claimed_build
from tests.integration.delivery_stage import wait_until
from tests.settings import changed

pytestmark = pytest.mark.anyio


def a_list(number: int, *, proves: int | None = 1) -> Acceptance:
    step = ExpectText(action="expect_text", text=f"Hello {number}")
    numbers = [] if proves is None else [proves]
    criterion = Criterion(criterion="It greets.", steps=[step], requirements=numbers)
    return Acceptance(language="en", keeps_data=False, criteria=[criterion])


@pytest.fixture
async def at(pool: Pool, settings: Settings) -> AsyncIterator[ToolContext]:
    """A build with a page, in a place without a browser."""
    async with claimed_build(pool, settings) as context:
        yield context


async def was_tried(
    at: ToolContext, acceptance: Acceptance | None, *, has_ended: bool = True
) -> None:
    """Let the page have been tried in this way."""
    text = acceptance.model_dump_json() if acceptance else "null"
    tried = Tried(pressed=("Add",), filled=("Thing",), forms=1)
    whole = Report(ran=frozenset(CHECKS), tried=tried)
    broken_off = Report(ran=frozenset({"accessibility"}), findings=(unfinished(),), outline="- p")
    report = (whole if has_ended else broken_off).model_dump_json()
    async with at.services.pool.connection() as connection:
        files = await Workspace(connection, at.build.project_id).list_files()
        await connection.execute(
            "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report)"
            " VALUES (%s, %s, %s, %s, %s)",
            [
                at.build.build_id,
                manifest_of(files),
                sha256(text.encode()).digest(),
                text,
                report,
            ],
        )


async def test_what_was_seen_is_told_again_after_the_last_trial(at: ToolContext) -> None:
    for number in range(TRIAL_LIMIT):
        await was_tried(at, a_list(number))

    again = await try_page(at, a_list(TRIAL_LIMIT - 1))

    assert isinstance(again, str)
    assert again.startswith(KNOWN)
    assert "Pressed 1 control (“Add”). Filled 1 field (“Thing”). Sent 1 form." in again
    assert await try_page(at, a_list(TRIAL_LIMIT)) == ENOUGH


async def test_who_waits_for_a_browser_that_is_free_loses_no_time(
    at: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checker, "find_chromium", lambda: None)
    services = replace(at.services, settings=changed(at.services.settings, CHECK_APPS=True))
    for _ in range(BROWSERS):
        await services.browsers.acquire()

    async with time_limit(600) as limit:

        async def stands_still() -> bool:
            return limit.when() is None

        before = limit.when()
        trying = asyncio.create_task(try_app(services, at.lease, at.build, None))
        await wait_until(stands_still)
        services.browsers.release()
        await trying
        after = limit.when()

    assert before is not None
    assert after is not None
    assert before < after
    assert services.browsers.locked() is False


async def test_the_pictures_of_a_trial_are_put_in_behind_their_names(at: ToolContext) -> None:
    await was_tried(at, None)
    async with at.services.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO trial_view (build_id, manifest, list_hash, screen, content, sha256)"
            " SELECT build_id, manifest, list_hash, screen, screen::bytea, sha256(screen::bytea)"
            " FROM trial, unnest(ARRAY['desktop', 'owner', 'phone', 'phone_dark']) AS screen"
        )
        trial = await find_trial(connection, at.build, None)
    assert trial is not None
    seen = labelled_views(trial.views)

    assert [block["text"] for block in seen if block["type"] == "text"] == [*LABELS.values()]
    result = ToolResultBlockParam(type="tool_result", tool_use_id="a", content=seen)
    again = ToolResultBlockParam(type="tool_result", tool_use_id="b", content=seen)
    assert shown_tokens([result]) == sum(TOKENS.values()) < 3_000
    async with at.services.pool.connection() as connection:
        conversation = await inline_media(
            connection,
            [{"role": "user", "content": [result, again]}],
            request_id=at.build.request_id,
            project_id=at.build.project_id,
            with_request_pictures=False,
        )
    (message,) = conversation.messages
    shown, same = message["content"]
    assert [block for block in blocks_in(same) if block["type"] == "image"] == []
    assert blocks_in(same).count(note(SHOWN)) == len(LABELS)
    assert [inlined(block) for block in blocks_in(shown) if block["type"] == "image"] == [
        ("image/jpeg", screen.encode()) for screen in LABELS
    ]


async def test_the_ends_of_criteria_are_shown_behind_their_sentences(at: ToolContext) -> None:
    await was_tried(at, a_list(1))
    async with at.services.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO trial_view (build_id, manifest, list_hash, screen, content, sha256)"
            " SELECT build_id, manifest, list_hash, screen, screen::bytea, sha256(screen::bytea)"
            " FROM trial, unnest(ARRAY['phone', 'end_1', 'end_2']) AS screen"
        )

    told = await try_page(at, a_list(1))

    assert not isinstance(told, str)
    words = [block["text"] for block in told if block["type"] == "text"]
    assert words[1:] == [LABELS["phone"], AT_THE_END.format(criterion="It greets.")]
    assert sum(block["type"] == "image" for block in told) == 2


async def test_a_look_at_the_page_takes_no_trial_away(at: ToolContext) -> None:
    await was_tried(at, None)
    for number in range(TRIAL_LIMIT - 1):
        await was_tried(at, a_list(number))

    assert await try_page(at, a_list(TRIAL_LIMIT)) == NO_BROWSER


async def test_who_tries_the_page_sees_it_where_the_first_step_failed(at: ToolContext) -> None:
    picture = b"\x89PNG not as it opens"
    await was_tried(at, a_list(1))
    async with at.services.pool.connection() as connection:
        await connection.execute(
            "UPDATE trial SET failure = %s WHERE build_id = %s", [picture, at.build.build_id]
        )

    told = await try_page(at, a_list(1))

    assert not isinstance(told, str)
    message: Message = {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": told}],
    }
    async with at.services.pool.connection() as connection:
        conversation = await inline_media(
            connection,
            [message],
            request_id=at.build.request_id,
            project_id=at.build.project_id,
            with_request_pictures=False,
        )
    (shown,) = conversation.messages
    assert b64encode(picture).decode() in json.dumps(shown)
    assert AT_FAILURE in json.dumps(shown)


async def test_a_check_that_broke_off_takes_no_trial_away_and_is_told_as_one(
    at: ToolContext,
) -> None:
    for number in range(TRIAL_LIMIT - 1):
        await was_tried(at, a_list(number))
    await was_tried(at, a_list(TRIAL_LIMIT), has_ended=False)

    seen = await try_page(at, a_list(TRIAL_LIMIT))
    assert isinstance(seen, str)
    assert BROKEN_OFF in seen
    assert "the check was not finished" in seen
    assert "[acceptance] was not tried." in seen
    assert "[loads] was not tried" not in seen
    assert await try_page(at, a_list(100)) == NO_BROWSER

    for number in range(BROKEN_OFF_LIMIT - 1):
        await was_tried(at, a_list(200 + number), has_ended=False)
    assert await try_page(at, a_list(100)) == NEVER_ENDS


@pytest.mark.parametrize("proves", [None, 7])
async def test_a_list_that_proves_nothing_that_was_asked_is_not_tried(
    at: ToolContext, proves: int | None
) -> None:
    said = await try_page(at, a_list(1, proves=proves))

    assert isinstance(said, str)
    assert said.startswith("Nothing was tried: “It greets.” names")
    assert "out of 1" in said


@pytest.mark.browser
async def test_what_the_machine_was_too_busy_to_try_is_tried_again_and_takes_no_trial_away(
    at: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(TRIAL_LIMIT - 1):
        await was_tried(at, a_list(number))
    whole = Progress(report=Report(ran=frozenset(CHECKS)), is_last=True).model_dump_json()
    slow, quick = (
        "import time; time.sleep(60)",
        f"import time; print({whole!r}, flush=True); time.sleep(60)",
    )
    attempts = [slow] * 2 * (BROKEN_OFF_LIMIT + 1) + [quick]

    def command(_: list[str], **_given: object) -> list[str]:
        return [sys.executable, "-c", attempts.pop(0)]

    monkeypatch.setattr(checker, "confined", command)
    monkeypatch.setattr(checker, "START_LIMIT", 0.3)
    at = replace(
        at, services=replace(at.services, settings=changed(at.services.settings, CHECK_APPS=True))
    )

    for _ in range(BROKEN_OFF_LIMIT + 1):
        assert await try_page(at, a_list(TRIAL_LIMIT)) == TOO_BUSY

    monkeypatch.undo()
    monkeypatch.setattr(checker, "confined", command)
    told = await try_page(at, a_list(TRIAL_LIMIT))
    assert isinstance(told, str)
    assert told.startswith("Nothing is wrong.")
    assert not attempts


async def test_what_was_agreed_is_tried_with_each_list_and_leaves_it_only_for_what_proves_the_same(
    at: ToolContext,
) -> None:
    step = ExpectText(action="expect_text", text="Hello")

    def of(*sentences: str) -> Acceptance:
        criteria = [
            Criterion(criterion=sentence, steps=[step], requirements=[1]) for sentence in sentences
        ]
        return Acceptance(language="en", keeps_data=False, criteria=criteria)

    failed = Finding(check="acceptance", message="not so", subject="It waves.")
    await was_tried(at, of("It greets.", "It waves."))
    async with at.services.pool.connection() as connection:
        report = Report(ran=frozenset(CHECKS), findings=(failed,)).model_dump_json()
        await connection.execute("UPDATE trial SET report = %s", [report])
        one = await whole_list(connection, at, of("It sings."))
        same = await whole_list(connection, at, of("It waves."))

    assert {criterion.criterion for criterion in one.criteria} == {"It greets.", "It sings."}
    assert {criterion.criterion for criterion in same.criteria} == {"It greets.", "It waves."}
    await was_tried(at, same)
    told = await try_page(at, of("It waves."))
    assert isinstance(told, str)
    assert "2 of 2 criteria are met:" in told
