"""Commands: what the fixed words do, one idea a file, and never by a model."""

from collections.abc import Awaitable, Callable, Mapping

from bot.intake.commands import Command
from bot.intake.orders.changing import ask_what_to_build, ask_what_to_change
from bot.intake.orders.counting import tell_cost
from bot.intake.orders.exporting import export
from bot.intake.orders.forgetting import ask_whether_sure, forget, keep
from bot.intake.orders.going_back import redo, tell_versions, undo
from bot.intake.orders.helping import help_out
from bot.intake.orders.left_by_visitors import (
    ask_whether_to_clear,
    clear_data,
    keep_data,
    restore_data,
    tell_data,
)
from bot.intake.orders.opening import open_one, tell_projects
from bot.intake.orders.order import Order
from bot.intake.orders.remembering import forget_fact, tell_memory
from bot.intake.orders.retrying import retry
from bot.intake.orders.sharing import share
from bot.intake.orders.stopping import opt_in, opt_out, stop
from bot.intake.orders.telling import tell_status

_HANDLERS: Mapping[Command, Callable[[Order], Awaitable[None]]] = {
    Command.HELP: help_out,
    Command.STATUS: tell_status,
    Command.STOP: stop,
    Command.RETRY: retry,
    Command.UNSUBSCRIBE: opt_out,
    Command.START: opt_in,
    Command.CHANGE: ask_what_to_change,
    Command.NEW_APP: ask_what_to_build,
    Command.PROJECTS: tell_projects,
    Command.OPEN: open_one,
    Command.UNDO: undo,
    Command.REDO: redo,
    Command.VERSIONS: tell_versions,
    Command.SHARE: share,
    Command.COST: tell_cost,
    Command.EXPORT: export,
    Command.DATA: tell_data,
    Command.CLEAR_DATA: ask_whether_to_clear,
    Command.CLEAR_DATA_NOW: clear_data,
    Command.KEEP_DATA: keep_data,
    Command.RESTORE_DATA: restore_data,
    Command.FORGET: ask_whether_sure,
    Command.FORGET_NOW: forget,
    Command.KEEP: keep,
    Command.MEMORY: tell_memory,
    Command.FORGET_FACT: forget_fact,
}


async def obey(order: Order) -> None:
    """Do what is ordered and answer, all in the order's transaction."""
    await _HANDLERS[order.command](order)
