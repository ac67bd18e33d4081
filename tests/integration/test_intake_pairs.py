"""Two things at once: what is open, quoted, built or asked for meets a message of another kind."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from bot.builds.builds import Lease
from bot.intake.batching import BURST
from bot.messages.kinds import MessageKind
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from bot.settings.groups import Settings
from tests.integration.dialogue_stage import DialogueStage, Heard, Pool, dialogue_stage

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


async def titles(stage: DialogueStage, status: str) -> list[str]:
    rows = await stage.rows(
        "SELECT title FROM build JOIN project USING (project_id) WHERE status = %s"
        " ORDER BY build.created_at",
        status,
    )
    return [row["title"] for row in rows]


async def sid_of(stage: DialogueStage, body: str) -> str:
    ((sid,),) = [
        tuple(row.values())
        for row in await stage.rows("SELECT message_sid FROM inbound_message WHERE body = %s", body)
    ]
    return str(sid)


TODO, QUIZ = "Build me a todo app", "Build me a quiz"


async def builds_two(stage: DialogueStage) -> str:
    """Let two apps be built; returns the message that asked for the first."""
    await stage.say(TODO)
    await stage.say(QUIZ)
    return await sid_of(stage, TODO)


@pytest.mark.parametrize("stop", ["stop", "enough", "Honestly, no more of this today"])
async def test_a_stop_that_quotes_one_app_stops_that_one(stage: DialogueStage, stop: str) -> None:
    asked = await builds_two(stage)
    (told,) = await stage.say(stop, quoting=asked)

    assert told.body.startswith("Stopped building *Build me a todo app*.")
    assert (await titles(stage, "stopped"), await titles(stage, "queued")) == ([TODO], [QUIZ])

    (told,) = await stage.say("try again")
    assert "*Build me a todo app*" in told.body
    await stage.say("stop")
    assert await titles(stage, "stopped") == [TODO, QUIZ]


async def test_a_stop_button_below_a_message_of_one_app_stops_that_one(
    stage: DialogueStage,
) -> None:
    await builds_two(stage)
    told = await stage.is_told(MessageKind.UNDERSTOOD, about=TODO)
    await stage.tap(told, "Stop")

    assert (await titles(stage, "stopped"), await titles(stage, "queued")) == ([TODO], [QUIZ])


async def test_a_stop_that_quotes_what_is_not_built_stops_all(stage: DialogueStage) -> None:
    asked = await builds_two(stage)
    await stage.finish_builds()
    await stage.say("Build me a poll")
    (told,) = await stage.say("stop", quoting=asked)

    assert told.body.startswith("Stopped. Nothing will be published.")
    assert await titles(stage, "stopped") == ["Build me a poll"]


async def test_a_stop_that_quotes_one_app_takes_back_nothing_else(stage: DialogueStage) -> None:
    asked = await builds_two(stage)
    late = await stage.send("Build me a poll")
    await stage.say("stop", quoting=asked)
    await stage.read(late)

    assert await titles(stage, "queued") == [QUIZ, "Build me a poll"]


async def test_what_was_queued_behind_goes_on_behind_what_was_stopped_with_it(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    await stage.finish_builds()
    await stage.say("Make the title bigger")
    await stage.rows("UPDATE build SET takes_changes = false")
    await stage.say("Make it green")
    for _ in range(2):
        await stage.say("stop")
        (told,) = await stage.say("try again")
        assert told.kind == "retrying"
        assert await stage.builds() == [
            (TODO, "completed"),
            ("Make the title bigger", "queued"),
            ("Make it green", "queued"),
        ]
    first, second = await stage.rows(
        "SELECT build_id, retry_request_id FROM build WHERE status = 'queued' ORDER BY created_at"
    )
    assert first["retry_request_id"] != second["retry_request_id"]
    assert await Lease(stage.services.pool, second["build_id"]).acquire() is None, "an old job"
    jobs = await stage.rows(
        "SELECT args ->> 'build_id' AS build_id FROM procrastinate_jobs"
        " WHERE task_name = 'run_build' ORDER BY id DESC LIMIT 2"
    )
    assert [job["build_id"] for job in jobs] == [str(second["build_id"]), str(first["build_id"])]


@pytest.mark.parametrize(
    ("first", "second", "is_overtaken"),
    [("stop", "try again", False), ("try again", "stop", False), ("try again", "stop", True)],
)
async def test_of_a_stop_and_try_again_from_two_phones_at_once_the_later_one_counts(
    stage: DialogueStage, first: str, second: str, is_overtaken: bool
) -> None:
    phones = [
        {"From": address, "ExternalUserId": "US.1349"}
        for address in (stage.address, "whatsapp:+15557654321")
    ]
    await stage.say(TODO)
    for phone in phones:
        await stage.say("status", **phone)
    earlier, later = [
        await stage.send(words, **phone)
        for words, phone in zip((first, second), phones, strict=True)
    ]
    if is_overtaken:
        await stage.read(later)
        await stage.read(earlier)
    else:
        await stage.read_at_once(earlier, later)

    status, told = ("stopped", "stopped") if second == "stop" else ("queued", "retrying")
    assert await stage.builds() == [(TODO, status)]
    assert (await stage.heard())[-1].kind == told
    assert len(await stage.rows("SELECT user_id FROM contact")) == 1


async def stops_a_change(stage: DialogueStage, words: str) -> None:
    """Let a change be stopped when something was written for it."""
    await stage.say(words)
    await write_page(stage, words)
    await stage.say("stop")


async def write_page(stage: DialogueStage, words: str) -> None:
    """Let what has begun of the one app write its page."""
    await stage.rows(
        "UPDATE build SET based_on = current_version FROM project"
        " WHERE build.project_id = project.project_id AND build.status = 'queued'"
    )
    ((project_id,),) = [
        tuple(row.values()) for row in await stage.rows("SELECT project_id FROM project")
    ]
    async with stage.services.pool.connection() as connection:
        await Workspace(connection, project_id).write("index.html", words)


async def has_versions(stage: DialogueStage, number: int) -> None:
    """Let there be so many versions of the one app."""
    await stage.say(TODO)
    await stage.finish_builds(has_version=False)
    async with stage.services.pool.connection() as connection:
        ((project_id,),) = await (
            await connection.execute("SELECT project_id FROM project")
        ).fetchall()
        for one in range(number):
            await Workspace(connection, project_id).write("index.html", str(one))
            await publish(
                connection, project_id=project_id, request_id=uuid4(), sites_base_url="http://sites"
            )


async def test_a_stop_before_it_goes_on_leaves_a_build_what_it_had_written(
    stage: DialogueStage,
) -> None:
    await has_versions(stage, 1)
    await stage.say("Make the title bigger")
    await stage.rows("UPDATE build SET takes_changes = false")
    await stage.say("Make it green")
    await write_page(stage, "bigger")
    await stage.say("stop")
    await stage.say("try again")
    # Its row lies behind the other's now, as after any step of its.
    await stage.rows("UPDATE build SET stalled_at = now() WHERE request_text LIKE '%%bigger'")
    await stage.say("stop")

    drafts = await stage.rows(
        "SELECT request_text FROM version JOIN build USING (request_id) WHERE is_draft"
    )
    assert drafts == [{"request_text": "Make the title bigger"}]


@pytest.mark.parametrize("since", ["nothing", "undo", "another", "another app", "a month"])
async def test_versions_says_of_a_draft_that_it_goes_on_only_if_it_would(
    stage: DialogueStage, since: str
) -> None:
    await has_versions(stage, 2)
    await stops_a_change(stage, "Make the title bigger")
    match since:
        case "undo":
            await stage.say("undo")
        case "another":
            await stops_a_change(stage, "Make it green")
        case "another app":
            await stage.say(QUIZ)
            await stage.say("stop")
            await stage.say("open 1")
        case "a month":
            await stage.rows("UPDATE build SET ended_at = ended_at - interval '31 days'")

    (listed,) = await stage.say("versions")
    drafts = [line for line in listed.body.splitlines() if "unfinished" in line]
    continued = [line.split(" ")[0] for line in drafts if "*try again* continues it" in line]
    assert continued == {"nothing": ["3"], "another": ["4"]}.get(since, [])
    assert len(drafts) == (2 if since == "another" else 1)

    await stage.say("try again")
    words = {"3": "Make the title bigger", "4": "Make it green"}
    going_on = [asked for asked, status in await stage.builds() if status == "queued"]
    assert [words[number] for number in continued] == [one for one in going_on if one != QUIZ]


YES = ["yes", "Go ahead!", "ok, continue", "sure"]
NO = ["no", "no thanks", "rather not", "stop", "that's enough"]


@pytest.mark.parametrize("yes", YES)
async def test_yes_lets_a_build_go_on_that_its_budget_stopped(
    stage: DialogueStage, yes: str
) -> None:
    await stage.say("Build me a counter")
    await stage.asks_about_budget("Build me a counter")
    (told,) = await stage.say(yes)

    assert told.kind == "retrying"
    assert await stage.builds() == [("Build me a counter", "queued")]


@pytest.mark.parametrize("no", NO)
async def test_no_leaves_a_build_where_its_budget_stopped_it(stage: DialogueStage, no: str) -> None:
    await stage.say("Build me a counter")
    await stage.asks_about_budget("Build me a counter")
    (told,) = await stage.say(no)

    assert told.body.startswith("OK, I")
    assert await stage.rows("SELECT status, failure FROM build") == [
        {"status": "stopped", "failure": None}
    ]
    assert [heard.kind for heard in await stage.say("yes")] == ["reply"]
    assert await stage.builds() == [("Build me a counter", "stopped")]


async def test_a_no_to_one_budget_question_leaves_the_other_open(stage: DialogueStage) -> None:
    await builds_two(stage)
    await stage.asks_about_budget(TODO)
    await stage.asks_about_budget(QUIZ)
    await stage.say("no")
    await stage.say("yes")

    assert (await titles(stage, "stopped"), await titles(stage, "queued")) == ([QUIZ], [TODO])


async def test_a_no_to_a_budget_question_stops_nothing_beside_it(stage: DialogueStage) -> None:
    await builds_two(stage)
    asked = await stage.asks_about_budget(TODO)
    await stage.say("stop", quoting=asked.sid)

    assert (await titles(stage, "stopped"), await titles(stage, "queued")) == ([TODO], [QUIZ])
    assert await stage.rows("SELECT 1 FROM build WHERE failure IS NOT NULL") == []


@pytest.mark.parametrize("how", ["typed", "tapped"])
async def test_a_yes_that_is_read_after_a_stop_lets_nothing_go_on(
    stage: DialogueStage, how: str
) -> None:
    await stage.say(TODO)
    asked = await stage.asks_about_budget(TODO)
    async with stage.pondered("By all means, but only the login page"):
        (told,) = await (stage.say("stop") if how == "typed" else stage.tap(asked, "Stop"))
        assert told.body.startswith("OK, I'll leave it there.")

    assert await stage.builds() == [(TODO, "stopped")]
    await stage.say("try again")
    assert await stage.builds() == [(TODO, "queued")]


PLANTS = "An app for plants would be cool some day"


@pytest.mark.parametrize("how", ["stopped", "failed"])
async def test_try_again_means_the_build_that_ended_and_nothing_that_was_in_doubt(
    stage: DialogueStage, how: str
) -> None:
    await stage.say(TODO)
    await stage.say(PLANTS)
    if how == "stopped":
        await stage.say("stop")
    else:
        await stage.rows("UPDATE build SET status = 'failed', ended_at = now()")
    (told,) = await stage.say("try again")

    assert "*Build me a todo app*" in told.body
    assert await stage.builds() == [(TODO, "queued")]


async def test_try_again_means_what_ended_last_and_not_what_they_were_asked_before(
    stage: DialogueStage,
) -> None:
    await builds_two(stage)
    await stage.asks_about_budget(TODO)
    await stage.rows(
        "UPDATE build SET status = 'failed', ended_at = now() WHERE request_text = %s", QUIZ
    )
    await stage.say("try again")

    assert (await titles(stage, "stopped"), await titles(stage, "queued")) == ([TODO], [QUIZ])


@pytest.mark.parametrize("ends", [("stop",), ("unsubscribe", "start")])
async def test_a_yes_after_the_end_of_all_begins_nothing_that_was_in_doubt_before(
    stage: DialogueStage, ends: tuple[str, ...]
) -> None:
    await stage.say(TODO)
    await stage.say(PLANTS)
    for said in ends:
        await stage.say(said)
    await stage.say("ok")

    assert await stage.builds() == [(TODO, "stopped")]


async def test_a_stop_that_was_written_before_leaves_in_doubt_what_came_after_it(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    late = await stage.send("stop")
    await stage.say(PLANTS)
    await stage.read(late)
    await stage.say("build it")

    assert await titles(stage, "queued") == [PLANTS]


async def noted_changes(stage: DialogueStage) -> list[str]:
    """What is on the change lists, and asked of the app."""
    rows = await stage.rows(
        "SELECT body FROM change_request JOIN requirement USING (build_id, request_id)"
        " WHERE words = body ORDER BY change_id"
    )
    return [row["body"] for row in rows]


@pytest.mark.parametrize(
    "said", ["By all means, but only the login page", "Go for it with a login page"]
)
async def test_what_the_user_adds_to_a_yes_to_the_budget_is_made_too(
    stage: DialogueStage, said: str
) -> None:
    await stage.say(TODO)
    await stage.asks_about_budget(TODO)
    told = await stage.say(said)

    assert [heard.kind for heard in told] == ["retrying", "noted"]
    assert await stage.builds() == [(TODO, "queued")]
    assert await noted_changes(stage) == [said]
    assert await stage.rows("SELECT 1 FROM request WHERE work_ended_at IS NOT NULL") == []


async def test_a_yes_to_the_budget_in_words_of_their_own_adds_nothing(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    await stage.asks_about_budget(TODO)
    told = await stage.say("By all means, let it go on")

    assert [heard.kind for heard in told] == ["retrying"]
    assert await stage.builds() == [(TODO, "queued")]
    assert [row["words"] for row in await stage.rows("SELECT words FROM requirement")] == [TODO]


async def test_what_the_user_adds_to_their_yes_is_for_the_next_version_where_nobody_reads_it_now(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    await stage.rows("UPDATE build SET takes_changes = false")
    await stage.rows(
        "INSERT INTO attachment (message_sid, number, user_id, path, content_type, content, sha256)"
        " SELECT message_sid, 0, user_id, 'pictures/logo.png', 'image/png', '', sha256('')"
        " FROM inbound_message"
    )
    await stage.asks_about_budget(TODO)
    told = await stage.say("By all means, but with a login page")

    assert [heard.kind for heard in told] == ["retrying", "noted"]
    assert told[1].body.startswith("Got it. I'll do that next")
    added = "By all means, but with a login page\n[picture: pictures/logo.png]"
    assert await stage.builds() == [(TODO, "queued"), (added, "queued")]
    assert await stage.rows(
        "SELECT request_text FROM attachment JOIN build USING (request_id, project_id)"
    ) == [{"request_text": added}], "the photo comes into the app with it"
    assert await stage.rows(
        "SELECT request_text FROM inbound_message JOIN build USING (request_id)"
        " WHERE retry_request_id IS DISTINCT FROM request_id ORDER BY received_at"
    ) == [{"request_text": TODO}, {"request_text": added}], "each is of a request of its own"

    await stage.say("stop")
    assert {status for _, status in await stage.builds()} == {"stopped"}


async def test_what_the_user_adds_to_their_yes_is_a_change_of_what_is_built_otherwise(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    await stage.asks_about_budget(TODO)
    await stage.say("Make it green")
    (told,) = await stage.say("By all means, but with a login page")

    assert told.kind == "noted"
    assert await stage.builds() == [(TODO, "stopped"), ("Make it green", "queued")]
    assert await noted_changes(stage) == ["By all means, but with a login page"]


async def test_start_brings_messages_back_and_no_build_that_rests(stage: DialogueStage) -> None:
    await stage.say(TODO)
    await stage.asks_about_budget(TODO)
    await stage.say("unsubscribe")
    (told,) = await stage.say("start")

    assert told.body.startswith("Good to have you here")
    assert await stage.builds() == [(TODO, "stopped")]


async def test_what_is_read_after_a_stop_that_is_a_no_is_not_begun(stage: DialogueStage) -> None:
    await stage.say("hello")
    await has_votes(stage, "Poll", 2)
    for asking in ("Maybe an app for plants some day", "data clear", "forget me"):
        (asked,) = await stage.say(asking)
        async with stage.pondered("Build me a counter"):
            (told,) = await stage.say("cancel")
            assert asked.kind != told.kind
        assert (await stage.heard())[-1] == told

    assert await stage.builds() == []
    assert await votes(stage) == 2


@pytest.mark.parametrize("what", ["doubt", "budget"])
@pytest.mark.parametrize("how", ["typed", "quoting"])
@pytest.mark.parametrize("first", ["yes", "stop"])
async def test_a_stop_and_a_yes_that_are_read_at_once_leave_nothing_running(
    stage: DialogueStage, what: str, how: str, first: str
) -> None:
    await stage.say("hello")
    if what == "doubt":
        (asked,) = await stage.say("Maybe an app for plants some day")
    else:
        await stage.say(TODO)
        asked = await stage.asks_about_budget(TODO)
    yes = await stage.send("yes")
    stop = await stage.send("stop", quoting=asked.sid if how == "quoting" else "")
    await stage.read_at_once(*((yes, stop) if first == "yes" else (stop, yes)))

    assert {status for _, status in await stage.builds()} <= {"stopped"}
    kinds = [heard.kind for heard in await stage.heard()]
    assert ("stopped" in kinds) is (first == "yes"), "they are told what has happened"


@pytest.mark.parametrize("answer", ["yes", "Continue", "try again"])
async def test_a_build_stays_put_down_while_its_app_is_built_otherwise(
    stage: DialogueStage, answer: str
) -> None:
    await stage.say(TODO)
    asked = await stage.asks_about_budget(TODO)
    await stage.say("Make it green")
    (told,) = await (stage.tap(asked, answer) if answer == "Continue" else stage.say(answer))

    assert told.body.startswith("I'm already working on *Build me a todo app*")
    assert await stage.builds() == [(TODO, "stopped"), ("Make it green", "queued")]


@pytest.mark.parametrize("answer", ["Continue", "try again"])
async def test_a_build_that_its_app_has_outgrown_stays_put_down(
    stage: DialogueStage, answer: str
) -> None:
    await stage.say(TODO)
    asked = await stage.asks_about_budget(TODO)
    await stage.say("Make it green")
    await stage.finish_builds()
    (told,) = await (stage.tap(asked, answer) if answer == "Continue" else stage.say(answer))

    assert told.body.startswith("*Build me a todo app* has a newer version now")
    assert await stage.builds() == [(TODO, "stopped"), ("Make it green", "completed")]


async def test_a_first_version_that_came_out_unfinished_leaves_an_earlier_build_put_down(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    asked = await stage.asks_about_budget(TODO)
    await stage.rows("UPDATE build SET taken_at = created_at + interval '1 second'")
    await stage.say("Make it green")
    await stage.rows(
        "WITH ended AS (UPDATE build SET status = 'failed', failure = 'BudgetExhausted',"
        " taken_at = now() + interval '1 second', ended_at = now()"
        " WHERE status = 'queued' RETURNING project_id, request_id),"
        " made AS (INSERT INTO version (project_id, number, request_id, version_token, manifest)"
        " SELECT project_id, 1, request_id, 'one', '' FROM ended RETURNING project_id)"
        " UPDATE project SET current_version = 1 FROM made"
        " WHERE project.project_id = made.project_id"
    )
    (told,) = await stage.tap(asked, "Continue")

    assert told.body.startswith("*Build me a todo app* shows another version now")
    assert await stage.builds() == [(TODO, "stopped"), ("Make it green", "failed")]


@pytest.mark.parametrize("answer", ["yes", "Continue", "try again"])
async def test_a_build_that_made_no_version_keeps_no_other_from_going_on(
    stage: DialogueStage, answer: str
) -> None:
    """What is published again as it is, or only designed."""
    await stage.say(TODO)
    asked = await stage.asks_about_budget(TODO)
    await stage.say("Make it green")
    await stage.finish_builds(has_version=False)
    await (stage.tap(asked, answer) if answer == "Continue" else stage.say(answer))

    assert await stage.builds() == [(TODO, "queued"), ("Make it green", "completed")]


@pytest.mark.parametrize("how", ["newer", "undone"])
@pytest.mark.parametrize("said", ["Great!", "no, later", "status"])
async def test_whether_a_build_shall_go_on_is_no_question_once_its_app_has_outgrown_it(
    stage: DialogueStage, how: str, said: str
) -> None:
    await stage.say(TODO)
    await stage.asks_about_budget(TODO)
    worth_asking = "SELECT kind FROM outbox WHERE kind = 'budget' AND is_still_true(outbox)"
    assert await stage.rows(worth_asking) != []
    if how == "newer":
        await stage.say("Make it green")
        await stage.finish_builds()
    else:
        await stage.rows(
            "WITH shown AS (INSERT INTO version (project_id, number, request_id, version_token,"
            " manifest) SELECT project_id, 1, gen_random_uuid(), 'one', '' FROM project"
            " RETURNING project_id, number)"
            " UPDATE project SET current_version = number FROM shown"
            " WHERE project.project_id = shown.project_id"
        )
        await stage.rows("UPDATE build SET based_on = 2")
    (told,) = await stage.say(said)

    assert await stage.rows(worth_asking) == []
    assert told.kind == "reply"
    if said == "status":
        assert told.body.startswith("Nothing is being built right now.")
    else:
        assert [call["role"] for call in stage.claude.journal.as_json()][-1] == "companion"


async def has_votes(stage: DialogueStage, title: str, votes: int) -> None:
    """Let the user have an app in which visitors have left something."""
    app = await stage.has_app(title)
    for _ in range(votes):
        await stage.rows(
            "INSERT INTO document (project_id, collection, document_id, data, size)"
            " VALUES (%s, 'votes', %s, '{}', 2)",
            app.project_id,
            uuid4().hex,
        )


async def votes(stage: DialogueStage) -> int:
    return len(await stage.rows("SELECT 1 FROM document"))


@pytest.mark.parametrize("yes", ["yes", "Sure", "yes, delete it", "1"])
async def test_yes_clears_what_visitors_left(stage: DialogueStage, yes: str) -> None:
    await stage.say("hello")
    await has_votes(stage, "Poll", 2)
    (asked,) = await stage.say("data clear")
    assert asked.kind == "clear_asked"
    (told,) = await stage.say(yes)

    assert told.body.startswith("Deleted in *Poll*: 2 entries.")
    assert await votes(stage) == 0
    assert len(await stage.rows("SELECT 1 FROM cleared_document")) == 2


BEFORE = {
    "Make the title bigger": {},
    "change something": {},
    "a place": {"MessageType": "location", "Latitude": "52.5", "Longitude": "13.4"},
    "no file": {"MessageType": "image"},
}


async def sends(stage: DialogueStage, what: str) -> str:
    """Let that come in and not be read yet."""
    fields = BEFORE[what]
    return await stage.send("" if fields else what, **fields)


@pytest.mark.parametrize(
    ("before", "answer"), list(zip(BEFORE, ["Delete everything", "yes"] * 2, strict=True))
)
async def test_what_they_wrote_before_forget_me_leaves_its_question_open(
    stage: DialogueStage, before: str, answer: str
) -> None:
    await stage.say("Build me a counter")
    late = await sends(stage, before)
    (asked,) = await stage.say("forget me")
    await stage.read(late)
    told = await (stage.say(answer) if answer == "yes" else stage.tap(asked, answer))

    assert told[-1].kind == "forgotten"
    assert await stage.rows("SELECT 1 FROM project") == []


@pytest.mark.parametrize("before", ["Make the title bigger", "a place"])
async def test_what_they_wrote_before_they_were_asked_to_clear_leaves_that_open(
    stage: DialogueStage, before: str
) -> None:
    await stage.say("hello")
    await has_votes(stage, "Poll", 2)
    late = await sends(stage, before)
    (asked,) = await stage.say("data clear")
    await stage.read(late)
    (told,) = await stage.tap(asked, "Clear the data")

    assert told.body.startswith("Deleted in *Poll*: 2 entries.")
    assert await votes(stage) == 0


async def test_what_they_wrote_after_it_closes_it_also_where_it_is_read_with_what_came_before(
    stage: DialogueStage,
) -> None:
    await stage.say("Build me a counter")
    late = await stage.send("Make the title bigger")
    await stage.say("forget me")
    for number in range(BURST):
        await stage.send(f"and {number} in large")
    await stage.read(late)
    await stage.say("yes")

    assert await stage.rows("SELECT 1 FROM project") != []


@pytest.mark.parametrize("no", ["no", "No thanks!", "rather not", "cancel", "start", "2"])
async def test_everything_else_clears_nothing(stage: DialogueStage, no: str) -> None:
    await stage.say("hello")
    await has_votes(stage, "Poll", 2)
    await stage.say("data clear")
    await stage.say(no)
    assert await votes(stage) == 2

    if no != "start":
        await stage.say("yes")
        assert await votes(stage) == 2, "the question is answered"


async def test_yes_clears_the_app_that_was_asked_about(stage: DialogueStage) -> None:
    await stage.say("hello")
    await has_votes(stage, "Poll", 2)
    await stage.say("data clear")
    await has_votes(stage, "Quiz", 1)
    await stage.say("open Quiz")
    (told,) = await stage.say("yes")

    assert told.body.startswith("Deleted in *Poll*: 2 entries.")
    assert await votes(stage) == 1


@pytest.mark.parametrize("heard", ["the app", "undo", "try again", "versions"])
async def test_a_yes_to_what_they_heard_since_clears_nothing(
    stage: DialogueStage, heard: str
) -> None:
    await stage.say(TODO)
    await has_votes(stage, "Poll", 2)
    await stage.say("open Poll")
    (asked,) = await stage.say("data clear")
    assert asked.kind == "clear_asked"
    if heard == "the app":
        await stage.is_told(MessageKind.PUBLISHED, about=TODO)
    else:
        assert await stage.say(heard)
    await stage.say("1" if heard == "versions" else "cool")

    assert await votes(stage) == 2


async def test_a_no_to_one_clearing_leaves_the_other_question_open(stage: DialogueStage) -> None:
    await stage.say("hello")
    await has_votes(stage, "Poll", 2)
    await stage.say("data clear")
    await has_votes(stage, "Quiz", 1)
    await stage.say("open Quiz")
    await stage.say("data clear")
    await stage.say("no")
    (told,) = await stage.say("yes")

    assert told.body.startswith("Deleted in *Poll*: 2 entries.")
    assert await votes(stage) == 1


async def loses(stage: DialogueStage, message: Heard) -> None:
    """Let a message never have reached the user."""
    await stage.rows("UPDATE outbox SET state = 'failed' WHERE provider_sid = %s", message.sid)


async def test_a_button_of_a_doubt_that_never_arrived_does_nothing(stage: DialogueStage) -> None:
    (doubt,) = await stage.say("An app for plants would be cool some day")
    await loses(stage, doubt)
    (told,) = await stage.tap(doubt, "Build it")

    assert told.body.startswith("That button has expired")
    assert await stage.builds() == []
    assert [one["kind"] for one in await stage.rows("SELECT kind FROM doubt")] == ["new_build"]


async def test_a_button_of_a_deletion_that_never_arrived_does_nothing(stage: DialogueStage) -> None:
    await stage.say("Build me a counter")
    (asked,) = await stage.say("forget me")
    await loses(stage, asked)
    (told,) = await stage.tap(asked, "Delete everything")

    assert told.body.startswith("That button has expired")
    assert len(await stage.builds()) == 1


async def test_an_option_of_a_question_that_never_arrived_does_nothing(
    stage: DialogueStage,
) -> None:
    await stage.say("Build me a counter")
    asked = await stage.asks_for_the_crew("Build me a counter", "List", "Grid")
    await loses(stage, asked)
    (told,) = await stage.tap(asked, "Grid")

    assert told.body.startswith("That button has expired")
    assert await stage.rows("SELECT answer FROM question") == [{"answer": None}]
    await stage.say("Grid")
    assert await stage.rows("SELECT answer FROM question") == [{"answer": "Grid"}]


@pytest.mark.parametrize("clear", ["English please", "speak English"])
async def test_a_change_of_language_leaves_the_crews_question_open(
    stage: DialogueStage, clear: str
) -> None:
    await stage.say("Build me a counter")
    await stage.rows("UPDATE contact SET language = 'de'")
    await stage.asks_for_the_crew("Build me a counter", "List", "Grid")
    (told,) = await stage.say(clear)

    assert told.body == "OK, from now on I'll write to you in English."
    assert await stage.rows("SELECT answer FROM question") == [{"answer": None}]
    assert await stage.rows("SELECT language, language_is_requested AS asked FROM contact") == [
        {"language": "en", "asked": True}
    ]
    await stage.say("2")
    assert await stage.rows("SELECT answer FROM question") == [{"answer": "Grid"}]


async def test_a_language_that_the_crew_asks_for_is_the_answer(stage: DialogueStage) -> None:
    await stage.say("Build me a counter")
    await stage.asks_for_the_crew("Build me a counter", "In English", "In German")
    await stage.say("German please")

    assert await stage.rows("SELECT answer FROM question") == [{"answer": "German please"}]
    assert await stage.rows("SELECT 1 FROM contact WHERE language_is_requested") == []


async def test_a_message_that_quotes_what_was_forgotten_is_a_strangers(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    asked = await sid_of(stage, TODO)
    told = await stage.is_told(MessageKind.UNDERSTOOD, about=TODO)
    await stage.say("forget me")
    assert (await stage.say("yes"))[-1].kind == "forgotten"

    await stage.say("stop", quoting=told.sid)
    await stage.say(QUIZ, quoting=asked)
    assert await stage.builds() == [(QUIZ, "queued")]
    assert await titles(stage, "queued") == [QUIZ]


async def test_what_quotes_a_message_and_is_read_after_forget_me_has_no_effect(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    await stage.finish_builds()
    late = await stage.send("make it blue", quoting=await sid_of(stage, TODO))
    await stage.say("forget me")
    await stage.say("yes")
    await stage.read(late)

    assert await stage.builds() == []
    assert await stage.rows("SELECT 1 FROM project") == []
    assert [heard.kind for heard in await stage.heard()] == ["forgotten"]
