"""`forget me`: asked back once, then everything that is known of the user is deleted."""

from bot.intake.commands.context import CommandContext
from bot.intake.forget_user import (
    ask_to_forget,
    erase_user,
    may_be_forgotten,
    withdraw_forget_question,
)
from bot.messages import command_texts
from bot.messages.kinds import MessageKind
from bot.projects.deployments import deployments_of_user


async def ask_whether_sure(context: CommandContext) -> None:
    """Say what would be gone, and ask."""
    await ask_to_forget(context.connection, context.incoming.user_id)
    copies = await deployments_of_user(context.connection, context.incoming.user_id)
    await context.answer(
        command_texts.really_forget([copy.url for copy in copies]),
        kind=MessageKind.FORGET_ASKED,
        choices=command_texts.FORGET_CHOICES,
    )


async def forget(context: CommandContext) -> None:
    """Delete everything, if that was asked a moment ago; else ask first."""
    if not await may_be_forgotten(context.connection, context.incoming.request_id):
        await ask_whether_sure(context)
        return
    copies = await erase_user(
        context.connection, user_id=context.incoming.user_id, request_id=context.incoming.request_id
    )
    goodbye = command_texts.forgotten([copy.url for copy in copies])
    await context.answer(goodbye, kind=MessageKind.FORGOTTEN)


async def keep(context: CommandContext) -> None:
    """Leave everything as it is."""
    await withdraw_forget_question(context.connection, context.incoming.request_id)
    await context.answer(command_texts.NOTHING_FORGOTTEN, kind=MessageKind.FORGET_DECLINED)
