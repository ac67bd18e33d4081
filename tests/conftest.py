"""What every test may ask for: a fresh migrated database, settings for it, a pool."""

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.checks.chromium import find_chromium
from bot.database import embedded
from bot.database.migrate import migrate
from bot.database.pools import async_connection_pool
from bot.sandbox.speech.server import FakeTranscriber
from bot.settings.groups import Settings
from tests import authority, process_logs
from tests.databases import TEMPLATE, create_database, database_copy, named, new_database
from tests.otlp_receiver import receiver_of_this_process
from tests.settings import environment, make_settings
from tests.voice_notes import ScriptedEars, scripted_transcriber

# How long an example takes, or to think of one, says something of the machine, not of the code.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")

# Names whose import tells that a file of tests forks programs.
FORKING = {"ForkedProgram", "OperationsStage", "run_forked"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--fast`: the short run between two commits."""
    parser.addoption("--fast", action="store_true", help="leave out what takes long (make FAST=1)")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Switch the garbage collector off while tests are collected, and keep it from what was.

    Hardly anything of it ever goes, and looking took more than a third of collecting.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is left alone with it at the end.

    In a short run one process alone does what needs programs to fork.
    """
    if config.getoption("fast"):
        left_out = [item for item in items if not _is_fast(item)]
        items[:] = [item for item in items if _is_fast(item)]
        config.hook.pytest_deselected(items=left_out)
        for item in filter(_forks, items):
            item.add_marker(pytest.mark.xdist_group("forked programs"))
    if not config.getoption("random_order_enabled"):
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def _is_fast(item: pytest.Item) -> bool:
    """Whether a test belongs to the short run: of those that need a database, one scenario does."""
    if item.get_closest_marker("smoke"):
        return True
    takes_long = any(item.get_closest_marker(name) for name in ("slow", "lengthy", "browser"))
    needs = item.fixturenames if isinstance(item, pytest.Function) else ()
    is_alone = item.path.parent.name in {"unit", "integration"} and "server_url" not in needs
    return is_alone and not takes_long


def _forks(item: pytest.Item) -> bool:
    """Whether a test starts programs from a process that takes seconds to be prepared for it."""
    return isinstance(item, pytest.Function) and (
        "stack" in item.fixturenames or not FORKING.isdisjoint(vars(item.module))
    )


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what a short run has left out."""
    if config.getoption("fast"):
        terminalreporter.write_line(
            "FAST: left out are the scenarios but one (tests/acceptance), what else needs a"
            " database, the contract with Twilio, and what is marked slow, lengthy or browser;"
            " `make test` runs all."
        )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip browser tests where there is no browser; in CI they fail instead."""
    process_logs.begin_test()
    if item.get_closest_marker("browser") and not find_chromium():
        assert not os.environ.get("CI"), "CI needs a Chromium: python -m tests.browser"
        pytest.skip("NO BROWSER: install Chromium, or run: python -m tests.browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what each process said during a test that fails."""
    report = yield
    if report.failed:
        for logs in process_logs.watched:
            report.sections += [(f"{name} said", text) for name, text in logs.news().items()]
    return report


@pytest.fixture(scope="session", autouse=True)
def telemetry_of_this_process() -> None:
    """Switch telemetry on before any test does: a process configures it once."""
    receiver_of_this_process()


@pytest.fixture(scope="session", autouse=True)
def no_slow_imports() -> None:
    """Put `tests/absent` first on the path of the processes that are started here as well.

    Its modules stand for slow packages that nothing here needs; pyproject does it for this process.
    """
    absent, known = str(Path(__file__).with_name("absent")), os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([absent, known] if known else [absent])


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let this process and those that it starts trust one authority and read no other."""
    file = authority.write_authority(tmp_path_factory.mktemp("authority"))
    os.environ[authority.VARIABLE] = str(file)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """One server a session, in memory where the system allows it."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="textcrew-", dir=memory if memory.is_dir() else None))
    folder.chmod(0o711)  # as root the server runs under another account
    yield embedded.start(folder / "postgres")
    embedded.release(folder / "postgres")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template_url(server_url: str) -> str:
    """A migrated database that nobody stays connected to, so that it can be copied."""
    create_database(server_url, TEMPLATE)
    url = named(server_url, TEMPLATE)
    migrate(url)
    return url


@pytest.fixture
def database_url(server_url: str, template_url: str) -> Iterator[str]:
    """A migrated database of the test's own."""
    with database_copy(server_url) as url:
        yield url


@pytest.fixture(scope="module")
def shared_database_url(server_url: str, template_url: str) -> Iterator[str]:
    """A migrated database for the tests of one file, that look at what one scenario has left."""
    with database_copy(server_url) as url:
        yield url


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    """A database without any table."""
    with new_database(server_url, template=None) as url:
        yield url


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings for the test's database; nothing listens at the addresses."""
    return make_settings(
        DATABASE_URL=database_url,
        PUBLIC_BASE_URL="http://127.0.0.1:1",
        SITES_BASE_URL="http://127.0.0.1:2",
        TWILIO_BASE_URL="http://127.0.0.1:3",
        ALBUM_SECONDS=0,
        PAIR_INTERVAL_SECONDS=0,
        ANTHROPIC_BASE_URL="http://127.0.0.1:4",
        ENABLE_LOGFIRE=False,
        LOCAL_RECORDS=False,
    )


@pytest.fixture
def settings_environment(settings: Settings) -> dict[str, str]:
    """The same settings as environment variables, for processes of the test's own."""
    return environment(settings)


@pytest.fixture
async def pool(
    database_url: str, anyio_backend: str
) -> AsyncIterator[AsyncConnectionPool[AsyncConnection]]:
    """An open pool on the test's database."""
    async with async_connection_pool(database_url, max_size=8) as opened:
        yield opened


@pytest.fixture(scope="module")
def transcription() -> Iterator[tuple[FakeTranscriber, ScriptedEars]]:
    """A transcription server for the tests of one file, and what it hears by."""
    with scripted_transcriber() as both:
        yield both


@pytest.fixture
def transcriber(transcription: tuple[FakeTranscriber, ScriptedEars]) -> FakeTranscriber:
    """A transcription server that was not asked yet."""
    transcription[0].reset()
    return transcription[0]


@pytest.fixture
def ears(transcription: tuple[FakeTranscriber, ScriptedEars]) -> ScriptedEars:
    """What the transcription server hears by."""
    return transcription[1]
