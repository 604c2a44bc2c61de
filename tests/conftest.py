"""Fixtures that tests share: served desks on both databases, organizations on them, listeners."""

import gc
import os
import signal
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from threading import current_thread, main_thread
from unittest.mock import patch

import aiohttp
import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from common.organization import Assignment
from server.storage.connect import open_database
from tests.support.cheap_hashes import use_cheap_hashes
from tests.support.desk import Org, ServedDesk, Tenants
from tests.support.memory_folder import use_memory_folder
from tests.support.patient_jobs import use_patient_jobs
from tests.support.postgres import Cluster, cluster
from tests.support.process import assert_nothing_failed, serving
from tests.support.shared_styles import share_parsed_styles
from tests.support.sqlite_file import make_sqlite_url
from tests.support.stream_listener import StreamListeners
from tests.support.timed_desk import TimedDesk, timed_desk

BOTH = ["sqlite", "postgresql"]

# No test asserts wall-clock time: a loaded machine makes no law untrue. `make bench` measures.
settings.register_profile("deskwire", deadline=None)
settings.load_profile("deskwire")

use_memory_folder()
use_cheap_hashes()
use_patient_jobs()
share_parsed_styles()

# A suite that a shell started in the background ignores SIGINT, and so would its programs.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and current_thread() is main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Sets aside for the garbage collector what is collected here: it stays to the end.

    It would look through all modules and tests again and again.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_xdist_auto_num_workers() -> int:
    """Returns three workers for each two cores: a test also waits, for sockets and processes."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)


@pytest.fixture
def same_examples() -> Iterator[None]:
    """Has a derandomized test draw the same examples alone, with others, and after a change.

    Hypothesis draws some values from the constants of every module of ours that is loaded.
    """
    cached = providers.CONSTANTS_CACHE.cache
    with patch.object(providers, "_get_local_constants", Constants):
        cached.clear()
        yield
    cached.clear()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL for this worker; `fresh()` makes a database."""
    with cluster() as running:
        yield running


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the test's own, empty, without a schema."""
    return fresh_url(request, request.param, tmp_path)


@pytest.fixture(params=BOTH)
def desk_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the test's own, with the schema and nothing in it."""
    return migrated_url(request, request.param, tmp_path)


@pytest.fixture(scope="session")
def sites(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], ServedDesk]]:
    """Serves a desk on a database, from the first test that asks for it to the last of all."""
    with ExitStack() as running:

        @cache
        def serve(dialect: str) -> ServedDesk:
            folder = tmp_path_factory.mktemp(dialect)
            return running.enter_context(served(migrated_url(request, dialect, folder), folder))

        yield serve


@pytest.fixture(params=BOTH)
def site(request: pytest.FixtureRequest, sites: Callable[[str], ServedDesk]) -> ServedDesk:
    """A server that many tests share, on either database: each founds its own organizations."""
    return sites(request.param)


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections to any server; as many at once as a test likes."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest.fixture
def tenants(site: ServedDesk, web: aiohttp.ClientSession) -> Tenants:
    """Founds organizations on the shared desk."""
    return Tenants(site, web)


@pytest.fixture
async def org(tenants: Tenants) -> Org:
    """An organization of the test's own, with an admin."""
    return await tenants.found()


@pytest.fixture(scope="session", params=BOTH)
def timed_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database for desks whose clock is set by hand, one after the other."""
    return migrated_url(request, request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture
async def timed(timed_url: str) -> AsyncIterator[TimedDesk]:
    """A desk of the test's own; its clock stands until the test moves it."""
    async with timed_desk(timed_url) as desk:
        yield desk


@pytest.fixture
async def timed_org(timed: TimedDesk, web: aiohttp.ClientSession) -> Org:
    """An organization on the desk whose clock is set by hand."""
    return await Tenants(timed, web).found()


@pytest.fixture
async def balanced(tenants: Tenants) -> Org:
    """The same as an organization begins: tickets go to agents by themselves."""
    return await tenants.found(assignment=Assignment())


@pytest.fixture
def listeners() -> Iterator[StreamListeners]:
    """Makes listeners to the stream."""
    made = StreamListeners()
    yield made
    made.close()


def fresh_url(request: pytest.FixtureRequest, dialect: str, folder: Path) -> str:
    if dialect == "sqlite":
        return f"sqlite:///{folder}/desk.db"
    made: Cluster = request.getfixturevalue("postgres")
    return made.fresh()


def migrated_url(request: pytest.FixtureRequest, dialect: str, folder: Path) -> str:
    if dialect == "sqlite":
        return make_sqlite_url(folder)
    made: Cluster = request.getfixturevalue("postgres")
    return made.migrated()


@contextmanager
def served(url: str, folder: Path) -> Iterator[ServedDesk]:
    with serving(url, folder / "server.log") as server:
        database = open_database(url)
        try:
            yield ServedDesk(url, server, database)
        finally:
            database.close()
        # What callers are spared is told in the log: a shared desk ends without any of it.
        assert_nothing_failed(server.log)
