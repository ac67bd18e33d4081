"""The queue: Procrastinate on the product's own database, hardened (`bot.jobs.job_manager`)."""

from procrastinate import App, PsycopgConnector

from bot.jobs.job_manager import FencedJobManager


def make_queue(url: str) -> App:
    """Make a queue without tasks; the caller opens it with `open_async()`.

    It has connections of its own, so that busy jobs never keep a heartbeat waiting.
    """
    queue = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=4, timeout=10.0))
    queue.job_manager = FencedJobManager(queue.connector, queue.periodic_registry)
    return queue
