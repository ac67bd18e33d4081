"""The forms that one message can take at Twilio: text, picture, buttons, approved template."""

import logging

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.delivery import choices, media
from bot.delivery.gateway import Outgoing, SendFailure, TwilioGateway
from bot.delivery.outbox import Message
from bot.delivery.window import as_news
from bot.settings import Settings

_logger = logging.getLogger(__name__)


class Forms:
    """Puts messages into the form that they are sent in."""

    def __init__(
        self,
        settings: Settings,
        pool: AsyncConnectionPool[AsyncConnection],
        twilio: TwilioGateway,
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._twilio = twilio

    async def sent(self, message: Message) -> Outgoing:
        """The form that the message is sent in now."""
        if message.as_template:
            return self._template(message)
        offered = message.choices
        if message.media_id is not None:
            url = media.link(self._settings, message.media_id, now=message.seen_at)
            return Outgoing(texts=(as_text(message),), media_url=url)
        if offered and len(message.body) <= choices.BODY_LIMIT:
            sid = await self._content(offered)
            if sid is not None:
                return Outgoing(
                    texts=(message.body,), content_sid=sid, variables={"1": message.body}
                )
        return Outgoing(texts=(as_text(message),))

    async def in_words(self, message: Message, refused: Outgoing) -> Outgoing:
        """The form for a message whose Content Twilio does not know; the Content is forgotten."""
        if refused.content_sid is not None:
            async with self._pool.connection() as connection:
                await choices.forget_content(connection, refused.content_sid)
        return Outgoing(texts=(as_text(message),))

    def attempted(self, message: Message) -> Outgoing:
        """The form in which the last attempt may have sent it, with buttons or in words."""
        if message.as_template:
            return self._template(message)
        return Outgoing(texts=(message.body, as_text(message)))

    def _template(self, message: Message) -> Outgoing:
        news = as_news(as_text(message))
        return Outgoing(
            texts=(news,),
            content_sid=self._settings.twilio_template_sid,
            variables={"1": news},
            is_template=True,
        )

    async def _content(self, offered: choices.Offered) -> str | None:
        """The SID of the Content with these buttons; None if Twilio gives none: then in words."""
        digest = choices.content_hash(self._settings.twilio_account_sid, offered)
        async with self._pool.connection() as connection:
            known = await choices.find_content(connection, digest)
        if known is not None:
            return known
        made = await self._twilio.create_content(
            f"textcrew_{digest[:16]}", choices.content_types(offered)
        )
        if isinstance(made, SendFailure):
            _logger.warning("no buttons, the choices are sent as text: %s", made.message)
            return None
        async with self._pool.connection() as connection:
            await choices.keep_content(connection, digest, made)
        return made


def as_text(message: Message) -> str:
    """The message in words, with its choices."""
    return choices.as_text(message.body, message.choices) if message.choices else message.body
