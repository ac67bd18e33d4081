"""An answer to what is open comes before all else that a message may mean.

An option answers the question that has it; yes and no answer the latest one, and nothing where that
cannot be answered so or words were asked for since. A mere yes deletes nothing, and ends no
messages, once the user has heard something else since, and a question back ("sure?") never does.
Where a message is quoted, only what it asks can be answered. A stop is more than a no, so it is
none here: `bot.intake.commands.stop` says what it answers. What is one only while something is
built is a no where it says so ("never mind"), and else for a model to tell ("enough"). Nor do those
who want no messages answer with the commands that they have left: "start" is their way back.
"""

import re
from dataclasses import dataclass, replace

from bot.intake.assent import find_assent
from bot.intake.command_names import WITHOUT_MESSAGES, Command, find_command, find_stop
from bot.intake.dialogue_state import DialogueState
from bot.intake.incoming import Incoming
from bot.intake.open_question import ENDINGS, About, OpenQuestion
from bot.intake.vocabulary import REASSURANCE, find_meanings
from bot.languages.i18n import localized
from bot.languages.normalize import folded, is_question, number_in
from bot.messages.quick_replies import Choice

CREW_TAP = re.compile(r"answer ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) ([1-9])")
# Commands that are a yes to it. "Try again" is none: it means what ended last.
_YES_TO = {
    About.DOUBT: Command.START,
    About.BUDGET: Command.START,
    About.UNSUBSCRIBE: Command.UNSUBSCRIBE,
    About.CLEAR: Command.FORGET_NOW,
}
# Commands that are no yes, whatever else they say, where it was asked whether something shall end.
_GO_AHEAD = {Command.START, Command.RETRY}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Yes or no to a question, or to the crew's the option of that id.

    It `is_mere` where nothing in it tells which question it answers: no choice, no quote. It
    `is_unclear` where they ask back ("sure?"), only reassure ("no worries"), may have meant another
    word, forward somebody else's, or reply to something that is not known any more.
    """

    question: OpenQuestion
    is_yes: bool = False
    option: str = ""
    is_mere: bool = False
    is_unclear: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Whether it may be none, or a yes to what the user heard after the question."""
        return self.is_yes and (self.is_unclear or (self.is_mere and self.question.is_overtaken))


def find_answer(dialogue: DialogueState, incoming: Incoming) -> Answer | None:
    """The answer that a message is by its words alone, None if it is none."""
    answer = _find_answer(dialogue, incoming)
    return as_clear_as_said(answer, dialogue, incoming) if answer else None


def as_clear_as_said(answer: Answer, dialogue: DialogueState, incoming: Incoming) -> Answer:
    """The answer, unclear where its question asks for a plain yes and it may be none."""
    if answer.question.about not in ENDINGS:
        return answer
    is_unclear = dialogue.points_elsewhere or _may_say_else(incoming.body)
    return replace(answer, is_unclear=is_unclear)


def _may_say_else(said: str) -> bool:
    """Whether it asks back, only reassures, or is a yes only if it is misspelled ("genau")."""
    if is_question(said) or find_meanings(REASSURANCE, said):
        return True
    return bool(find_assent(said)) and find_assent(said, is_literal=True) is None


def _find_answer(dialogue: DialogueState, incoming: Incoming) -> Answer | None:
    if not incoming.is_words:
        return None
    if dialogue.awaits_words and not incoming.is_tapped and find_assent(incoming.body) is not None:
        return None
    questions, said = dialogue.answerable, folded(incoming.body)
    for question in questions:
        place = next((n for n, one in enumerate(question.choices) if said in _names(one)), None)
        if place is not None:
            return _chosen(question, place)
    if not questions:
        return None
    number = number_in(said) or 0
    if 0 < number <= len(questions[0].options):
        return _chosen(questions[0], number - 1)
    command = find_command(incoming.body)
    if command is Command.STOP or (command in WITHOUT_MESSAGES and dialogue.has_opted_out):
        return None
    return _plain(questions[0], incoming.body, dialogue)


def _may_stop(dialogue: DialogueState) -> bool:
    """Whether a stop would end something: one that quotes a message ends what its app is at."""
    return bool(dialogue.builds) and (dialogue.quoted is None or dialogue.is_quoted_built)


def _names(choice: Choice) -> set[str]:
    """What choosing it looks like: its id, its title, its title as the user reads it."""
    return {folded(name) for name in (choice.id, choice.title, localized(choice.title))} - {""}


def _chosen(question: OpenQuestion, place: int) -> Answer:
    if question.about is About.CREW:
        return Answer(question=question, option=question.choices[place].id)
    return Answer(question=question, is_yes=place == 0)


def _plain(question: OpenQuestion, said: str, dialogue: DialogueState) -> Answer | None:
    """Yes or no in any words, where the question can be answered so."""
    command = find_command(said)
    names_it = command is not None and command is _YES_TO.get(question.about)
    is_yes = True if names_it else find_assent(said)
    if is_yes is None and command is None and not _may_stop(dialogue) and find_stop(said):
        is_yes = False  # "that's enough"
    if is_yes is None or (command in _GO_AHEAD and question.about in ENDINGS):
        return None
    if question.about is not About.CREW:
        is_mere = dialogue.quoted is None and not names_it
        return Answer(question=question, is_yes=is_yes, is_mere=is_mere)
    return choose(question, is_yes=is_yes)


def choose(question: OpenQuestion, *, is_yes: bool) -> Answer | None:
    """The one option of the crew's question that says yes, or no; None if several do or none."""
    titles = ((one.id, find_assent(one.title, is_literal=True)) for one in question.choices)
    alike = [choice_id for choice_id, says in titles if says is is_yes]
    return Answer(question=question, option=alike[0]) if len(alike) == 1 else None
