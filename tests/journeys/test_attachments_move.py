"""Attachments in exports and imports: in a folder beside the lines, whole or counted as lost."""

import json
from pathlib import Path

import pytest

from tests.support.desk import Org, Tenants
from tests.support.process import deskwire_server
from tests.support.uploads import PDF, PNG, make_form, send_files


def run(command: str, org: Org, file: Path, *more: str) -> str:
    """Runs an export or an import, and answers what it said."""
    desk = org.desk
    files = desk.server.log.parent / "files"
    place = ("--database", desk.url, "--files", str(files))
    done = deskwire_server(command, "--org-id", str(org.id), str(file), *place, *more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
async def exported(org: Org, tmp_path: Path) -> Path:
    """The export of a ticket with a photo, a reply with two files, and a note with one."""
    customer, agent = await org.customer(), await org.agent()
    form = make_form(("photo.png", PNG), subject="It broke", description="As you see.")
    (await customer.ask("POST", "/tickets", data=form)).expect(201)
    (await send_files(customer, 1, ("a.pdf", PDF), ("b.pdf", PDF), body="Two.")).expect(201)
    (await send_files(agent, 1, ("n.png", PNG), kind="note", body="One.")).expect(201)
    file = tmp_path / "out.jsonl"
    said = run("export", org, file)
    assert f"4 attachments exported to {file}.files." in said
    return file


async def test_an_import_brings_every_file_back(tenants: Tenants, exported: Path) -> None:
    assert len(list_files(exported)) == 2
    there = await tenants.found()
    assert "4 attachments imported." in run("import", there, exported, "--dry-run")
    assert (await there.admin.get("/tickets")).expect(200)["items"] == []
    assert "4 attachments imported." in run("import", there, exported)
    ticket = (await there.admin.get("/tickets/1?include=messages")).expect(200)
    said = ticket["messages"]["items"]
    names = [[it["name"] for it in holder["attachments"]] for holder in (ticket, *said)]
    assert names == [["photo.png"], ["a.pdf", "b.pdf"], ["n.png"]]
    for name in ("photo.png", "b.pdf", "n.png"):
        listed = (await there.admin.get("/tickets", q=name)).expect(200)["items"]
        assert [it["number"] for it in listed] == [1], name
    ids = [it["id"] for holder in (ticket, *said) for it in holder["attachments"]]
    read = [(await there.admin.get(f"/attachments/{id_}")).body for id_ in ids]
    assert read == [PNG, PDF, PDF, PNG]
    assert "1 skipped (already there)" in run("import", there, exported)
    again = exported.with_name("again.jsonl")
    run("export", there, again)
    assert lines_of(again) == lines_of(exported)


async def test_a_missing_or_damaged_file_is_counted_and_the_rest_is_imported(
    tenants: Tenants, exported: Path
) -> None:
    damaged, missing = list_files(exported)
    damaged.write_bytes(b"something else")
    missing.unlink()
    there = await tenants.found()
    said = run("import", there, exported)
    assert "Not imported: attachments whose files are missing, damaged or too large: 4." in said
    messages = (await there.admin.get("/tickets/1/messages")).expect(200)["items"]
    assert [it["body"] for it in messages] == ["Two.", "One."]
    assert not any("attachments" in it for it in messages)


def list_files(file: Path) -> list[Path]:
    """The files beside an export."""
    return sorted(Path(f"{file}.files").iterdir())


def lines_of(file: Path) -> list[object]:
    """The tickets of an export."""
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return [it["ticket"]["attachments"] and it["history"] for it in lines if "ticket" in it]


async def test_a_backup_says_where_the_files_of_attachments_are(
    exported: Path, org: Org, tmp_path: Path
) -> None:
    assert list_files(exported) != []
    backup = tmp_path / "desk.backup"
    place = ("--database", org.desk.url, "--files", "/srv/files")
    said = deskwire_server("backup", str(backup), *place).stdout
    assert "attachments are not in it: they are in /srv/files." in said
