"""What the stand-in says of the product: what stands in the sheet that it is given, and no more.

English has the sheet's own lines. Spanish has sentences of its own, each said only where the sheet
says so too.
"""

import re

_QUESTIONS = {
    "Can build": r"what (?:can|do) you (?:do|make|build)|qu[eé] (?:puedes|sabes) hacer",
    "Cannot build": r"\b(?:payments?|log ?ins?|accounts?|e-?mails?|pagos?|cuentas?)\b",
    "Cost": r"\b(?:cost|price|expensive|for free|cuesta|precio|gratis)\b",
    "Who sees an app": r"\b(?:private|public|who (?:can )?sees?|privad[oa]|p[uú]blic[oa])\b",
}
_IN_SPANISH = {
    "Can build": ("web apps", "Puedo hacer pequeñas aplicaciones web de una página."),
    "Cannot build": ("payments", "No, eso no lo puedo hacer: ni pagos ni cuentas."),
    "Cost": ("$", "Un pedido cuesta como mucho {0}, y un usuario {1} al día."),
    "Who sees an app": ("whoever has the link", "La ve quien tenga el enlace, sin contraseña."),
}
_AMOUNT = re.compile(r"\$[\d,]+\.\d\d")


def answer_about(words: str, sheet: str, language: str) -> str | None:
    """The answer from the sheet; None if that is no question about the product."""
    lines = dict(line.split(": ", 1) for line in sheet.splitlines() if ": " in line)
    asked = (one for one, pattern in _QUESTIONS.items() if re.search(pattern, words, re.I))
    subject = next(asked, None)
    if subject is None or subject not in lines:
        return None
    told = lines[subject]
    if language == "Spanish":
        proof, sentence = _IN_SPANISH[subject]
        return sentence.format(*_AMOUNT.findall(told)) if proof in told else None
    return f"{subject}: {told}"
