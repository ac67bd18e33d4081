"""Whether the page speaks the language that it was asked for.

An honest heuristic: the declared language must be the asked one; other scripts are told by their
letters, languages in Latin letters by their commonest words, and only where one clearly wins. What
cannot be told is not held against the page.
"""

import re

from bot.checks.page_session import PageSession, script
from bot.checks.report import Finding

ENOUGH_WORDS = 12  # below that, common words say nothing
ENOUGH_COMMON_WORDS = 4  # of the language that it seems to be
CLEARLY = 3  # times as many common words as the language that was asked for

_COMMON = {
    "en": (
        "the and of to is in you your that it for with are not this add new all no yes "
        "be or by from have what here about our we can will on at"
    ),
    "de": (
        "der die das und ist nicht ein eine einen du dein deine ich wir mit für auf von "
        "zu im den dem des noch keine hier neue alle sind wird werden oder aber auch "
        "bei aus"
    ),
    "fr": (
        "le la les et est un une des du vous votre vos pour avec dans sur pas ne que "
        "qui ce cette nous ici tous toutes nouvelle nouveau aucun au aux mais ou sont"
    ),
    "es": (
        "el la los las y es un una de del que en para con por no su tu sus tus este "
        "esta aquí todos todas nuevo nueva más pero como al se son"
    ),
    "it": (
        "il lo la gli le e è un una di del della che in per con non tuo tua qui tutti "
        "tutte nuovo nuova più ma come al si sono ancora"
    ),
    "pt": (
        "o a os as e é um uma de do da dos das que em para com por não seu sua aqui "
        "todos todas novo nova mais mas como ao se são você"
    ),
    "nl": (
        "de het een en is niet je jouw van voor met op in dit dat zijn er geen hier "
        "alle nieuwe nog of maar ook bij uit wordt"
    ),
    "pl": (
        "i w na nie jest to się z do że dla jak są twoje twój tutaj wszystkie nowy nowa "
        "lub ale oraz po od"
    ),
    "tr": ("ve bir bu için ile değil yok var yeni tüm senin daha çok ya da ne burada olarak"),
}
_LETTERS = {
    "ru": "Ѐ-ӿ",
    "uk": "Ѐ-ӿ",
    "bg": "Ѐ-ӿ",
    "el": "Ͱ-Ͽ",
    "he": "֐-׿",
    "ar": "؀-ۿ",
    "fa": "؀-ۿ",
    "hi": "ऀ-ॿ",
    "th": "฀-๿",
    "ko": "가-힣",
    "ja": "ぁ-ヿ一-鿿",
    "zh": "一-鿿",
}
_WORD = re.compile(r"[^\W\d_]+")


async def check_language(visit: PageSession, asked: str) -> None:
    """Complain of a page that declares or reads like another language than `asked`, ISO 639-1."""
    text = await visit.ask(script("text"))
    for message in mismatches(asked.lower()[:2], str(text["language"]), str(text["words"])):
        visit.evidence.add(Finding(check="language", message=message))


def mismatches(asked: str, declared: str, words: str) -> list[str]:
    """What speaks against the page being in the language `asked`."""
    found = []
    if declared.lower()[:2] != asked:
        found.append(f'<html lang="{declared}"> should be lang="{asked}"')
    if seems := other_language(asked, words):
        found.append(f"the page was asked for in “{asked}”, but its text reads like “{seems}”")
    return found


def other_language(asked: str, words: str) -> str | None:
    """What the words clearly are in instead: the code of a language, or "another script"."""
    found = [word.lower() for word in _WORD.findall(words)]
    if len(found) < ENOUGH_WORDS:
        return None
    if asked in _LETTERS:
        share = len(re.findall(f"[{_LETTERS[asked]}]", words)) / sum(map(len, found))
        return "another script" if share < 0.3 else None
    if asked not in _COMMON:
        return None
    counts = {
        language: sum(word in common for word in found)
        for language, common in ((code, set(text.split())) for code, text in _COMMON.items())
    }
    likely = max(counts, key=lambda language: counts[language])
    if counts[likely] >= ENOUGH_COMMON_WORDS and counts[likely] > CLEARLY * counts[asked]:
        return likely
    return None
