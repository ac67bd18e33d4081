"""Whether a request to us is known to come from somebody who may ask.

Anybody can send requests, so one whose caller stays unknown leaves no span: what refuses it counts
it instead. Nor does one leave any that a page sends by itself every few seconds. A request's own
span is held back until it ends; what is below it is kept from the moment on at which the caller is
known.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class _Caller:
    is_known: bool = False
    asks_again: bool = False


_caller: ContextVar[_Caller | None] = ContextVar("textcrew_caller", default=None)


@contextmanager
def unknown_caller() -> Iterator[None]:
    """Answer a request of somebody of whom nothing is known yet."""
    token = _caller.set(_Caller())
    try:
        yield
    finally:
        _caller.reset(token)


def note_known() -> None:
    """The request's caller has shown that they may ask."""
    caller = _caller.get()
    if caller is not None:
        caller.is_known = True


def note_asks_again() -> None:
    """The request is one of many that ask the same, such as a page that follows what happens."""
    caller = _caller.get()
    if caller is not None:
        caller.asks_again = True


def leaves_no_span() -> bool:
    """Whether what runs here leaves no span."""
    caller = _caller.get()
    return caller is not None and (caller.asks_again or not caller.is_known)


def is_unknown() -> bool:
    """Whether what runs here answers a request whose caller is not known."""
    caller = _caller.get()
    return caller is not None and not caller.is_known
