"""Which language a user asks for in so many words: "deutsch please", "speak Spanish"."""

from bot.languages.normalize import words

_NAMES = {
    "en": "english inglish angrezi ingles anglais englisch inggris "
    "अंग्रेज़ी इंग्लिश الإنجليزية انجليزي بالإنجليزية",
    "es": "spanish español castellano espagnol espanhol spanisch spanyol स्पेनिश الإسبانية "
    "اسباني بالإسبانية",
    "pt": "portuguese português portugais portugués portugiesisch portugis पुर्तगाली البرتغالية "
    "برتغالي بالبرتغالية",
    "de": "german deutsch alemán alemão allemand jerman जर्मन الألمانية ألماني بالألمانية",
    "fr": "french français francés francês französisch prancis perancis फ्रेंच الفرنسية فرنسي "
    "بالفرنسية",
    "hi": "hindi hindí हिंदी हिन्दी الهندية هندي بالهندية",
    "ar": "arabic arabe árabe arabisch arab العربية عربي بالعربية अरबी",
    "id": "indonesian indonesia indonesio indonésio indonésien indonesisch इंडोनेशियाई "
    "الإندونيسية اندونيسي بالإندونيسية",
}
_AROUND = set(
    words(
        "please pls plz speak talk write answer reply respond switch change use to in me with can "
        "could you u we i want would like now language the let lets us from on only ok hey "
        "por favor habla hablar hablame hablas escribe escribeme responde en idioma puedes quiero "
        "cambia a al conmigo ahora fala fale escreva responda em para o pode quero mude "
        "agora comigo idioma "
        "bitte sprich sprechen schreib schreiben antworte antworten auf mit mir kannst können du "
        "sie wir jetzt wechsle zu sprache lieber nur "
        "parle parlez ecris ecrivez reponds repondez s'il te plait vous plaît svp stp passe langue "
        "peux tu pouvez en avec moi maintenant plutot "
        "कृपया में मे बोलो बात करो करें लिखो लिखें जवाब दो दें मुझसे भाषा "
        "kripya mein me main bolo baat karo kare likho jawab do mujhse bhasha please "
        "من فضلك تكلم تحدث اكتب معي اللغة لو سمحت رجاء بـ ب باللغة أجب رد علي "
        "tolong pakai gunakan dalam bicara tulis jawab ganti ke dengan saya aku mohon bahasa "
        "dong aja bisa pakai bicaralah"
    )
)
_BY_NAME = {name: language for language, names in _NAMES.items() for name in words(names)}
_KNOWN = _BY_NAME.keys() | _AROUND


def find_locale_request(text: str) -> str | None:
    """The language that a message asks for and says nothing else, or None.

    "Spanish" alone is a request; "a Spanish quiz" is not one, because a quiz is no way to speak.
    """
    named = named_locales(text)
    if len(named) != 1 or any(word not in _KNOWN for word in words(text)):
        return None
    return named.pop()


def is_name_alone(text: str) -> bool:
    """Whether a message is the name of a language and no other word: "Indonesia"."""
    return all(word in _BY_NAME for word in words(text))


def named_locales(text: str) -> set[str]:
    """The languages that a text names, whatever else it says."""
    return {_BY_NAME[word] for word in words(text) if word in _BY_NAME}
