"""What Twilio is asked to send for a message: text, a picture, buttons, an approved template."""

import logging

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.delivery import contents, media
from bot.delivery.outbox import OutboxMessage
from bot.delivery.window import as_news
from bot.messages import quick_replies
from bot.settings.groups import Settings
from bot.twilio.client import Outgoing, SendFailure, TwilioGateway

log = logging.getLogger(__name__)


class Renderer:
    """Renders messages of the outbox."""

    def __init__(
        self,
        settings: Settings,
        pool: AsyncConnectionPool[AsyncConnection],
        twilio: TwilioGateway,
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._twilio = twilio

    async def render(self, message: OutboxMessage) -> Outgoing:
        """The message as it is sent now."""
        if message.as_template:
            return self._template(message)
        offered = message.choices
        if message.media_id is not None:
            url = media.link(
                self._settings.web, self._settings.identity, message.media_id, now=message.seen_at
            )
            return Outgoing(texts=(as_text(message),), media_url=url)
        if offered and len(message.body) <= contents.BODY_LIMIT:
            sid = await self._content(offered)
            if sid is not None:
                return Outgoing(
                    texts=(message.body,), content_sid=sid, variables={"1": message.body}
                )
        return Outgoing(texts=(as_text(message),))

    async def render_in_words(self, message: OutboxMessage, refused: Outgoing) -> Outgoing:
        """The message without the Content that Twilio does not know, which is forgotten."""
        if refused.content_sid is not None:
            async with self._pool.connection() as connection:
                await contents.forget_content(connection, refused.content_sid)
        return Outgoing(texts=(as_text(message),))

    def render_attempted(self, message: OutboxMessage) -> Outgoing:
        """The message as the last attempt may have sent it, with buttons or in words."""
        if message.as_template:
            return self._template(message)
        return Outgoing(texts=(message.body, as_text(message)))

    def _template(self, message: OutboxMessage) -> Outgoing:
        news = as_news(as_text(message))
        return Outgoing(
            texts=(news,),
            content_sid=self._settings.twilio.template_sid,
            variables={"1": news},
            is_template=True,
        )

    async def _content(self, offered: quick_replies.Offered) -> str | None:
        """The SID of the Content with these buttons; None if Twilio gives none: then in words."""
        digest = contents.content_hash(self._settings.twilio.account_sid, offered)
        async with self._pool.connection() as connection:
            known = await contents.find_content(connection, digest)
        if known is not None:
            return known
        made = await self._twilio.create_content(
            f"textcrew_{digest[:16]}", contents.content_types(offered)
        )
        if isinstance(made, SendFailure):
            log.warning("no buttons, the choices are sent as text: %s", made.message)
            return None
        async with self._pool.connection() as connection:
            await contents.keep_content(connection, digest, made)
        return made


def as_text(message: OutboxMessage) -> str:
    """The message in words, with its choices."""
    return quick_replies.as_text(message.body, message.choices) if message.choices else message.body
