"""The fixed words by language: what is said, and the English command that it means.

Several ways to say it are separated by a bar. Accents and capitals do not matter. English words are
understood in every language.
"""

import re

from bot.languages.normalize import words

_ENGLISH = {
    "help": "help | menu",
    "status": "status | progress",
    "stop": "stop | cancel",
    "try again": "try again | retry | continue | go on | carry on",
    "unsubscribe": "unsubscribe | stop all",
    "start": "start | subscribe",
    "change something": "change something",
    "new app": "new app | new | another app | new project",
    "projects": "projects | my projects | my apps | apps | list",
    "open": "open",
    "undo": "undo | go back | back",
    "redo": "redo",
    "versions": "versions | history",
    "share": "share | share it | link",
    "cost": "cost | costs | how much",
    "export": "export | download | zip",
    "data": "data | visitors' data | the data",
    "data clear": "data clear | clear data",
    "clear the data": "clear the data",
    "keep the data": "keep the data",
    "data restore": "data restore | restore data | restore the data",
    "forget me": "forget me | delete me | delete my data",
    "delete everything": "delete everything | forget everything",
    "keep everything": "keep everything | keep it",
    "what do you remember": "what do you remember | what do you know about me | "
    "what do you remember about me | memory",
    "forget that": "forget that | forget",
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
        "projects": "proyectos | mis proyectos | mis apps",
        "open": "abrir | abre",
        "undo": "deshacer | deshaz | volver atrás",
        "redo": "rehacer | rehaz",
        "versions": "versiones | historial",
        "share": "compartir | comparte | enlace",
        "cost": "coste | costo | cuánto cuesta",
        "export": "exportar | exporta | descargar",
        "data": "datos | los datos",
        "data clear": "borrar datos | borra los datos | vaciar datos",
        "clear the data": "borrar los datos",
        "keep the data": "dejar los datos",
        "data restore": "restaurar datos | recuperar datos",
        "forget me": "olvídame | borra mis datos",
        "delete everything": "borrar todo | bórralo todo",
        "keep everything": "conservar todo",
        "what do you remember": "qué recuerdas | qué recuerdas de mí | qué sabes de mí",
        "forget that": "olvida que | olvida eso | olvida",
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
        "projects": "projetos | meus projetos | meus apps",
        "open": "abrir | abre | abra",
        "undo": "desfazer | desfaz | voltar atrás",
        "redo": "refazer | refaz",
        "versions": "versões | histórico",
        "share": "compartilhar | partilhar | link",
        "cost": "custo | custos | quanto custa",
        "export": "exportar | exporta | baixar",
        "data": "dados | os dados",
        "data clear": "limpar dados | limpe os dados",
        "clear the data": "limpar os dados",
        "keep the data": "manter os dados",
        "data restore": "restaurar dados | recuperar dados",
        "forget me": "esqueça me | me esqueça | apagar meus dados",
        "delete everything": "apagar tudo",
        "keep everything": "manter tudo",
        "what do you remember": "o que você lembra | o que você lembra de mim | o que sabe de mim",
        "forget that": "esquece que | esqueça que | esquece",
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
        "projects": "projekte | meine projekte | meine apps",
        "open": "öffnen | öffne",
        "undo": "rückgängig | zurück",
        "redo": "wiederholen | wiederherstellen",
        "versions": "versionen | verlauf",
        "share": "teilen | link",
        "cost": "kosten | was kostet das | wie teuer",
        "export": "exportieren | herunterladen",
        "data": "daten | die daten",
        "data clear": "daten löschen | daten leeren",
        "clear the data": "die daten löschen",
        "keep the data": "daten behalten",
        "data restore": "daten wiederherstellen | daten zurückholen",
        "forget me": "vergiss mich | lösche meine daten",
        "delete everything": "alles löschen | lösche alles",
        "keep everything": "alles behalten",
        "what do you remember": "was weißt du über mich | was weißt du von mir | "
        "woran erinnerst du dich | was hast du dir gemerkt",
        "forget that": "vergiss dass | vergiss das | vergiss",
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
        "projects": "projets | mes projets | mes applis",
        "open": "ouvrir | ouvre",
        "undo": "défaire | reviens en arrière | retour",
        "redo": "refaire",
        "versions": "versions | historique",
        "share": "partager | partage | lien",
        "cost": "coût | coûts | combien ça coûte",
        "export": "exporter | exporte | télécharger",
        "data": "données | les données",
        "data clear": "effacer les données | efface les données",
        "clear the data": "oui efface les données",
        "keep the data": "garder les données",
        "data restore": "restaurer les données | récupérer les données",
        "forget me": "oubliez moi | oublie moi | supprimez mes données | supprime mes données",
        "delete everything": "tout supprimer | supprime tout",
        "keep everything": "tout garder",
        "what do you remember": "de quoi te souviens tu | que sais tu de moi | "
        "qu'est ce que tu sais de moi",
        "forget that": "oubliez que | oubliez ça | oubliez | oublie que | oublie ça | oublie",
    },
    "hi": {
        "help": "मदद | सहायता | मदद करो | madad",
        "status": "स्टेटस | स्थिति | कितना हुआ | कहाँ तक हुआ",
        "stop": "रुको | रोको | बंद करो | रद्द करो | रद्द | ruko | band karo",
        "try again": "फिर से | फिर से कोशिश करो | दोबारा | phir se",
        "unsubscribe": "और संदेश नहीं | सदस्यता रद्द करो",
        "start": "शुरू | शुरू करो",
        "change something": "कुछ बदलो",
        "new app": "नया ऐप",
        "projects": "प्रोजेक्ट | मेरे प्रोजेक्ट | मेरे ऐप",
        "open": "खोलो | खोलें",
        "undo": "वापस | पीछे जाओ",
        "redo": "फिर करो | आगे जाओ",
        "versions": "वर्ज़न | संस्करण | इतिहास",
        "share": "साझा करो | शेयर करो | लिंक",
        "cost": "लागत | खर्च | कितना खर्च हुआ",
        "export": "निर्यात | डाउनलोड",
        "data": "डेटा | सारा डेटा",
        "data clear": "डेटा मिटाओ",
        "clear the data": "हाँ डेटा मिटाओ",
        "keep the data": "डेटा रखो",
        "data restore": "डेटा वापस लाओ",
        "forget me": "मुझे भूल जाओ | मेरा डेटा हटाओ",
        "delete everything": "सब हटाओ | सब कुछ हटाओ",
        "keep everything": "सब रखो | सब कुछ रखो",
        "what do you remember": "तुम्हें क्या याद है | आपको क्या याद है | मेरे बारे में क्या जानते हो",
        "forget that": "भूल जाओ कि | यह भूल जाओ | भूल जाओ",
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
        "projects": "المشاريع | مشاريعي | تطبيقاتي",
        "open": "افتح",
        "undo": "تراجع | ارجع",
        "redo": "إعادة | تقدم",
        "versions": "الإصدارات | النسخ",
        "share": "شارك | مشاركة | الرابط",
        "cost": "التكلفة | كم التكلفة",
        "export": "تصدير | تنزيل",
        "data": "البيانات | بيانات",
        "data clear": "امسح البيانات",
        "clear the data": "نعم امسح البيانات",
        "keep the data": "احتفظ بالبيانات",
        "data restore": "استعد البيانات | أعد البيانات",
        "forget me": "انسني | احذف بياناتي",
        "delete everything": "احذف كل شيء",
        "keep everything": "احتفظ بكل شيء",
        "what do you remember": "ماذا تتذكر | ماذا تعرف عني | ماذا تتذكر عني",
        "forget that": "انس أن | انس ذلك | انس",
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
        "projects": "proyek | proyek saya | aplikasi saya",
        "open": "buka",
        "undo": "urungkan | kembali",
        "redo": "ulang lagi | maju",
        "versions": "versi | riwayat",
        "share": "bagikan | tautan",
        "cost": "biaya | berapa biayanya",
        "export": "ekspor | unduh",
        "data": "data | data pengunjung",
        "data clear": "kosongkan data",
        "clear the data": "ya kosongkan data",
        "keep the data": "simpan data",
        "data restore": "pulihkan data | kembalikan data",
        "forget me": "lupakan saya | hapus data saya",
        "delete everything": "hapus semua | hapus semuanya",
        "keep everything": "simpan semua",
        "what do you remember": "apa yang kamu ingat | apa yang kamu tahu tentang saya | "
        "apa yang kamu ingat tentang saya",
        "forget that": "lupakan bahwa | lupakan itu | lupakan",
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


def _beginnings(command: str) -> list[re.Pattern[str]]:
    """What a message with something behind the command looks like."""
    ways = [way for table in (_ENGLISH, *_OTHERS.values()) for way in table[command].split("|")]
    return [
        re.compile(rf"\s*{re.escape(way.strip())}\s+#?(?=\S)(.+?)[\s.!]*$", re.I | re.S)
        for way in sorted(ways, key=len, reverse=True)
    ]


_OPENINGS, _FORGETTING = _beginnings("open"), _beginnings("forget that")


def find_meaning(text: str) -> str | None:
    """The English command that a message is and says nothing else, or None."""
    return next((meanings[said] for said, meanings in _matches(text)), None)


def find_opened(text: str) -> str | None:
    """What follows a word for "open" at the beginning, or None."""
    return _what_follows(_OPENINGS, text)


def find_forgotten(text: str) -> str | None:
    """What follows a word for "forget" at the beginning, or None."""
    return _what_follows(_FORGETTING, text)


def _what_follows(beginnings: list[re.Pattern[str]], text: str) -> str | None:
    return next((found[1].strip() for one in beginnings if (found := one.match(text))), None)


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
