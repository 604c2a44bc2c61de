"""A company comes from Zendesk with what its API gave: people, tickets, conversations, figures."""

import asyncio
import gzip
from pathlib import Path

import pytest

from server.clock import utc_now
from server.transfer.importer import Importer, ImportOptions
from server.transfer.line_importer import LineOutcome
from server.transfer.line_sources import UnreadableSource
from server.transfer.zendesk.zendesk_source import ZendeskExport
from tests.support.desk import Org
from tests.support.process import deskwire_server
from tests.support.zendesk import DORA, comment, export, moment, recorded, ticket


async def moved(org: Org, folder: Path, *, dry_run: bool = False) -> tuple[Importer, list[str]]:
    told: list[str] = []
    done = Importer(
        org.desk.database,
        utc_now,
        org.id,
        lambda where, reason: told.append(f"{where}: {reason}"),
        ImportOptions(dry_run=dry_run),
    )
    with ZendeskExport(folder) as source:
        await done.import_source(source)
    return done, told


async def test_tickets_people_and_conversations_of_an_export_are_there(
    org: Org, tmp_path: Path
) -> None:
    done, told = await moved(org, export(tmp_path))
    assert told == []
    assert done.report.counts[LineOutcome.TICKET] == 3
    people = {it["name"]: it for it in await org.admin.everything("/users")}
    whole = {n: await org.admin.ticket(n) for n in (41, 42, 43)}
    said = {
        n: [
            (it["kind"], it["author"]["name"], it["body"], it["created_at"])
            for it in await org.admin.everything(f"/tickets/{n}/messages")
        ]
        for n in whole
    }

    found = {name: (it["role"], it["active"]) for name, it in people.items()}

    assert (
        found
        | {
            "Dora": ("customer", True),
            "Eve": ("customer", True),
            "Ann": ("agent", True),
            "Ben": ("admin", False),
        }
        == found
    )
    assert people["Eve"]["email"] == "user-902@zendesk.invalid"
    first = whole[41]
    assert {
        name: first[name] for name in ("status", "priority", "subject", "tags", "category")
    } == {
        "status": "resolved",
        "priority": "high",
        "subject": "Printer burns",
        "tags": ["fire"],
        "category": "second-line",
    }
    assert (first["external_id"], first["assignee"]["name"]) == ("41", "Ann")
    assert (first["first_response_at"], first["resolved_at"]) == (moment(10), moment(20))
    assert first["rating"] == {"score": 5, "comment": "Thanks.", "rated_at": moment(30)}
    assert said[41] == [
        ("reply", "Ann", "Unplug it.", moment(10)),
        ("note", "Ann", "Known fault.", moment(20)),
    ]
    assert (whole[42]["status"], whole[42]["resolved_at"]) == ("resolved", moment(40))
    assert (whole[42]["followup_of"], whole[42]["assignee"]["name"]) == (41, "Ben")
    assert [it[1] for it in said[42]] == ["Ben", "Eve"]
    assert whole[42]["waiting_on"] == "agent", "who only writes along does not stop the clock"
    assert (whole[43]["status"], whole[43]["waiting_on"]) == ("in_progress", "customer")
    assert said[43] == [("reply", "Ann", "Which floor?", moment(9))]


async def test_the_report_counts_what_is_not_taken_over(org: Org, tmp_path: Path) -> None:
    done, _ = await moved(org, export(tmp_path), dry_run=True)
    lost = done.report.losses

    assert await org.admin.everything("/tickets") == []
    expected = {
        "attachments": 1,
        "values of custom fields": 1,
        "organizations": 1,
        "organizations of tickets": 1,
        "tickets with people in copy": 1,
        "deleted tickets": 1,
        "phone of people": 1,
        "custom fields of people": 1,
        "people without a usable address, who got a generated one": 1,
        "events of the type Notification": 1,
        "changes of custom fields": 1,
        "tickets with incomplete records of changes": 1,
    }
    assert {kind: lost[kind] for kind in expected} == expected
    assert any(
        it.startswith("Not imported: attachments: 1;") for it in done.report.write_sentences()
    )


async def test_an_import_that_was_interrupted_goes_on_and_a_later_export_is_caught_up(
    org: Org, tmp_path: Path
) -> None:
    folder = recorded(
        tmp_path,
        tickets={"tickets": [ticket(7)]},
        users={"users": [{"id": DORA, "name": "Dora", "email": "dora@shop.example"}]},
    )
    await moved(org, folder)
    recorded(
        tmp_path,
        tickets_2={"tickets": [ticket(7, generated_timestamp=2000000000), ticket(8)]},
        comments__7=[comment(1, 0, DORA, "It smokes."), comment(2, 5, DORA, "Still.")],
    )
    again, _ = await moved(org, folder)

    assert again.report.counts[LineOutcome.SKIPPED] == 1
    assert again.report.counts[LineOutcome.TICKET] == 1


async def test_the_command_takes_a_directory_and_its_faults_are_one_line(
    org: Org, tmp_path: Path
) -> None:
    async def run(*more: str) -> tuple[int, str, str]:
        command = ("import", "--org-id", str(org.id), "--from", "zendesk", *more)
        done = await asyncio.to_thread(deskwire_server, *command, "--database", org.desk.url)
        return done.returncode, done.stdout, done.stderr

    good = export(tmp_path / "good")
    packed = good / "users.json"
    (good / "users.json.gz").write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    broken = recorded(tmp_path / "broken", tickets={"tickets": []})
    (broken / "users.json").write_bytes(b'{"users": [')
    orphan = recorded(tmp_path / "orphan", comments__9={"comments": [comment(1, 0, DORA, "x")]})

    code, out, error = await run(str(good))
    assert (code, error) == (0, "")
    assert "3 tickets imported" in out
    code, _, error = await run(str(broken))
    assert (code, error.count("\n")) == (1, 1)
    assert "users.json is not JSON" in error
    code, _, error = await run(str(tmp_path / "nowhere"))
    assert (code, error.count("\n")) == (1, 1)
    code, _, error = await run(str(orphan))
    assert (code, error) == (
        1,
        "ticket 9: its audits or comments are there, and the ticket is not\n",
    )
    code, _, error = await run(str(good), "--map", "subject=x")
    assert (code, error.count("\n")) == (2, 1)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b'{"tickets": [}', b'{"a": 1}\n{"b'])
def test_a_file_that_is_no_json_is_named(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "tickets.json").write_bytes(raw)
    says = r"tickets\.json" if raw else "has no recorded answers"
    with pytest.raises(UnreadableSource, match=says):
        places(tmp_path)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        "x",
        {"tickets": [1, None, {}]},
        {"tickets": {"id": 1}},
        {"users": [{"id": "x"}]},
        {"audits": [{"ticket_id": 1, "events": [None, 1, {"type": []}]}], "tickets": [{"id": 1}]},
        {"comments": [{}]},
        {"tickets": [{"id": 5, "via": None, "custom_fields": None, "satisfaction_rating": None}]},
        {"tickets": [{"id": 5, "tags": "a b", "custom_fields": [1, {"value": [2]}], "via": "x"}]},
        {"tickets": [{"id": 5, "group_id": "x", "requester_id": "y", "status": 3, "subject": []}]},
    ],
)
def test_whatever_stands_in_an_answer_no_traceback_comes_of_it(
    answer: object, tmp_path: Path
) -> None:
    recorded(tmp_path, answer=answer, tickets={"tickets": [ticket(9)]})
    assert all(places(tmp_path))


def places(folder: Path) -> list[str]:
    with ZendeskExport(folder) as source:
        return [item.place for item in source.read_items()]
