"""The demo's page: the stand-in for Twilio with the phone, and the stage beside the phone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from flask import Blueprint

from bot.database.pools import connection_pool
from bot.requests.identity import address_key
from bot.sandbox.stage.controls import Controls
from bot.sandbox.stage.faults import Faults
from bot.sandbox.stage.reading import Facts, StageReader
from bot.sandbox.stage.regions import DemoSettings
from bot.sandbox.stage.routes import StageContext, stage
from bot.sandbox.twilio.broker import Broker
from bot.sandbox.twilio.link_previews import LinkPreviews
from bot.sandbox.twilio.server import FakeTwilio
from bot.settings.development import HOME
from bot.settings.groups import Settings, settings_from
from bot.sites.links import SiteLinks

CONNECTIONS = 4


@contextmanager
def serving(
    environment: Mapping[str, str], database_url: str, controls: Controls
) -> Iterator[Callable[[str], Facts | None]]:
    """Serve the page at `TWILIO_BASE_URL`; yields what tells the facts of a user, by the address.

    Raises `OSError` when its port is taken.
    """
    settings = settings_from(environment)
    address = urlsplit(settings.twilio.base_url or "")
    with connection_pool(database_url, max_size=CONNECTIONS) as pool:
        reader = StageReader(pool)

        def make_page(broker: Broker) -> Blueprint:
            controls.attach_twilio(broker)
            return stage(
                StageContext(
                    reader=reader,
                    keys=settings.identity,
                    demo=_demo_settings(settings, is_claude=controls.uses_claude),
                    controls=controls,
                    faults=Faults(controls),
                    is_over=lambda: broker.stopped,
                )
            )

        with FakeTwilio(
            address.hostname or "127.0.0.1",
            address.port or 0,
            account_sid=settings.twilio.account_sid,
            auth_token=settings.twilio.auth_tokens[0].get_secret_value(),
            whatsapp_from=settings.twilio.whatsapp_from,
            webhook_url=f"{settings.web.public_base_url}/webhooks/whatsapp",
            state_file=HOME / "twilio.sqlite",
            previews=LinkPreviews(settings.web.public_base_url, settings.web.sites_base_url),
            page=make_page,
        ):
            yield lambda address: reader.facts(address_key(settings.identity, address))


def _demo_settings(settings: Settings, *, is_claude: bool) -> DemoSettings:
    return DemoSettings(
        cap_usd=settings.budgets.request_usd,
        console_url=f"{settings.web.public_base_url}/console",
        links=SiteLinks(str(settings.web.sites_base_url)),
        is_claude=is_claude,
        usual_memory=settings.crew.working_budget_tokens,
    )
