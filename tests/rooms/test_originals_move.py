"""Original mails in exports and imports: the same bytes at the same messages, and erased alike."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict

from server.desk.erasure import user_erasure
from server.storage.queries.mail import inbound_mails
from server.storage.queries.mail.inbound_mails import InboundMail, InboundState
from server.storage.queries.person import people
from server.transfer.exporter import export_organization
from server.transfer.file_folder import ExportFolder, ImportFolder
from server.transfer.import_report import LOST_ORIGINALS, ImportReport
from server.transfer.importer import Importer, ImportOptions
from server.transfer.line_importer import LineOptions
from tests.support.mail_intake import ELSEWHERE, ORG, OTHER, Intake, compose, open_intake

EVE = "Eve <eve@shop.example>"
DRAWN_ANEW = {"org_id", "id", "sender_id", "seq"}


@pytest.fixture
async def intake(desk_url: str, tmp_path: Path) -> AsyncIterator[Intake]:
    async with open_intake(desk_url, tmp_path / "files") as made:
        yield made


async def receive_mails(intake: Intake) -> None:
    """A mail with a copy to Eve and a file, her answer, and an automatic one."""
    first = compose(headers=[("Cc", EVE), ("Message-ID", "<first@shop.example>")])
    first.add_attachment(b"%PDF-1.7", "application", "pdf", filename="bill.pdf")
    answer = [("In-Reply-To", "<first@shop.example>"), ("Message-ID", "<second@shop.example>")]
    away = [("In-Reply-To", "<first@shop.example>"), ("Auto-Submitted", "auto-replied")]
    assert await intake.send(first) == {}
    assert await intake.send(compose("Me too.", sender=EVE, headers=answer)) == {}
    assert await intake.send(compose("I am away.", headers=away)) == {}


async def export(intake: Intake, org_id: int, folder: ExportFolder) -> list[dict[str, Any]]:
    raws: list[bytes] = []
    await export_organization(
        intake.database,
        org_id,
        lambda _: None,
        lambda raw, _: raws.append(raw),
        folder.list_file,
        folder.keep_original,
    )
    await folder.copy_files(intake.files._store)
    return [line for line in map(json.loads, raws) if "ticket" in line]


async def import_lines(
    intake: Intake, lines: list[dict[str, Any]], place: Path, *, update: bool = False
) -> ImportReport:
    told: list[str] = []
    folder = ImportFolder(place, intake.files, OTHER)
    options = ImportOptions(files=folder, manner=LineOptions(update=update))
    done = Importer(
        intake.database, intake.clock, OTHER, lambda *bad: told.append(str(bad)), options
    )
    await done.import_source([json.dumps(line).encode() for line in lines])
    assert told == []
    return done.report


async def stored(intake: Intake, org_id: int) -> list[tuple[dict[str, Any], bytes | None]]:
    """Each mail of ticket 1 without what an import draws anew, and its bytes."""

    def read(reading: Any) -> list[tuple[InboundMail, bytes | None]]:
        found = inbound_mails.list_mails_of_ticket(reading, org_id, 1)
        return [(it, inbound_mails.read_mail_content(reading, org_id, it.id)) for it in found]

    return [
        ({name: value for name, value in asdict(mail).items() if name not in DRAWN_ANEW}, content)
        for mail, content in await intake.read(read)
    ]


async def test_mails_are_there_again_with_their_bytes_at_their_messages(
    intake: Intake, tmp_path: Path
) -> None:
    await receive_mails(intake)
    here = ExportFolder(tmp_path / "here")
    lines = await export(intake, ORG, here)
    assert here.originals == 3
    assert [it["original"]["sha256"] != "" for it in lines[0]["history"]] == [True, True]
    report = await import_lines(intake, lines, tmp_path / "here")
    assert "3 original mails imported." in list(report.write_sentences())
    assert report.losses == {}
    before, after = await stored(intake, ORG), await stored(intake, OTHER)
    assert [content for _, content in after] == [content for _, content in before]
    assert after == before
    states = [InboundState.TICKET, InboundState.MESSAGE, InboundState.NOTE]
    assert [mail["state"] for mail, _ in after] == states

    def find_originals(reading: Any) -> list[InboundMail | None]:
        return [
            inbound_mails.find_mail_of_message(reading, OTHER, 1, seq)
            for seq in (0, *(it.seq for it in said))
        ]

    said = await intake.messages(org_id=OTHER)
    assert None not in await intake.read(find_originals)
    there = ExportFolder(tmp_path / "there")
    assert await export(intake, OTHER, there) == lines
    names = [sorted(it.name for it in (tmp_path / of).iterdir()) for of in ("here", "there")]
    assert names[0] == names[1]


async def test_a_mail_that_moved_is_known_if_it_comes_again(intake: Intake, tmp_path: Path) -> None:
    await receive_mails(intake)
    lines = await export(intake, ORG, ExportFolder(tmp_path / "here"))
    await import_lines(intake, lines, tmp_path / "here")
    before = len(await intake.mails(OTHER))
    again = compose(to=ELSEWHERE, headers=[("Cc", EVE), ("Message-ID", "<first@shop.example>")])
    assert await intake.send(again, ELSEWHERE) == {}
    assert len(await intake.mails(OTHER)) == before


async def test_an_erased_person_leaves_no_mail_that_moved(intake: Intake, tmp_path: Path) -> None:
    """Eve only got a copy and answered: the mails of her ticket quote her."""
    await receive_mails(intake)
    lines = await export(intake, ORG, ExportFolder(tmp_path / "here"))
    await import_lines(intake, lines, tmp_path / "here")

    def erase(work: Any) -> None:
        eve = people.find_person_by_email(work.writing, OTHER, "eve@shop.example")
        assert eve is not None
        user_erasure.erase_user(work, eve.id)

    await intake.do(OTHER, erase)
    assert [content for _, content in await stored(intake, OTHER)] == [None, None, None]
    assert None not in [content for _, content in await stored(intake, ORG)]
    folder = ExportFolder(tmp_path / "there")
    left = await export(intake, OTHER, folder)
    assert folder.originals == 0
    assert "original" not in left[0]["ticket"]


async def test_a_mail_whose_file_is_missing_or_damaged_is_counted(
    intake: Intake, tmp_path: Path
) -> None:
    await receive_mails(intake)
    lines = await export(intake, ORG, ExportFolder(tmp_path / "here"))
    entries = [lines[0]["ticket"], *lines[0]["history"]]
    first, second, _ = (tmp_path / "here" / it["original"]["sha256"] for it in entries)
    first.unlink()
    second.write_bytes(b"something else")
    report = await import_lines(intake, lines, tmp_path / "here")
    assert (report.originals, report.losses[LOST_ORIGINALS]) == (1, 2)
    assert [mail["state"] for mail, _ in await stored(intake, OTHER)] == [InboundState.NOTE]


async def test_an_update_brings_the_mails_of_new_messages(intake: Intake, tmp_path: Path) -> None:
    await receive_mails(intake)
    lines = await export(intake, ORG, ExportFolder(tmp_path / "here"))
    early = [{**lines[0], "history": lines[0]["history"][:1]}]
    assert (await import_lines(intake, early, tmp_path / "here")).originals == 2
    assert (await import_lines(intake, lines, tmp_path / "here", update=True)).originals == 1
    assert await stored(intake, OTHER) == await stored(intake, ORG)


async def test_a_report_about_a_ticket_is_not_its_original(intake: Intake) -> None:
    """A held mail, too, knows the ticket that it would have gone to."""
    await receive_mails(intake)

    def forget_first(work: Any) -> InboundMail | None:
        first = inbound_mails.list_mails_of_ticket(work.writing, ORG, 1)[0]
        held = InboundMail(
            org_id=ORG,
            id=inbound_mails.next_mail_id(work.writing, ORG),
            fingerprint="report",
            received_at=first.received_at,
            state=InboundState.BOUNCE,
            inbox=first.inbox,
            number=2,
        )
        inbound_mails.add_inbound_mail(work.writing, held, b"bytes")
        return inbound_mails.find_mail_of_message(work.writing, ORG, 2, 0)

    assert await intake.do(ORG, forget_first) is None
