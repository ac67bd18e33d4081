"""What a visitor answers when the page asks for something with a prompt."""

import re

# Words for what is answered with a number, in the languages that most requests come in.
_NUMBER = re.compile(
    r"\b(?:number|how (?:many|much|old|long|far)|amount|price|cost|age|year|size|count|quantity|"
    r"minutes?|hours?|seconds?|days?|percent|weight|height|width|score|points|limit|goal|budget|"
    r"zahl|anzahl|wie ?viele?|betrag|preis|alter|jahr|größe|menge|minuten|stunden|sekunden|tage|"
    r"prozent|gewicht|punkte|ziel|nombre|combien|montant|prix|âge|année|número|cuánt[oa]s?|"
    r"cantidad|precio|edad|año|numero|quant[oaie]|importo|prezzo|età|anno|quantidade|preço|idade|"
    r"aantal|hoeveel|bedrag|prijs|leeftijd|liczba|ile|kwota|cena|wiek|sayı|kaç|tutar|fiyat|yaş)\b"
    r"|[%€$£#]|\d\s*[-–…]\s*\d",
    re.IGNORECASE,
)
_DATE = re.compile(r"\b(?:date|datum|fecha|data|tarih)\b|[yj]{4}-mm-[dt]{2}", re.IGNORECASE)
_WORDS = "textcrew"


def plain_answer(question: str, proposed: str) -> str:
    """What somebody would say who does not think long: what is proposed, else what fits."""
    if proposed:
        return proposed
    if _DATE.search(question):
        return "2030-05-17"
    return "7" if _NUMBER.search(question) else _WORDS
