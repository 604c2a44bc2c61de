"""The guide to the API does what it says: its examples are run as they stand, in their order."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from server.storage.connect import open_database
from server.storage.queries.organization.log_epochs import renew_epochs
from tests.support.marks import own_on_sqlite
from tests.support.process import ServerProcess, deskwire_server, serving

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
ORG, PASSWORD = 4821, "correct horse battery"
BLOCK = re.compile(r"^```(\w+)( run)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "\x1e"
"""Printed before each shell block, so that every answer is known by its block."""
SAID = ("type", "status")
"""Values that the guide's answers state word for word; of the rest it shows the shape."""

pytestmark = [
    pytest.mark.skipif(
        not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl"
    ),
    # What each request answers is tested on both databases elsewhere: here, what the guide says.
    own_on_sqlite,
]


def blocks() -> list[tuple[str, bool, str]]:
    """Language, whether it is to be run, and text of every block of the guide."""
    return [(kind, bool(run), text) for kind, run, text in BLOCK.findall(GUIDE.read_text())]


@pytest.fixture
def server(desk_url: str, tmp_path: Path) -> Iterator[ServerProcess]:
    """A server with its brakes on, and the guide's organization and admin."""
    founding = ["org", "create", "--org-id", str(ORG), "--name", "Acme"]
    founding += ["--admin-email", "ann@acme.example", "--database", desk_url]
    made = deskwire_server(*founding, env={"DESKWIRE_ADMIN_PASSWORD": PASSWORD})
    assert made.returncode == 0, made.stderr
    with serving(desk_url, tmp_path / "server.log", rate_limit=100) as running:
        yield running


def environment(server: ServerProcess, **more: str) -> dict[str, str]:
    """The guide's own variables, and our Python as the one that is called."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    desk = {"DESK": server.http, "ORG": str(ORG), "PASSWORD": PASSWORD}
    return {**os.environ, **desk, "PATH": path, **more}


def test_every_shell_example_works_and_answers_what_is_shown(
    server: ServerProcess, tmp_path: Path
) -> None:
    examples = [text for kind, run, text in blocks() if kind == "sh" and run]
    script = "set -euo pipefail\n" + "".join(f"printf '\\x1e'\n{text}" for text in examples)
    told = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment(server),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    printed = told.stdout.split(MARK)[1:]
    assert told.returncode == 0, f"{examples[len(printed) - 1]}\n{told.stdout}\n{told.stderr}"
    assert len(printed) == len(examples)
    for shown, answer in answered(printed):
        differ = list(differences(json.loads(shown), json.loads(answer)))
        assert differ == [], f"{shown}\n{answer}"


def answered(printed: list[str]) -> Iterator[tuple[str, str]]:
    """Each answer in the guide, with what the example above it has printed."""
    answers = iter(printed)
    latest = ""
    for kind, run, text in blocks():
        if kind == "sh" and run:
            latest = next(answers)
        elif kind == "json":
            yield text, latest


def differences(shown: Any, given: Any, where: str = "") -> Iterator[str]:
    """Returns the places where an answer has another shape than the one shown."""
    if isinstance(shown, dict) and isinstance(given, dict):
        yield from (f"{where}/{name}" for name in shown.keys() ^ given.keys())
        for name in shown.keys() & given.keys():
            if name in SAID and shown[name] != given[name]:
                yield f"{where}/{name}: {given[name]}"
            yield from differences(shown[name], given[name], f"{where}/{name}")
    elif isinstance(shown, list) and isinstance(given, list):
        if len(shown) != len(given):
            yield f"{where}: {len(given)}"
        for index, (one, other) in enumerate(zip(shown, given, strict=False)):
            yield from differences(one, other, f"{where}/{index}")
    elif type(shown) is not type(given):
        yield where


def test_the_listening_program_hears_catches_up_moves_and_begins_anew_after_a_restore(
    server: ServerProcess, desk_url: str, tmp_path: Path
) -> None:
    (text,) = (text for kind, run, text in blocks() if kind == "python" and run)
    program = tmp_path / "listen.py"
    program.write_text(text)
    admin = Admin(server)
    admin.file("Before it began")
    listener = subprocess.Popen(
        [sys.executable, program],
        env=environment(server, EMAIL="ann@acme.example"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert listener.stdout is not None
        with listener.stdout as lines:
            until(lines, "listening after")
            admin.file("While it listens")
            until(lines, "ticket.created", "While it listens")
            Admin(server).listen_and_leave()
            admin.file("While it moves")
            # Heard on the new stream, or caught up with before it: either is right.
            until(lines, "ticket.created", "While it moves")
            asyncio.run(renew(desk_url))
            until(lines, "loaded, at")
            admin.file("After the restore")
            until(lines, "ticket.created", "After the restore")
    finally:
        listener.kill()
        listener.wait()


async def renew(desk_url: str) -> None:
    """Gives the logs another identity, as a restored backup has it."""
    database = open_database(desk_url)
    try:
        await database.write(renew_epochs)
    finally:
        database.close()


class Admin:
    """A session of the guide's admin."""

    def __init__(self, server: ServerProcess) -> None:
        self._root, self._token = f"{server.http}/v1/orgs/{ORG}", ""
        person = {"email": "ann@acme.example", "password": PASSWORD}
        self._token = json.loads(self._ask("POST", "/sessions", person))["token"]

    def file(self, subject: str) -> None:
        ticket = {"subject": subject, "description": "x", "customer_email": "cleo@example.org"}
        self._ask("POST", "/tickets", ticket)

    def listen_and_leave(self) -> None:
        """A session that has opened a stream signs out, so the stream moves for everybody."""
        self._ask("POST", "/stream", {"public_key": "0" * 40})
        self._ask("DELETE", "/sessions/current")

    def _ask(self, method: str, path: str, body: object = None) -> bytes:
        request = urllib.request.Request(  # noqa: S310 - our own server
            self._root + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self._token}",
            },
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            told: bytes = answer.read()
        return told


def until(lines: IO[str], *parts: str) -> None:
    """Reads up to a line with all this in it; the test's own time limit ends the waiting."""
    heard = []
    for line in lines:
        heard.append(line)
        if all(part in line for part in parts):
            return
    pytest.fail(f"It ended without {parts}: {''.join(heard)}")
