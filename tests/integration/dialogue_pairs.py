"""What the scenarios of two things at once have in common."""

from uuid import UUID, uuid4

from tests.integration.dialogue_stage import DialogueStage

TODO, QUIZ = "Build me a todo app", "Build me a quiz"


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


async def builds_two(stage: DialogueStage) -> str:
    """Let two apps be built; returns the message that asked for the first."""
    await stage.say(TODO)
    await stage.say(QUIZ)
    return await sid_of(stage, TODO)


async def has_votes(stage: DialogueStage, title: str, votes: int) -> None:
    """Let the user have an app in which visitors have left something."""
    app = await stage.has_app(title)
    await leave_votes(stage, app.project_id, votes)


async def leave_votes(stage: DialogueStage, project_id: UUID, votes: int) -> None:
    """Let visitors leave something in an app."""
    for _ in range(votes):
        await stage.rows(
            "INSERT INTO document (project_id, collection, document_id, data, size)"
            " VALUES (%s, 'votes', %s, '{}', 2)",
            project_id,
            uuid4().hex,
        )


async def votes(stage: DialogueStage) -> int:
    return len(await stage.rows("SELECT 1 FROM document"))


async def has_two_apps(stage: DialogueStage) -> None:
    for wish in (TODO, QUIZ):
        await stage.say(wish)
        await stage.finish_builds()


async def opened(stage: DialogueStage) -> str:
    """The name of the app that the user looks at."""
    (row,) = await stage.rows(
        "SELECT title FROM contact JOIN project ON project_id = current_project_id"
    )
    return str(row["title"])
