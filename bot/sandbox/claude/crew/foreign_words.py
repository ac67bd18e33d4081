"""The few words of other languages that the stand-in knows: enough to play along."""

import re
import unicodedata

_SCRIPTS = {"DEVANAGARI": "hi", "ARABIC": "ar"}
_COMMON = {
    "es": "hola hazme haz crea construye quiero una lista tareas gracias para con hazlo ponlo el "
    "cómo estás qué puedes hacer",
    "pt": "olá oi faz faça cria crie quero uma um tarefas obrigado obrigada com você",
    "de": "hallo bau baue mach erstelle mir eine einen ich möchte bitte danke es ist was kannst du "
    "aufgaben",
    "fr": "bonjour salut fais crée construis moi je veux une un des tâches merci avec appli",
    "id": "halo hai buat buatkan bikin aku saya mau aplikasi daftar tugas terima kasih tolong",
    "en": "hello hi build make create a an the me i want it with and please add app to is my you",
}
_REQUESTS = re.compile(
    r"\b(?:hazme|haz|crea|crear|construye|quiero|necesito|faz|faça|crie?|quero|bau|baue|erstelle|"
    r"mach mir|ich möchte|ich brauche|fais|crée|construis|je veux|buat|buatkan|bikin|बनाओ|बना दो|"
    r"चाहिए|اصنع|أنشئ|ابن|أريد)(?:\b|$)",
    re.I,
)
_MUSINGS = re.compile(
    r"\b(?:algún día|algum dia|irgendwann|un jour|suatu hari)\b|किसी दिन|يومًا ما", re.I
)
_KINDS = {
    "todo": r"tareas|compras|tarefas|aufgaben|einkaufsliste|tâches|courses|tugas|टूडू|कार्य|सूची|مهام",
    "notes": r"notas|notizen|notizbuch|catatan|नोट्स|ملاحظات",
    "counter": r"contador|zähler|compteur|penghitung|काउंटर|عداد",
    "calculator": r"calculadora|taschenrechner|rechner|calculatrice|kalkulator|कैलकुलेटर|آلة حاسبة",
    "quiz": r"preguntas|perguntas|kuis|क्विज़|اختبار",
}


def language_of(words: str, otherwise: str) -> str:
    """The language that most of the words belong to."""
    for letter in words:
        script = unicodedata.name(letter, "").split(" ")[0]
        if script in _SCRIPTS:
            return _SCRIPTS[script]
    said = set(re.findall(r"\w+", words.casefold()))
    known = {language: len(said & set(common.split())) for language, common in _COMMON.items()}
    best = max(known, key=known.__getitem__)
    return best if known[best] > known.get(otherwise, 0) else otherwise


def asks_for_something(words: str) -> bool:
    """Whether the words ask for something to be made, in another language than English."""
    return bool(_REQUESTS.search(words))


def muses(words: str) -> bool:
    """Whether the words may only dream of something, in another language than English."""
    return bool(_MUSINGS.search(words))


def kind_of(words: str) -> str | None:
    """Which of the apps another language's word for it names."""
    return next((kind for kind, names in _KINDS.items() if re.search(names, words, re.I)), None)
