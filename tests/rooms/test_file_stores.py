"""Stores of files: on disk, and through the adapter to S3 on a store in memory."""

import hashlib
import stat
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from obstore.store import MemoryStore

from common.errors import TooLarge, Unavailable
from common.people import Role
from server.clock import utc_now
from server.storage.connect import open_database
from server.storage.files.attachment_storage import AttachmentStorage
from server.storage.files.disk_store import DiskStore
from server.storage.files.file_location import BadFileLocation, find_file_location, open_file_store
from server.storage.files.file_store import (
    FileMissing,
    FileStore,
    generate_file_key,
    make_file_path,
)
from server.storage.files.object_store import ObjectFileStore
from server.storage.queries.attachment import attachments
from server.storage.queries.attachment.attachments import Attachment
from server.storage.queries.erasure.organization_removal import remove_organization
from tests.support.object_server import ObjectServer

CONTENT = bytes(range(256)) * 5000


async def chunks(content: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def broken() -> AsyncIterator[bytes]:
    yield b"half of it"
    raise ConnectionError


@pytest.fixture(params=["disk", "objects"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "disk":
        return DiskStore(tmp_path / "files")
    return ObjectFileStore(MemoryStore())


async def read(store: FileStore, key: str, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join([it async for it in store.read(key, start, stop)])


async def test_what_was_saved_is_read_whole_and_in_parts_until_it_is_deleted(
    store: FileStore,
) -> None:
    await store.check()
    key = generate_file_key()
    saved = await store.save(key, chunks(CONTENT), len(CONTENT))
    assert (saved.key, saved.size) == (key, len(CONTENT))
    assert saved.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert saved.head == CONTENT[:4096]
    assert await read(store, key) == CONTENT
    assert await read(store, key, 7, 300_000) == CONTENT[7:300_000]
    assert await read(store, key, 5, 5) == b""
    await store.delete(key)
    await store.delete(key)
    with pytest.raises(FileMissing):
        await read(store, key)


async def test_an_empty_file_is_a_file(store: FileStore) -> None:
    saved = await store.save(generate_file_key(), chunks(b""), 10)
    assert (saved.size, await read(store, saved.key)) == (0, b"")


async def test_nothing_stays_of_what_is_too_large_or_breaks_off(store: FileStore) -> None:
    large, half = generate_file_key(), generate_file_key()
    with pytest.raises(TooLarge):
        await store.save(large, chunks(CONTENT), len(CONTENT) - 1)
    with pytest.raises(ConnectionError):
        await store.save(half, broken(), 100)
    for key in (large, half):
        with pytest.raises(FileMissing):
            await read(store, key)


async def test_files_on_disk_are_their_owners_alone(tmp_path: Path) -> None:
    root = tmp_path / "files"
    store = DiskStore(root)
    saved = await store.save(generate_file_key(), chunks(CONTENT), len(CONTENT))
    file = root / make_file_path(saved.key)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    folders = [root, root / "incoming", *file.relative_to(root).parents]
    assert {stat.S_IMODE((root / it).stat().st_mode) for it in folders} == {0o700}
    assert list((root / "incoming").iterdir()) == []


async def test_a_disk_that_fails_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("no folder")
    with pytest.raises(Unavailable, match="Files cannot be stored or read right now: "):
        await DiskStore(tmp_path / "files").save(generate_file_key(), chunks(b"x"), 10)


@pytest.fixture
async def objects(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ObjectServer]:
    """A server that the environment names as S3."""
    server = ObjectServer()
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{rest:.*}", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    for name, value in (
        ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "eu-1"),
        ("AWS_ACCESS_KEY_ID", "somebody"),
        ("AWS_SECRET_ACCESS_KEY", "some words"),
    ):
        monkeypatch.setenv(name, value)
    yield server
    await runner.cleanup()


async def test_files_are_objects_below_the_prefix_of_a_bucket(objects: ObjectServer) -> None:
    store = open_file_store("s3://acme/desk", "sqlite:///desk.db")
    await store.check()
    small, large = generate_file_key(), generate_file_key()
    content = CONTENT * 10
    await store.save(small, chunks(CONTENT), len(CONTENT))
    saved = await store.save(large, chunks(content), len(content))
    assert saved.size == len(content) > 10_000_000
    assert objects.objects[f"/acme/desk/{make_file_path(large)}"] == content
    assert await read(store, large, 3, 3_000_000) == content[3:3_000_000]
    assert await read(store, small) == CONTENT
    half = generate_file_key()
    with pytest.raises(TooLarge):
        await store.save(half, chunks(content), len(content) - 1)
    for key in (small, large):
        await store.delete(key)
    assert set(objects.objects) == {"/acme/desk/deskwire-probe"}
    with pytest.raises(FileMissing):
        await read(store, large)


async def test_an_upload_that_nothing_attaches_is_deleted_after_a_day(
    desk_url: str, tmp_path: Path
) -> None:
    now, database = utc_now(), open_database(desk_url)
    clock = [now]
    files = AttachmentStorage(database, DiskStore(tmp_path), lambda: clock[0], 1000)
    kept = await files.save_bytes(4821, b"kept", 100)
    unused = await files.save_bytes(4821, b"unused", 100)
    with pytest.raises(TooLarge):
        await files.save_bytes(4821, b"x" * 1001, 10_000)
    await files.discard(4821, [unused.key])
    assert await files.delete_due_files(10) == 2
    with pytest.raises(FileMissing):
        await anext(files.read(unused.key))
    assert await anext(files.read(kept.key)) == b"kept"
    clock[0] = now + timedelta(hours=25)
    assert await files.delete_due_files(10) == 1
    with pytest.raises(FileMissing):
        await anext(files.read(kept.key))
    files.close()
    database.close()


def test_files_are_beside_the_database_unless_a_setting_says_otherwise() -> None:
    assert find_file_location(None, "sqlite:////srv/desk.db") == "/srv/desk.db.files"
    assert find_file_location(None, "postgresql://db/desk") == "deskwire-files"
    assert find_file_location("/srv/files", "postgresql://db/desk") == "/srv/files"
    for bad in ("s3://", "ftp://files.example/a"):
        with pytest.raises(BadFileLocation):
            open_file_store(bad, "sqlite:///desk.db")


async def test_the_files_of_a_removed_organization_are_deleted(
    desk_url: str, tmp_path: Path
) -> None:
    database = open_database(desk_url)
    files = AttachmentStorage(database, DiskStore(tmp_path), utc_now, 1000)
    stored = await files.save_bytes(4821, b"kept", 100)
    row = Attachment(
        id=1,
        number=1,
        seq=None,
        name="a",
        content_type="text/plain",
        size=stored.size,
        sha256=stored.sha256,
        key=stored.key,
        created_at=0,
        uploader_role=Role.AGENT,
        uploader_id=1,
    )
    await database.write(lambda writing: attachments.add_attachment(writing, 4821, row))
    await database.write(lambda writing: remove_organization(writing, 4821))
    assert await files.delete_due_files(10) == 1
    with pytest.raises(FileMissing):
        await anext(files.read(stored.key))
    with pytest.raises(Unavailable, match="send it again"):
        await database.write(lambda writing: attachments.add_attachment(writing, 4821, row))
    files.close()
    database.close()
