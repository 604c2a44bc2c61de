"""The product as its users run it: its own commands, in processes of their own."""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import child
from benchmarks.rest import Rest

ORG = 4821
ADMIN = "admin@bench.example"
PASSWORD = "a benchmark's password"  # noqa: S105 - opens nothing but a temporary desk


class Desk:
    """A database, and its address while it is served; `root` is the checkout of the program."""

    def __init__(self, database: Path, url: str = "", root: Path = child.ROOT) -> None:
        self._root = root
        self.path = database
        self.url = url or f"sqlite:///{database}"
        self.http = self.stream = self.mail = ""
        self.pid = 0
        self._process: subprocess.Popen[bytes] | None = None

    def run_command(self, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        """Runs a command of the server on this database, until it ends."""
        command = ("server", *arguments, "--database", self.url)
        child.done(*command, env=env, root=self._root)

    def found(self, org_id: int = ORG) -> None:
        self.run_command(
            *("org", "create", "--org-id", str(org_id), "--name", "Bench", "--admin-email", ADMIN),
            env={"DESKWIRE_ADMIN_PASSWORD": PASSWORD},
        )

    def take_in(self, lines: Path, org_id: int = ORG) -> None:
        self.run_command("import", "--org-id", str(org_id), str(lines))

    def give_out(self, lines: Path, org_id: int = ORG) -> None:
        self.run_command("export", "--org-id", str(org_id), str(lines))

    def recount(self, org_id: int = ORG) -> None:
        """Makes the rows of reports again."""
        self.run_command("reports", "rebuild", "--org-id", str(org_id))

    def add_inbox(self, address: str) -> None:
        self.run_command("inbox", "add", "--org-id", str(ORG), "--address", address)

    @contextmanager
    def served(self, *options: str, module: str = "server") -> Iterator["Desk"]:
        """Serves it; `options` are further ones of `serve`."""
        addresses = ("--http", "127.0.0.1:0", "--stream", "tcp://127.0.0.1:0")
        brakes = ("--rate-limit", "0", "--database", self.url)
        command = ("serve", *addresses, *brakes, *options)
        with child.running(module, *command, root=self._root) as process:
            self._process, self.pid = process, process.pid
            ready = child.line(process)
            self.http, self.stream = ready["http"], ready["stream"]
            self.mail = ready.get("mail", "")
            yield self

    def ask_parts(self) -> dict[str, Any]:
        """Returns the parts of a timed server since the last time."""
        if self._process is None:
            raise RuntimeError("this desk is not served")
        child.say(self._process, "")
        return child.line(self._process)

    def admin(self, org_id: int = ORG) -> Rest:
        return Rest(self.http, org_id).sign_in(ADMIN, PASSWORD)

    def people(self, role: str, count: int) -> list[Rest]:
        """So many people of a role, each signed in."""
        admin = self.admin()
        emails = [f"{role}-{index}@bench.example" for index in range(count)]
        for email in emails:
            person = {"email": email, "name": email[:-14], "role": role, "password": PASSWORD}
            admin.post("/users", person)
        return [self.person(email) for email in emails]

    def person(self, email: str) -> Rest:
        """A session more of somebody."""
        return Rest(self.http, ORG).sign_in(email, PASSWORD)


@contextmanager
def desk(database: Path, lines: Iterable[str] = (), url: str = "") -> Iterator[Desk]:
    """A desk with one organization, what the import `lines` hold in it, served.

    Without a `url` it is on SQLite.
    """
    new = Desk(database, url)
    new.found()
    source = database.with_suffix(".jsonl")
    if source.write_text("".join(lines)):
        new.take_in(source)
    with new.served() as served:
        yield served
