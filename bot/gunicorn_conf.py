"""How gunicorn runs the web process; read by `gunicorn -c python:bot.gunicorn_conf`.

Where to listen is gunicorn's own affair: `--bind`, else `$PORT`, else 127.0.0.1:8000. The number of
processes is `$WEB_CONCURRENCY`, else one.
"""

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

import telemetry
from bot.database.connection import database_url
from bot.errors import TextcrewError
from bot.settings.loading import load_settings
from bot.telemetry_setup import observe
from bot.wsgi import Application

worker_class = "bot.serving.worker.BufferingWorker"
worker_connections = 1000  # open at once in one process; fewer where the system allows fewer
threads = 8  # of each lane, see bot/web/hosts.py; none of them waits for a client
graceful_timeout = 10  # seconds; no request takes longer
accesslog = None  # it would hold addresses
control_socket_disable = True
forwarded_allow_ips = ""  # no header tells paths or schemes; for addresses see TRUSTED_PROXIES
proc_name = "textcrew-web"


def on_starting(server: Arbiter) -> None:
    """Refuse to start on a wrong configuration, and keep the embedded database while we live."""
    try:
        database_url(load_settings())
    except TextcrewError as error:
        raise SystemExit(str(error)) from None


def post_fork(server: Arbiter, worker: Worker) -> None:
    """Start telemetry in the process that works: its exporters run threads."""
    observe(load_settings(), role="web")


def post_worker_init(worker: Worker) -> None:
    """Trace the product's requests; those of the published apps are their visitors' business."""
    telemetry.instrument_flask_app(worker.wsgi.product)


def worker_exit(server: Arbiter, worker: Worker) -> None:
    """Give back what the process holds, if it came so far as to have an application."""
    application = getattr(worker, "wsgi", None)
    if isinstance(application, Application):
        application.close()
    telemetry.flush()
