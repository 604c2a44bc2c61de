"""Generators of clients read the OpenAPI document, and what they make works against the server."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import anyio.to_thread
import msgspec
import pytest

from tests.support.api_document import DOCUMENT
from tests.support.desk import Org
from tests.support.marks import on_sqlite
from tests.support.rest import Caller

PACKAGE = "deskwire_client"
MAIL, FILE = "message/rfc822", "application/octet-stream"
"""The generator knows no mails, unless it is told to take them as files."""


@pytest.fixture(scope="session")
def description(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("description") / "openapi.json"
    path.write_bytes(msgspec.json.encode(DOCUMENT))
    return path


def generate(*command: str | Path) -> str:
    """Runs a generator with the tools that are installed beside Python."""
    scripts = Path(sys.executable).parent
    done = subprocess.run(
        [scripts / command[0], *command[1:]],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={"PATH": str(scripts)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def client_folder(description: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("client")
    config = folder / "config.json"
    # What is formatted for readers is the same program: nobody reads it here.
    settings = {"content_type_overrides": {MAIL: FILE}, "post_hooks": []}
    config.write_bytes(msgspec.json.encode(settings))
    output = ("--output-path", folder / "out", "--config", config)
    command = ("generate", "--path", description, *output)
    said = generate("openapi-python-client", *command)
    assert "WARNING" not in said, said
    return folder / "out"


@pytest.fixture
def generated(client_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(client_folder)
    yield importlib.import_module(PACKAGE)
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def module(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.{name}")


class Client:
    """The generated package in the hands of one caller, as an integrator would call it."""

    def __init__(self, package: ModuleType, caller: Caller) -> None:
        self.org_id = caller.org_id
        self.connection = package.AuthenticatedClient(base_url=caller.http, token=caller.token)

    def call(self, operation: str, *ids: int, **more: Any) -> Any:
        send = module(f"api.tickets.{operation}").sync
        return send(self.org_id, *ids, client=self.connection, **more)

    def file(self, subject: str) -> Any:
        body = module("models").FileTicket(subject, "It broke.", customer_email="dora@example.org")
        return self.call("ticket_file", body=body)

    def page_through(self) -> list[int]:
        found, cursor = [], module("types").UNSET
        while cursor is not None:
            page = self.call("tickets_list", limit=2, cursor=cursor)
            found += [ticket.number for ticket in page.items]
            cursor = page.next_cursor
        return found

    def claim(self, number: int) -> Any:
        return self.call("ticket_claim", number, body=module("models").ClaimTicket())

    def raise_priority(self, number: int, if_match: str) -> Any:
        body = module("models").EditTicket(priority=module("models").Priority.HIGH)
        return self.call("ticket_edit", number, body=body, if_match=if_match)


def work(ann: Client, ben: Client) -> None:
    """Files, pages, and meets a 422, a 409 and a 412."""
    with ann.connection, ben.connection:
        numbers = [ann.file(f"Ticket {n}").number for n in range(3)]
        assert ann.page_through() == numbers[::-1]
        assert [error.pointer for error in ann.file("").errors] == ["/subject"]
        assert ann.claim(numbers[0]).assignee.name == "Ann"
        assert ben.claim(numbers[0]).assignee.name == "Ann"
        stale = ben.raise_priority(numbers[1], if_match='"9"')
        assert (stale.status, stale.ticket.version) == (412, 1)
        assert ben.raise_priority(numbers[1], if_match='"1"').priority == "high"


@on_sqlite
async def test_a_client_by_openapi_python_client_files_pages_and_meets_refusals(
    generated: ModuleType, org: Org
) -> None:
    ann, ben = await org.agent("Ann"), await org.agent("Ben")
    await anyio.to_thread.run_sync(work, Client(generated, ann), Client(generated, ben))


@on_sqlite
async def test_models_by_datamodel_code_generator_read_what_the_server_answers(
    description: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, org: Org
) -> None:
    kinds = ("--input-file-type", "openapi", "--output-model-type", "pydantic_v2.BaseModel")
    output = tmp_path / "deskwire_models.py"
    command = ("--input", description, "--output", output, "--formatters", "builtin", *kinds)
    generate("datamodel-codegen", *command)
    monkeypatch.syspath_prepend(tmp_path)
    models: Any = importlib.import_module("deskwire_models")

    ann, ben = await org.agent("Ann"), await org.agent("Ben")
    for n in range(3):
        await ann.file(f"Ticket {n}", customer_email="dora@example.org")
    page = models.TicketPage.model_validate_json((await ann.get("/tickets", limit=2)).body)
    assert [ticket.number for ticket in page.items] == [3, 2]
    await ann.claim(1)
    taken = models.Problem.model_validate_json((await ben.post("/tickets/1/claim")).body)
    assert (taken.status, taken.assignee.name) == (409, "Ann")
    stale = await ben.ask("PATCH", "/tickets/1", {"tags": []}, headers={"If-Match": '"9"'})
    assert models.Problem.model_validate_json(stale.body).ticket.number == 1
    invalid = models.Problem.model_validate_json((await ann.post("/tickets", {})).body)
    assert {error.pointer for error in invalid.errors} >= {"/subject", "/description"}
    log = models.EventPage.model_validate_json((await ann.get("/events")).body)
    assert [event.type for event in log.items if event.ticket] == ["ticket.created"] * 3 + [
        "ticket.claimed"
    ]
