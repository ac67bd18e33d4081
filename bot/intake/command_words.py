"""The fixed words by language: what is said, and the English command that it means.

Several ways to say it are separated by a bar. Accents and capitals do not matter. English words are
understood in every language.
"""

from bot.languages.folding import words

_ENGLISH = {
    "help": "help | menu",
    "status": "status | progress",
    "stop": "stop | cancel",
    "try again": "try again | retry",
    "unsubscribe": "unsubscribe | stop all",
    "start": "start | subscribe",
    "change something": "change something",
    "new app": "new app",
}
_OTHERS = {
    "es": {
        "help": "ayuda | ayúdame | menú",
        "status": "estado | cómo va | cuánto falta",
        "stop": "para | parar | detente | detener | alto | cancela | cancelar | basta",
        "try again": "otra vez | inténtalo de nuevo | inténtalo otra vez | reintentar | de nuevo",
        "unsubscribe": "baja | darme de baja | cancelar suscripción | no más mensajes",
        "start": "empezar | empieza | comenzar | alta",
        "change something": "cambiar algo | cambia algo",
        "new app": "nueva app | app nueva | nueva aplicación",
    },
    "pt": {
        "help": "ajuda | me ajuda | menu",
        "status": "estado | situação | como está | quanto falta",
        "stop": "para | parar | pare | cancela | cancelar | chega",
        "try again": "de novo | tenta de novo | tente de novo | tentar de novo | tente novamente",
        "unsubscribe": "sair da lista | cancelar inscrição | não quero mais mensagens",
        "start": "começar | comece | iniciar",
        "change something": "mudar algo | mudar alguma coisa",
        "new app": "novo app | novo aplicativo",
    },
    "de": {
        "help": "hilfe | hilf mir | menü",
        "status": "stand | wie weit bist du | wie weit",
        "stop": "stopp | halt | abbrechen | hör auf | anhalten",
        "try again": "nochmal | noch mal | noch einmal | versuch es nochmal | weiter",
        "unsubscribe": "abmelden | abbestellen | keine nachrichten mehr",
        "start": "anmelden | los",
        "change something": "etwas ändern",
        "new app": "neue app",
    },
    "fr": {
        "help": "aide | aide moi | à l'aide | menu",
        "status": "statut | état | où en es tu | où en est on",
        "stop": "arrête | arrêter | arrête toi | annule | annuler",
        "try again": "réessaie | réessayer | encore une fois | essaie encore",
        "unsubscribe": "désabonner | me désabonner | désinscription | plus de messages",
        "start": "commencer | démarrer",
        "change something": "changer quelque chose",
        "new app": "nouvelle app | nouvelle appli | nouvelle application",
    },
    "hi": {
        "help": "मदद | सहायता | मदद करो | madad",
        "status": "स्थिति | कितना हुआ | कहाँ तक हुआ",
        "stop": "रुको | रोको | बंद करो | रद्द करो | रद्द | ruko | band karo",
        "try again": "फिर से | फिर से कोशिश करो | दोबारा | phir se",
        "unsubscribe": "और संदेश नहीं | सदस्यता रद्द करो",
        "start": "शुरू | शुरू करो",
        "change something": "कुछ बदलो",
        "new app": "नया ऐप",
    },
    "ar": {
        "help": "مساعدة | ساعدني | المساعدة",
        "status": "الحالة | حالة | أين وصلت | كم بقي",
        "stop": "توقف | قف | أوقف | إيقاف | إلغاء | الغ",
        "try again": "حاول مرة أخرى | مرة أخرى | أعد المحاولة",
        "unsubscribe": "إلغاء الاشتراك | لا مزيد من الرسائل",
        "start": "ابدأ | اشتراك",
        "change something": "غير شيئا | تغيير شيء",
        "new app": "تطبيق جديد",
    },
    "id": {
        "help": "bantuan | tolong | bantu | bantu saya | menu",
        "status": "kemajuan | sampai mana | sudah sampai mana",
        "stop": "berhenti | hentikan | batal | batalkan | setop",
        "try again": "coba lagi | ulangi | sekali lagi",
        "unsubscribe": "berhenti berlangganan | jangan kirim pesan lagi",
        "start": "mulai",
        "change something": "ubah sesuatu | ganti sesuatu",
        "new app": "aplikasi baru",
    },
}
_FILLERS = frozenset(
    words(
        "please now it that the build "
        "por favor ya esto eso ahora agora isso lo la bitte jetzt das es sofort mal "
        "s'il te vous plaît maintenant ça tout de suite कृपया अभी इसे من فضلك الآن tolong "
        "sekarang dong"
    )
)


def _by_words(table: dict[str, str]) -> dict[str, str]:
    return {
        " ".join(words(way)): command for command, ways in table.items() for way in ways.split("|")
    }


MEANINGS = {"en": _by_words(_ENGLISH)} | {
    language: _by_words(table) for language, table in _OTHERS.items()
}


def find_meaning(text: str) -> str | None:
    """The English command that a message is and says nothing else, or None."""
    return next((meanings[said] for said, meanings in _matches(text)), None)


def find_language(text: str) -> str | None:
    """The language of a command that only one language has a word for, or None."""
    found = {
        language
        for language, meanings in MEANINGS.items()
        if any(meanings is matched for _, matched in _matches(text))
    }
    return found.pop() if len(found) == 1 and found != {"en"} else None


def _matches(text: str) -> list[tuple[str, dict[str, str]]]:
    """As it is said, else without polite words, in every language that has it."""
    said = words(text)
    plain = [word for word in said if word not in _FILLERS]
    for way in (" ".join(said), " ".join(plain)):
        found = [(way, meanings) for meanings in MEANINGS.values() if way in meanings]
        if found:
            return found
    return []
