"""What a plan makes of a request: the user's own words, one requirement each, and all of them.

Only what the user said counts. What a plan quotes of it is taken so; a sentence that it passes
over, or tells in words of its own, is a requirement as it stands.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.attachments.mentions import CONTACT, kinds_of, mentions, without_mentions
from bot.languages.normalize import words
from bot.model.answers import Plan, Wanted
from bot.projects.requirements import PlannedRequirement

_SENTENCE = re.compile(r"[^.!?;\n。।؟؛]+[.!?;。।؟؛]*")


def items_of(
    plan: Plan, request_text: str, *, told: Sequence[str], earlier: frozenset[int]
) -> tuple[PlannedRequirement, ...]:
    """The requirements of a request; none where the plan names none, so that it stands whole.

    `told` is what else the user has said; `earlier` are the numbers that may be replaced.
    """
    if not plan.requirements:
        return ()
    sources = [words(part) for part in (request_text, *told)]
    quoted = [one for one in plan.requirements if _is_quoted(one, sources)]
    others = {number for one in plan.requirements if one not in quoted for number in one.replaces}
    items = [*(_item(one, earlier) for one in quoted), *_brought(request_text)]
    passed_over = [*_passed_over(request_text, [words(one.words) for one in quoted])]
    # What a paraphrase replaces is replaced by the user's words that it stands for.
    if own_words := passed_over or items:
        last = own_words[-1]
        replaced = tuple(sorted({*last.replaces, *(others & earlier)}))
        own_words[-1] = replace(last, replaces=replaced)
    return tuple(_in_order_of(words(without_mentions(request_text)), items, passed_over))


def _in_order_of(
    said: list[str], items: list[PlannedRequirement], passed_over: list[PlannedRequirement]
) -> list[PlannedRequirement]:
    """All of them, where a sentence stands before what was said after it: the later one counts."""

    def place(one: PlannedRequirement) -> int:
        return next(iter(_places(words(one.words), said)), -1)

    for sentence in passed_over:
        later = (at for at, one in enumerate(items) if place(one) > place(sentence))
        items.insert(next(later, len(items)), sentence)
    return items


def _item(one: Wanted, earlier: frozenset[int]) -> PlannedRequirement:
    return PlannedRequirement(
        words=one.words,
        kind=one.kind,
        source=one.source,
        is_left_out=not one.can_be_built,
        replaces=tuple(number for number in one.replaces if number in earlier),
    )


def _is_quoted(one: Wanted, sources: list[list[str]]) -> bool:
    """Whether the user has said so; what a picture says only the planner has seen."""
    if not words(one.words):
        return False
    return one.source == "picture" or any(_places(words(one.words), said) for said in sources)


def _brought(request_text: str) -> Iterator[PlannedRequirement]:
    """The files that came with it."""
    for brought in mentions(request_text):
        if CONTACT not in kinds_of(brought):  # is on the page only where the words ask for it
            yield PlannedRequirement(words=brought, source="picture")


def _passed_over(request_text: str, quotes: list[list[str]]) -> Iterator[PlannedRequirement]:
    """The sentences of which less than half is quoted."""
    for sentence in _SENTENCE.findall(without_mentions(request_text)):
        said = words(sentence)
        covered = {
            place + offset
            for quote in quotes
            for place in _places(quote, said)
            for offset in range(len(quote))
        }
        is_inside = any(_places(said, quote) for quote in quotes)
        if said and not is_inside and 2 * len(covered) < len(said):
            yield PlannedRequirement(words=sentence.strip())


def _places(quote: list[str], said: list[str]) -> list[int]:
    """Where the words of a quote stand one after the other."""
    last = len(said) - len(quote)
    return [at for at in range(last + 1) if quote and said[at : at + len(quote)] == quote]
