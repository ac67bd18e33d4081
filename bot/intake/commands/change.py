"""`change something` and `new`: they are asked what, so a yes to it means nothing older."""

from bot.intake.clarification import pass_over_doubt
from bot.intake.commands.context import CommandContext
from bot.intake.forget_user import withdraw_deletion_questions
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind
from bot.projects.project_list import open_project


async def ask_what_to_change(context: CommandContext) -> None:
    """Ask what should be different in the current project."""
    await withdraw_deletion_questions(context.connection, context.incoming.request_id)
    await pass_over_doubt(context.connection, context.incoming)
    project = await context.current_project()
    if project and context.project_id is not None:
        await open_project(context.connection, project.user_id, project.project_id)
    await context.answer(
        conversation_texts.what_to_change(project.title)
        if project
        else conversation_texts.NOTHING_TO_CHANGE,
        kind=MessageKind.WHAT_NEXT,
    )


async def ask_what_to_build(context: CommandContext) -> None:
    """Ask what to build next."""
    await withdraw_deletion_questions(context.connection, context.incoming.request_id)
    await pass_over_doubt(context.connection, context.incoming)
    await context.answer(conversation_texts.WHAT_NEXT, kind=MessageKind.WHAT_NEXT)
