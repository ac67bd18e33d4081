"""What holds for every fixed phrase of every language, also for those that nobody thought of."""

from collections.abc import Iterator

import pytest

from bot.intake.assent import find_assent
from bot.intake.command_names import Command, find_command, find_stop
from bot.intake.commands.stop import STOP_WORDS
from bot.intake.vocabulary import ANSWERS, COMMANDS, WHILE_BUILDING, languages, phrasebook
from bot.languages.i18n import localized, use_locale
from bot.languages.normalize import plain_words
from bot.messages import conversation_texts

# By language: what refuses or ends something, and what is refused where somebody wants no messages.
REFUSALS = {
    "en": "dont do not never no unsubscribe unsub stop stopall end opt optout out leave remove off"
    " cancel quit block",
    "es": "baja darme dame cancelar cancela desuscribir desuscribirme desuscríbeme desuscribirse no"
    " deja déjame para parar",
    "pt": "sair tire tira remova remove retire descadastrar descadastre descadastra descadastro"
    " desinscrever desinscreva desinscreve cancelar cancela não para pare parar chega sem deixa"
    " deixe",
    "de": "abmelden abmeldung abbestellen abbestellung ab austragen aus keine nie nicht nichts hör"
    " hören lass lassen kündigen kündigung beenden",
    "fr": "désabonner désabonne désabonnez désabonnement désinscription désinscrire désinscris"
    " désinscrivez résilier plus arrête arrêtez arrêter cesse cessez stop laisse laissez fiche fous"
    " annuler annule retire retirez",
    "hi": "मत नहीं बंद रद्द छोड़ अनसब्सक्राइब unsubscribe mat nahi nahin band radd chhod chod",
    "ar": "إلغاء الغاء ألغ ألغي الغي لا ما مش متبعتليش ماتبعتليش توقف أوقف وقف إيقاف ايقاف اتركني"
    " دعني سيبني فكني la",
    "id": "berhenti stop batalkan batal batalin unsubscribe jangan gak tidak ga nggak hapus"
    " keluarkan tinggalkan biarkan",
}
MESSAGES = {
    "en": "unsubscribe unsub all stopall messages opt optout me messaging texting writing"
    " contacting sending spamming texts spam message text contact subscription",
    "es": "baja suscripción desuscribir desuscribirme desuscríbeme desuscribirse mensajes escribas"
    " escriba me escribirme mandarme enviarme molestarme déjame",
    "pt": "lista me descadastrar descadastre descadastra descadastro desinscrever desinscreva"
    " desinscreve inscrição assinatura subscrição mensagens mensagem receber",
    "de": "abmelden abmeldung abbestellen abbestellung mich nachrichten schreiben anschreiben mir"
    " austragen abo kündigen kündigung",
    "fr": "désabonner désabonne désabonnez désabonnement désinscription désinscrire désinscris"
    " désinscrivez résilier messages message sms m'écris m'écrivez m'envoie m'envoyez me m'écrit"
    " m'écrire m'envoyer m'embêter moi abonnement l'abonnement l' écris écrivez",
    "hi": "संदेश मैसेज सदस्यता लिखना लिखो मुझे अनसब्सक्राइब unsubscribe message messages msg sandesh"
    " sms likhna likho mujhe sadasyata",
    "ar": "الاشتراك اشتراكي الرسائل رسائل رسالة لي إلي تراسلني تبعتلي متبعتليش ماتبعتليش بي تزعجني"
    " مراسلتي إزعاجي الإشعارات اتركني دعني سيبني فكني rasael",
    "id": "berlangganan langganan chat pesan sms wa menghubungi mengirimi mengganggu ganggu saya"
    " aku gue kirimi kirimin hubungi unsubscribe",
}
DELETES = (Command.FORGET, Command.FORGET_NOW)
IT = [
    "delete it", "remove that", "delete", "forget it", "delete data", "delete the app",
    "bórralo", "borra eso", "borra", "elimínala", "olvídalo", "borra los datos",
    "apaga isso", "apaga", "exclua", "deleta", "esquece", "apaga os dados",
    "lösch es", "lösche das", "löschen", "vergiss es", "weg damit", "daten löschen",
    "supprime ça", "efface", "supprimer", "efface-le", "oublie", "efface les données",
    "हटाओ", "हटा दो", "इसे हटाओ", "मिटा दो", "भूल जाओ", "hatao", "hata do", "isko hatao",
    "delete karo", "bhool jao", "mita do",
    "احذف", "احذفه", "امسح", "احذف هذا", "انس", "احذف البيانات",
    "hapus", "hapus itu", "hapusin", "lupakan", "lupakan itu", "hapus data",
]  # fmt: skip


def said_in(language: str, section: str, meaning: str) -> Iterator[str]:
    """The phrases of a language that may mean that."""
    for phrase, meanings in phrasebook(language).meanings.items():
        if f"{section} {meaning}" in meanings:
            yield " ".join(phrase)


@pytest.mark.parametrize("language", languages())
def test_no_phrase_is_a_yes_and_a_stop(language: str) -> None:
    yes = {*said_in(language, ANSWERS, "yes")}
    stops = {*said_in(language, WHILE_BUILDING, "stop"), *said_in(language, COMMANDS, "stop")}
    assert yes & stops == set()
    assert [said for said in yes if find_stop(said)] == []
    assert [said for said in stops if find_assent(said)] == []


@pytest.mark.parametrize("language", languages())
def test_only_what_refuses_messages_ends_them(language: str) -> None:
    """Also where they mix in English words, which have tables of their own."""
    of_refusing, of_messages = (
        {*plain_words(table["en"]), *plain_words(table[language])} for table in (REFUSALS, MESSAGES)
    )
    for said in said_in(language, COMMANDS, Command.UNSUBSCRIBE):
        told = set(said.split())
        assert told & of_refusing, f"{said!r} refuses nothing"
        assert told & of_messages, f"{said!r} names no messages"


@pytest.mark.parametrize(
    "said",
    ["mau pesan", "Saya mau pesan", "Halo kak, mau pesan", "pesan lagi", "pesan", "gak mau pesan",
     "لا أريد", "لا أريد ذلك", "don't bother", "please don't bother", "don't write", "don't send",
     "don't write anything", "stop writing", "संदेश", "और संदेश", "jangan kirim", "no me mandes",
     "não me manda", "saya tidak dapat pesan", "kok saya gak dapat pesan ya", "no recibo mensajes",
     "não recebo mensagens", "ich bekomme keine Nachrichten", "je ne reçois pas de messages",
     "I get no messages", "mujhe message nahi mil raha", "لا تصلني رسائل"],
)  # fmt: skip
def test_an_everyday_word_ends_no_messages(said: str) -> None:
    assert find_command(said) is not Command.UNSUBSCRIBE


@pytest.mark.parametrize("said", IT)
def test_to_delete_one_thing_deletes_no_account(said: str) -> None:
    assert find_command(said) not in DELETES


@pytest.mark.parametrize(
    "said",
    ["sab hatao", "सब हटा दो", "mujhe bhool jao", "मुझे हटाओ", "delete everything", "borra todo"],
)
def test_to_delete_all_or_oneself_does(said: str) -> None:
    assert find_command(said) in DELETES


@pytest.mark.parametrize(
    "said",
    ["no pasa nada", "no importa", "da igual", "pas grave", "c'est pas grave", "peu importe",
     "schon gut", "egal", "tanto faz", "não importa", "koi baat nahi", "कोई बात नहीं", "معلش",
     "لا يهم", "nggak apa apa", "tidak apa apa", "gak penting", "no problem", "kein Problem",
     "ya", "je veux bien", "je veux", "j'en ai besoin", "j'en veux", "ya sudah", "ya udah lah",
     "oke ya sudah", "baik sudah"],
)  # fmt: skip
def test_who_reassures_or_agrees_stops_nothing(said: str) -> None:
    assert not find_stop(said)


@pytest.mark.parametrize(
    "said",
    ["je ne veux plus", "je veux pas", "j'en veux pas", "je n'en ai plus besoin", "never mind",
     "j'en ai pas besoin", "ya no", "gak usah", "tidak jadi", "rehne do", "bhool jao", "भूल जाओ"],
)  # fmt: skip
def test_who_wants_it_no_more_still_stops_what_is_built(said: str) -> None:
    assert find_stop(said)


@pytest.mark.parametrize("language", languages())
def test_the_stop_that_users_are_told_to_say_again_ends_messages(language: str) -> None:
    with use_locale(language):
        told = localized(conversation_texts.NOTHING_TO_STOP).split("*")[1]
    assert find_command(told) is Command.STOP
    assert STOP_WORDS.issuperset(plain_words(told))
