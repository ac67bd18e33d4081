"""Fixed words against lists of what people type: how many are heard as they were meant."""

from collections import defaultdict
from pathlib import Path

import pytest

from bot.intake.assent import find_assent
from bot.intake.command_names import Command, find_command, find_stop
from bot.intake.vocabulary import languages
from bot.languages.i18n import use_locale
from bot.languages.normalize import folded, plain_words, words

YES, NO = "yes (a question is open)", "no (a question is open)"
STOP, NONE = "stop", "not a command"
ENDING = {Command.STOP, Command.UNSUBSCRIBE, Command.UNDO, Command.REDO, Command.CLEAR_DATA,
          Command.CLEAR_DATA_NOW, Command.FORGET, Command.FORGET_NOW}  # fmt: skip
LISTS = ["phrases.tsv", "more_phrases.tsv"]


def read_phrases(name: str) -> list[tuple[str, str]]:
    """Each phrase and its meaning; a doubtful one, which is a command and none, counts as that."""
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if not line.startswith("#")]
    commands = {folded(said) for said, meaning in pairs if meaning not in {YES, NO, NONE}}
    return [
        (said, meaning)
        for said, meaning in pairs
        if meaning != NONE or folded(said) not in commands
    ]


def is_understood(said: str, meaning: str) -> bool:
    if meaning in {YES, NO}:
        return find_assent(said) is (meaning == YES)
    if meaning == STOP:
        return find_stop(said)
    return find_command(said) == (None if meaning == NONE else meaning)


@pytest.mark.parametrize("name", LISTS)
def test_what_people_type_is_heard_as_it_was_meant(name: str) -> None:
    figures: dict[str, list[bool]] = defaultdict(list)
    for said, meaning in read_phrases(name):
        understood = is_understood(said, meaning)
        figures[meaning].append(understood)
        if not understood:
            print(f"not understood: {said!r} ({meaning}) is {find_command(said)}")
    for meaning, each in figures.items():
        print(f"{meaning}: {sum(each)} of {len(each)}")
    answers = figures.pop(YES) + figures.pop(NO)
    none, stops = figures.pop(NONE), figures[STOP]
    commands = [one for each in figures.values() for one in each]
    print(f"commands {share(commands):.2f}, answers {share(answers):.2f}, stops {share(stops):.2f}")
    assert share(commands) >= 0.85
    assert share(answers) >= 0.90
    assert share(stops) >= 0.90
    assert share(none) >= 0.99


@pytest.mark.parametrize(
    "said",
    ["enough", "Forget it!", "hold on", "never mind", "leave it", "don't build it", "basta",
     "déjalo", "lass es", "deixa pra lá", "laisse tomber", "rehne do", "يكفي", "gak jadi"],
)  # fmt: skip
def test_more_words_mean_stop_while_something_is_built(said: str) -> None:
    assert find_stop(said)


@pytest.mark.parametrize(
    "said", ["don't stop", "stop watch app", "make it stop blinking", "hello", "मुझे भूल जाओ"]
)
def test_what_only_has_the_word_is_no_stop(said: str) -> None:
    assert not find_stop(said)


@pytest.mark.parametrize(
    "said", ["cancel", "never mind", "no", "nein", "cancela", "annule", "quit"]
)
def test_a_refusal_does_not_end_messages(said: str) -> None:
    assert find_command(said) != "unsubscribe"


def test_a_word_that_is_for_in_spanish_stops_only_what_is_built() -> None:
    assert find_command("para") is None
    assert find_stop("Para!")


@pytest.mark.parametrize(
    "said",
    ["line", "the line", "Anmeldung", "Monat", "historia", "histoire", "gatos", "Aufgaben", "gear",
     "stats", "verses", "parte", "alat", "recht", "the state", "green"],
)  # fmt: skip
def test_a_word_of_its_own_is_no_slip_of_a_fixed_one(said: str) -> None:
    assert find_command(said) is None
    assert not find_stop(said)
    assert find_assent(said) is None


# Words and names of each language that differ little from what stops, ends, deletes or steps back.
LOOK_ALIKES = {
    "en": "annual angular abandoned curse course unit sleep stamp step soup shop strip spot"
    " nude undone until unsure rookie suspense suspended terminal forest forgot quiet Kate",
    "es": "anual angular canela candela cancelo parte pasar nudo olvidaste olvidarte olvidarse"
    " terminal terminas regresan renacer votar sala gatos manzana Carla suspenso",
    "pt": "canela cancelada pasar passar votar verso suspense suspensa esperta seguira terminal"
    " desistiu angular parede parente dezembro olvido",
    "de": "recht riecht reiht Kassel Kessel Schuss Stoff stopfen passieren Anmeldung abstellen"
    " abhalten Anwalt anwalten verworfen vorwerfen verwerten unterbrochen Sylt Sasel Halle",
    "fr": "annuel défis arte parle parlé lisez suspens suspendu terminale"
    " fracture renversé retourna atendus Arles Angers",
    "hi": "roka ruka bandar bundi rokna raddi chhota baaja",
    "ar": "wakeel kalam salat khalis نقف تراجعت",
    "id": "batalion berak matian kebalikan menyerap sudahkah majikan wati bukan buah bentuk lupin"
    " kembar berani",
}
SLIPS = {
    "en": "stpo sotp cnacel canecl udno revret unsubcribe otpout",
    "es": "detnete cnacela dehsacer ovlidarme",
    "pt": "cnacela desfzaer vlotar dsecadastrar",
    "de": "abbrcehen afuhören ambelden rükcgängig",
    "fr": "annluer arrêtze dseinscrire dfeaire",
    "hi": "rkuiye usnubscribe cnacel",
    "ar": "twaaqaf cnacel esnani",
    "id": "berhneti hentiakn brehenti mtaikan",
}


@pytest.mark.parametrize(
    ("language", "said"),
    [(each, said) for each, row in LOOK_ALIKES.items() for said in row.split()],
)
def test_no_word_of_its_own_ends_deletes_or_takes_back(language: str, said: str) -> None:
    with use_locale(language):
        assert find_command(said) not in ENDING
        assert not find_stop(said)


@pytest.mark.parametrize(
    ("language", "slip"), [(each, slip) for each, row in SLIPS.items() for slip in row.split()]
)
def test_what_reads_like_no_word_is_a_slip(language: str, slip: str) -> None:
    with use_locale(language):
        assert find_command(slip) in ENDING


@pytest.mark.parametrize(
    ("speaks", "said"), [("fr", "berhneti"), ("en", "aufhroen"), ("de", "lein"), ("id", "annluer")]
)
def test_a_slip_is_one_of_the_language_that_is_spoken(speaks: str, said: str) -> None:
    with use_locale(speaks):
        assert find_command(said) is None


@pytest.mark.parametrize("slip", ["porjects", "unsubcribe", "lnik", "hlep", "stpo"])
def test_a_slip_of_english_is_heard_in_every_language(slip: str) -> None:
    for language in languages():
        with use_locale(language):
            assert find_command(slip) is not None


@pytest.mark.parametrize("slip", ["stauts", "vresions", "pelase stpo", "sahre it"])
def test_a_slip_is_still_heard(slip: str) -> None:
    assert find_command(slip) is not None


def test_what_would_change_an_app_is_no_lone_word_that_may_be_talk() -> None:
    assert find_command("Menu") == "help"
    assert (find_command("back"), find_command("forward")) == (None, None)
    assert (find_command("go back"), find_command("go forward")) == ("undo", "redo")


def share(each: list[bool]) -> float:
    return sum(each) / len(each)


@pytest.mark.parametrize(
    "text", ["STOOOP stop!!!", "don't  'Help' me", "a_b-c.d\t\x01x", "22 33a", "?!"]
)
def test_plain_text_is_folded_as_every_other_is(text: str) -> None:
    """A letter beyond ASCII has all of it looked at."""
    assert words(f"{text} é") == [*words(text), "e"]
    assert plain_words(f"{text} é") == [*plain_words(text), "e"]
