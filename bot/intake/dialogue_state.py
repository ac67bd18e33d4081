"""What the conversation with a user is about at the moment when they write: one picture for all.

Whoever reads a message gets it, the fixed words and the router alike: what the user was asked and
has not answered, what is being built, the app that they look at, and the message that they quote.
A question that was asked after they wrote is not open for what they wrote.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from bot.builds.builds import AWAITS_ANSWER, UnfinishedBuild, asked_for_builds
from bot.database.together import Asked, ask_together, value_of
from bot.delivery.recipients import asked_for_opt_out
from bot.intake.incoming import Incoming
from bot.intake.open_question import About, OpenQuestion, shown
from bot.messages.kinds import MessageKind
from bot.messages.quick_replies import Offered, asked_for_offered
from bot.projects.projects import Project, asked_for_projects
from bot.requests.identity import decrypt_fields
from bot.settings.groups import IdentitySettings
from telemetry.named_sql import statements

SQL = statements("bot.intake", "dialogue_state.sql")

REPLIED_TO = "OriginalRepliedMessageSid"
FORWARDED = ("Forwarded", "FrequentlyForwarded")
SAID = "said"  # the kind of a quoted message that is the user's own
JUST_STOPPED = "none, they were stopped a moment ago"
_ASK_FOR_WORDS = {MessageKind.WHAT_FOR, MessageKind.WHAT_NEXT, MessageKind.UNSURE}
_NOTHING_RUNS = {MessageKind.STOPPED, MessageKind.NOTHING_TO_STOP, MessageKind.NOTHING_RUNS}


@dataclass(frozen=True, kw_only=True)
class Quoted:
    """The message that the user replies to, theirs or ours, and what it is about."""

    body: str
    kind: str
    request_id: UUID
    dedupe_keys: list[str]  # its own, and those of all whose text it carries
    choices: Offered | None
    project_id: UUID | None
    build_id: UUID | None

    def asks(self, question: OpenQuestion) -> bool:
        """Whether this is the message that asked it."""
        match question.about:
            case About.CREW:
                ending = f":{MessageKind.QUESTION}:{question.question_id}"
                return any(key.endswith(ending) for key in self.dedupe_keys)
            case About.BUDGET:
                return self.kind == MessageKind.BUDGET and self.build_id == question.build_id
            case About.CLEAR:
                return (
                    self.kind == MessageKind.CLEAR_ASKED and self.project_id == question.project_id
                )
            case About.DOUBT:
                asked = f"{question.request_id}:{MessageKind.DOUBT}"
                return self.request_id == question.request_id or asked in self.dedupe_keys
            case About.FORGET:
                return self.kind == MessageKind.FORGET_ASKED
            case About.UNSUBSCRIBE:
                return self.kind == MessageKind.UNSUBSCRIBE_ASKED


@dataclass(frozen=True, kw_only=True)
class DialogueState:
    """What the conversation is about for one message."""

    questions: tuple[OpenQuestion, ...] = ()  # the latest first
    builds: tuple[UnfinishedBuild, ...] = ()
    projects: tuple[Project, ...] = ()  # the one that they mean first
    quoted: Quoted | None = None
    # They forward somebody's words, or reply to a message that is not known any more.
    points_elsewhere: bool = False
    # What could be tapped below the message that they quote, else below the last one before theirs.
    offered: Offered | None = None
    last_told: str | None = None  # the kind of message that they heard last, if not long ago
    has_opted_out: bool = False  # they said that they want no messages

    @property
    def answerable(self) -> tuple[OpenQuestion, ...]:
        """The questions that the message may answer: the one that it quotes, else all."""
        if self.quoted is None:
            return self.questions
        return tuple(one for one in self.questions if self.quoted.asks(one))

    @property
    def was_stopped(self) -> bool:
        """Whether they have just heard that nothing runs any more."""
        return self.last_told in _NOTHING_RUNS

    @property
    def awaits_words(self) -> bool:
        """Whether they were just asked to say what they want: yes and no answer nothing older."""
        return self.quoted is None and self.last_told in _ASK_FOR_WORDS

    @property
    def quoted_project(self) -> UUID | None:
        """The app that the quoted message is about, if there is such a message and it is theirs."""
        return self.quoted.project_id if self.quoted else None

    @property
    def is_quoted_built(self) -> bool:
        """Whether that app is being built."""
        return any(build.project_id == self.quoted_project for build in self.builds)

    def parts(self) -> dict[str, str]:
        """What the router reads of it, by the names of its tags; nothing of what there is not."""
        parts = {
            "open_questions": "\n".join(
                f"{number}. {question}" for number, question in enumerate(self.questions, 1)
            ),
            "running_builds": "\n".join(
                f"{build.title}: {build.status}, {build.phase}" for build in self.builds
            )
            or (JUST_STOPPED if self.was_stopped else ""),
        }
        if self.quoted is not None:
            parts["quoted"] = "\n".join([shown(self.quoted.body), *self._quoted_app()])
        return {name: part for name, part in parts.items() if part}

    def _quoted_app(self) -> list[str]:
        named = (one for one in self.projects if one.project_id == self.quoted_project)
        return [f"(about their project {one.number}. {one.title})" for one in named]


async def read_dialogue_state(
    connection: AsyncConnection,
    keys: IdentitySettings,
    incoming: Incoming,
    *,
    is_joined: bool = False,
) -> DialogueState:
    """Read what the conversation was about when the message was written.

    Words that belong together with other messages may quote what one of those quotes.
    """
    user_id = incoming.user_id
    sid = await _quoted(connection, keys, incoming, is_joined=is_joined)
    of_user = {"user_id": user_id}
    asked = {**of_user, "request_id": incoming.request_id, "sid": sid, "awaits": AWAITS_ANSWER}
    found = await ask_together(
        connection,
        Asked(SQL["list_open"], asked, _open_question),
        asked_for_builds(user_id),
        asked_for_projects(user_id),
        Asked(SQL["find_quoted"], {**of_user, "sid": sid}, Quoted),
        asked_for_offered(user_id, incoming.request_id),
        Asked(SQL["last_told"], asked, value_of),
        asked_for_opt_out(user_id),
    )
    questions, builds, projects, quotes, offers, last_told, has_opted_out = found
    quoted: Quoted | None = next(iter(quotes), None)
    meant = quoted.project_id if quoted else None
    is_lost = sid is not None and quoted is None
    return DialogueState(
        questions=tuple(questions),
        builds=tuple(builds),
        projects=tuple(sorted(projects, key=lambda one: one.project_id != meant)),
        quoted=quoted,
        points_elsewhere=is_lost or _is_forwarded(keys, incoming),
        offered=quoted.choices if quoted else next(iter(offers), None),
        last_told=next(iter(last_told), None),
        has_opted_out=any(has_opted_out),
    )


def replied_to(keys: IdentitySettings, incoming: Incoming) -> str | None:
    """Twilio's id of the message that this one quotes, or below which it was tapped."""
    return next(iter(incoming.fields(keys).get(REPLIED_TO, [])), None)


def _is_forwarded(keys: IdentitySettings, incoming: Incoming) -> bool:
    fields = incoming.fields(keys)
    return any("true" in fields.get(name, []) for name in FORWARDED)


async def _quoted(
    connection: AsyncConnection, keys: IdentitySettings, incoming: Incoming, *, is_joined: bool
) -> str | None:
    """Twilio's id of the message that this one quotes, or a photo of the same album."""
    own = replied_to(keys, incoming)
    if own is not None or (incoming.is_words and not is_joined):
        return own
    cursor = await connection.execute(
        SQL["list_fields"], {"request_id": incoming.request_id, "sid": incoming.message_sid}
    )
    others = [decrypt_fields(keys, encrypted) for (encrypted,) in await cursor.fetchall()]
    return next((one[REPLIED_TO][0] for one in others if one.get(REPLIED_TO)), None)


def _open_question(*, about: str, **row: Any) -> OpenQuestion:
    return OpenQuestion(about=About(about), **row)
