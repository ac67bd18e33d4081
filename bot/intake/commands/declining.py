"""No to what the user was asked: nothing is done, and they read that."""

from dataclasses import replace

from bot.builds.builds import decline_to_go_on
from bot.intake.clarification import pass_over_doubt
from bot.intake.commands.context import CommandContext
from bot.intake.commands.forget import keep
from bot.intake.commands.visitor_data import keep_data
from bot.intake.open_question import About, OpenQuestion
from bot.messages import budget_texts, conversation_texts


async def decline(context: CommandContext, question: OpenQuestion) -> None:
    """Let the question be answered with no; what the crew asks stays open."""
    connection = context.connection
    match question.about:
        case About.FORGET:
            await keep(context)
        case About.CLEAR:
            await keep_data(replace(context, project_id=question.project_id))
        case About.DOUBT:
            await pass_over_doubt(connection, context.incoming)
            await context.answer(conversation_texts.DOUBT_DECLINED)
        case About.BUDGET:
            if question.build_id is not None:
                await decline_to_go_on(connection, question.build_id)
            await context.answer(budget_texts.BUDGET_DECLINED)
        case About.UNSUBSCRIBE:
            await context.answer(conversation_texts.STILL_SUBSCRIBED)
        case About.CREW:
            await context.answer(conversation_texts.NOTHING_RUNS)
