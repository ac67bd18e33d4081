"""The scripted crew does its work through the real client, from nothing but the requests."""

from collections.abc import Iterator

import pytest

from bot.model.answers import DesignSpecification, Plan, Route
from bot.sandbox.claude.crew.app_request import read_request
from bot.sandbox.claude.crew.apps import render_app
from bot.sandbox.claude.server import FakeClaude
from bot.workflows.plan_words import in_words
from tests.sandbox_claude_driver import Folder, ask, brief, build, change, client_of, question, work

pytestmark = pytest.mark.anyio

APP = {"index.html", "styles.css", "app.js", "icon.svg"}


@pytest.fixture
def server() -> Iterator[FakeClaude]:
    with FakeClaude() as server:
        yield server


async def answer_of(server: FakeClaude, role: str, text: str) -> str:
    async with client_of(server) as client:
        answer = await ask(client, **question(role, text))
    assert answer.content[-1].type == "text"
    return answer.content[-1].text


async def test_the_router_tells_a_request_from_a_greeting(server: FakeClaude) -> None:
    text = brief(projects="none", conversation="none", message="Build me a todo app")
    assert Route.model_validate_json(await answer_of(server, "router", text)).kind == "new_build"
    text = brief(projects="1. Todo (finished)", conversation="none", message="hi there")
    assert Route.model_validate_json(await answer_of(server, "router", text)).kind == "talk"


async def test_the_plan_and_the_design_carry_what_the_request_names(server: FakeClaude) -> None:
    request_text = 'Build me a pink notes app called "Salt & Pepper"'
    plan = await answer_of(server, "orchestrator", brief(request=request_text, files="none"))
    planned = Plan.model_validate_json(plan)
    words = in_words(planned)
    design = await answer_of(server, "designer", brief(request=request_text, plan=words))

    assert planned.title == "Salt & Pepper"
    assert "{" not in words
    specification = DesignSpecification.model_validate_json(design)
    assert specification.content == ["Salt & Pepper"]
    assert specification.palette[0].hex == "#db2777"
    assert all(part.states for part in specification.components)
    controls = {one.name: one.role for one in specification.controls}
    assert controls == {
        **dict.fromkeys(("New note", "All notes"), "button"),
        **dict.fromkeys(("Title", "Note"), "textbox"),
        "Search notes": "searchbox",
    }
    app = "".join(render_app(read_request(request_text), []).values())
    assert all(name in app for name in controls)


async def test_the_frontend_writes_an_app_over_several_turns(server: FakeClaude) -> None:
    async with client_of(server) as client:
        folder = await build(client, "Build me a todo app with modern UI")

    assert folder.files.keys() == APP
    assert "{{" not in "".join(folder.files.values())
    assert '<meta name="theme-color" content="#4f46e5">' in folder.files["index.html"]
    frontend = [
        call["tools_called"] for call in server.journal.as_json() if call["role"] == "frontend"
    ]
    assert frontend == [
        ["list_files"],
        ["write_file", "write_file"],
        ["write_file", "write_file"],
        ["read_file"],
        ["replace_in_file"],
        [],
    ]


async def test_what_a_user_writes_is_escaped(server: FakeClaude) -> None:
    async with client_of(server) as client:
        folder = await build(client, "A page for <script>alert(1)</script> & {{accent}} friends")
    page = folder.files["index.html"]
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{accent}} friends" in page


async def test_a_failing_tool_is_tried_again_and_then_reported(server: FakeClaude) -> None:
    async with client_of(server) as client:
        opening = brief(request="a quiz", design="none", files="none")
        once = Folder(refuse={"app.js": 1, "styles.css": 1})
        assert "complete" in await work(client, "frontend", opening, once)
        assert once.files.keys() == APP
        never = Folder(refuse={"app.js": 99})
        words = await work(client, "frontend", opening, never)
    assert words == "I could not change app.js: app.js cannot be used just now."


async def test_changes_are_made_in_the_files_that_exist(server: FakeClaude) -> None:
    async with client_of(server) as client:
        folder = await build(client, "a counter")
        before = dict(folder.files)
        words = await change(client, "Make it dark and orange and call it Laps & co", folder)

    assert words == "Done: the accent is orange, the page is dark, the title is “Laps & co”."
    assert "--accent: #ea580c; --on-accent:" in folder.files["styles.css"]
    assert '<html lang="en" data-theme="dark">' in folder.files["index.html"]
    assert "<title>Laps &amp; co</title>" in folder.files["index.html"]
    assert "<h1>Laps &amp; co</h1>" in folder.files["index.html"]
    assert folder.files["app.js"] == before["app.js"]


async def test_what_the_stand_in_cannot_change_stands_on_the_page(server: FakeClaude) -> None:
    async with client_of(server) as client:
        folder = await build(client, "a calculator")
        plan = await answer_of(
            server, "orchestrator", brief(request="Add <sound>", files=folder.listing())
        )
        await change(client, "Add <sound>", folder)
        await change(client, "Fix the keys", folder)

    assert Plan.model_validate_json(plan).workflow == "bug_fix"
    assert "changing more takes the real Claude" in Plan.model_validate_json(plan).summary
    page = folder.files["index.html"]
    assert '<p class="changed"><strong>What changed:</strong> Add &lt;sound&gt;</p>' in page
    assert '<p class="changed"><strong>What changed:</strong> Fix the keys</p>' in page


async def test_devops_publishes_and_tells_the_link(server: FakeClaude) -> None:
    async with client_of(server) as client:
        text = brief(request="a quiz", files="index.html (3 lines)")
        assert "http://sites.test/s/" in await work(client, "devops", text, Folder())
        broken = Folder(refuse={"publish_version": 9})
        assert "did not work" in await work(client, "devops", text, broken)


async def test_the_same_request_gets_the_same_answer(server: FakeClaude) -> None:
    text = brief(request="a quiz", files="none")
    assert await answer_of(server, "orchestrator", text) == await answer_of(
        server, "orchestrator", text
    )
