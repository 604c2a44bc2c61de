"""Attachments: sent with a message or a ticket, read by whoever may, and by nobody else."""

import asyncio
import hashlib

import pytest

from server.storage.files.file_store import make_file_path
from server.storage.queries.attachment.attachments import list_ticket_attachments
from tests.support.desk import Org
from tests.support.rest import Caller
from tests.support.uploads import PDF, PNG, PROGRAM, make_form, send_files
from tests.support.waiting import eventually

EMPTY_FIELD = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
BAD_BYTES = b'--x\r\nContent-Disposition: form-data; name="\xb1"\r\n\r\n\r\n'


async def read(caller: Caller, id_: int, path: str = "", **headers: str) -> bytes:
    reply = await caller.ask("GET", f"/attachments/{id_}{path}", headers=headers)
    assert reply.status in {200, 206}, reply.body
    return reply.body


async def list_keys(org: Org) -> list[str]:
    """The keys of the files of ticket 1 in the store."""
    found = await org.write(lambda work: list_ticket_attachments(work.writing, org.id, 1))
    return [it.key for it in found]


async def test_a_reply_with_files_is_one_message_that_everybody_reads_alike(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    await customer.file()
    sent = (
        await send_files(customer, 1, ("in voice.pdf", PDF), ("a.png", PNG), body="See these.")
    ).expect(201)
    assert (sent["body"], sent["kind"]) == ("See these.", "reply")
    first, second = sent["attachments"]
    assert first | {"id": 0} == {
        "id": 0,
        "name": "in voice.pdf",
        "content_type": "application/pdf",
        "size": len(PDF),
    }
    assert second["is_image"] is True
    (said,) = (await agent.get("/tickets/1?include=messages")).expect(200)["messages"]["items"]
    assert said["attachments"] == sent["attachments"]
    (listed,) = (await customer.get("/tickets/1/messages")).expect(200)["items"]
    assert listed["attachments"] == sent["attachments"]
    event = (await agent.events())[-1]
    assert (event["type"], event["message"]["attachments"]) == ("message.added", [first, second])
    assert await read(agent, first["id"]) == PDF
    assert await read(customer, second["id"]) == PNG


async def test_a_message_without_files_has_no_attachments_and_costs_no_word(org: Org) -> None:
    customer = await org.customer()
    await customer.file()
    written = await customer.write(1)
    assert "attachments" not in written
    assert "attachments" not in await customer.ticket(1)


async def test_a_ticket_is_filed_with_files_of_its_description(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    form = make_form(("photo.png", PNG), subject="It broke", description="As you see.")
    filed = (await customer.ask("POST", "/tickets", data=form)).expect(201)
    (shown,) = filed["attachments"]
    assert (await agent.ticket(filed["number"]))["attachments"] == [shown]
    (listed,) = (await agent.get("/tickets")).expect(200)["items"]
    assert "attachments" not in listed
    assert await read(agent, shown["id"]) == PNG


async def test_without_a_body_the_names_are_the_text(org: Org) -> None:
    customer = await org.customer()
    await customer.file()
    sent = (await send_files(customer, 1, ("a.pdf", PDF), ("../b\u202e.png", PNG))).expect(201)
    assert sent["body"] == "a.pdf\nb.png"


async def test_notes_and_other_tickets_keep_their_files_from_customers(org: Org) -> None:
    customer, other, agent = await org.customer(), await org.customer(), await org.agent()
    await customer.file()
    note = (await send_files(agent, 1, ("n.pdf", PDF), kind="note")).expect(201)
    reply = (await send_files(agent, 1, ("r.pdf", PDF))).expect(201)
    paths = [f"/attachments/{it['attachments'][0]['id']}" for it in (note, reply)]
    assert [(await customer.get(path)).status for path in paths] == [404, 200]
    assert [(await other.get(path)).status for path in paths] == [404, 404]
    assert [(await agent.get(path)).status for path in paths] == [200, 200]
    assert (await send_files(customer, 1, ("n.pdf", PDF), kind="note")).status == 403
    assert (await send_files(other, 1, ("n.pdf", PDF))).status == 404


async def test_a_download_is_safe_in_a_browser(org: Org) -> None:
    customer = await org.customer()
    await customer.file()
    page = b"<html><script>alert(1)</script></html>"
    sent = (
        await send_files(customer, 1, ('Rechnung "5" Übersicht.html', page), ("a.png", PNG))
    ).expect(201)
    html, image = (it["id"] for it in sent["attachments"])
    reply = await customer.get(f"/attachments/{html}?inline=1")
    assert reply.headers["Content-Disposition"] == (
        'attachment; filename="Rechnung _5_ _bersicht.html"; '
        "filename*=UTF-8''Rechnung%20_5_%20%C3%9Cbersicht.html"
    )
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert reply.headers["Content-Length"] == str(len(page))
    shown = await customer.get(f"/attachments/{image}?inline=1")
    saved = await customer.get(f"/attachments/{image}")
    kinds = [it.headers["Content-Disposition"].partition(";")[0] for it in (shown, saved)]
    assert kinds == ["inline", "attachment"]


async def test_ranges_and_tags_of_a_download(org: Org) -> None:
    customer = await org.customer()
    await customer.file()
    content = bytes(range(256)) * 4096
    sent = (await send_files(customer, 1, ("a.bin", content))).expect(201)
    path = f"/attachments/{sent['attachments'][0]['id']}"
    whole = await customer.get(path)
    tag = f'"{hashlib.sha256(content).hexdigest()}"'
    assert (whole.body, whole.headers["ETag"]) == (content, tag)
    for asked, expected in (
        ("bytes=0-9", content[:10]),
        ("bytes=300000-", content[300_000:]),
        ("bytes=-5", content[-5:]),
    ):
        part = await customer.ask("GET", path, headers={"Range": asked})
        assert (part.status, part.body) == (206, expected)
        assert part.headers["Content-Range"].endswith(f"/{len(content)}")
    beyond = await customer.ask("GET", path, headers={"Range": f"bytes={len(content)}-"})
    assert (beyond.status, beyond.slug) == (416, "range-not-satisfiable")
    stale = await customer.ask("GET", path, headers={"Range": "bytes=0-1", "If-Range": '"x"'})
    assert (stale.status, len(stale.body)) == (200, len(content))
    same = await customer.ask("GET", path, headers={"If-None-Match": tag})
    assert (same.status, same.body) == (304, b"")
    head = await customer.ask("HEAD", path)
    assert (head.headers["Content-Length"], head.body) == (str(len(content)), b"")


async def test_what_an_organization_does_not_take_is_refused_in_words(org: Org) -> None:
    customer = await org.customer()
    await customer.file()
    body = {"attachment_max_bytes": 1000, "attachments_per_message": 2}
    (await org.admin.patch("", body)).expect(200)

    async def refused(*files: tuple[str, bytes], **fields: str) -> tuple[int, list[str]]:
        reply = await send_files(customer, 1, *files, **fields)
        errors = reply.json.get("errors", [])
        return reply.status, [f"{it['pointer']} {it['detail']}" for it in errors]

    no_type = "is of a type that this organization does not take"
    assert await refused(("run.txt", PROGRAM)) == (422, [f"/file/0 {no_type}"])
    assert await refused(("a.pdf", PDF), ("a.VBS", b"x")) == (422, [f"/file/1 {no_type}"])
    assert await refused(*[("a.pdf", PDF)] * 3) == (422, ["/file at most 2 files"])
    assert await refused(("big.bin", b"x" * 1001)) == (413, [])
    assert await refused(("huge.bin", b"x" * 2_000_000)) == (413, [])
    status, errors = await refused(body="Words alone.")
    assert (status, errors[0][:18]) == (422, "/file is required:")
    status, errors = await refused(("a.pdf", PDF), kind="poem", zeal="1", body=" ")
    assert [it.split(" ")[0] for it in errors] == ["/body", "/kind", "/zeal"]
    assert (await customer.get("/tickets/1/messages")).expect(200)["items"] == []


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nno header", 400),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf',
            400,
        ),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nnameless\r\n--x--\r\n", 400),
        ("multipart/form-data; boundary=x", BAD_BYTES + b"--x--\r\n", 422),
        ("multipart/form-data; boundary=x", EMPTY_FIELD * 121 + b"--x--\r\n", 413),
    ],
)
async def test_a_body_that_is_no_form_is_refused(
    org: Org, content_type: str, body: bytes, status: int
) -> None:
    customer = await org.customer()
    await customer.file()
    headers = {"Content-Type": content_type}
    path = "/tickets/1/attachments"
    reply = await customer.ask("POST", path, data=body, headers=headers)
    assert reply.status == status, reply.body


async def test_a_retry_with_the_same_key_writes_one_message(org: Org) -> None:
    customer = await org.customer()
    await customer.file()
    key = {"Idempotency-Key": "one"}
    first = await send_files(customer, 1, ("a.pdf", PDF), headers=key)
    again = await send_files(customer, 1, ("a.pdf", PDF), headers=key)
    other = await send_files(customer, 1, ("a.pdf", PNG), headers=key)
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.slug == "idempotency-mismatch"
    assert len((await customer.get("/tickets/1/messages")).expect(200)["items"]) == 1
    assert await read(customer, first.json["attachments"][0]["id"]) == PDF


async def test_a_file_is_taken_out_of_a_ticket_for_good(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    await customer.file()
    sent = (await send_files(customer, 1, ("card.png", PNG), ("a.pdf", PDF), body="My card.")).json
    card, kept = (it["id"] for it in sent["attachments"])
    note = (await send_files(agent, 1, ("Cleo Park.pdf", PDF), kind="note", body="Look.")).json
    reason = {"reason": "A card number"}
    redact = "/tickets/1/redact"
    done = (await agent.post(redact, reason | {"attachment_id": card})).expect(200)
    assert done["redacted"] == {"message_ids": [sent["id"]]}
    assert (await agent.get(f"/attachments/{card}")).status == 404
    said = (await agent.get("/tickets/1/messages")).expect(200)["items"]
    assert [it["id"] for it in said[0]["attachments"]] == [kept]
    again = await agent.post(redact, reason | {"attachment_id": card})
    assert again.expect(422, "validation")["errors"][0]["pointer"] == "/attachment_id"
    both = await agent.post(redact, reason | {"attachment_id": kept, "text": "x"})
    assert both.expect(422, "validation")["errors"][0]["pointer"] == "/attachment_id"
    named = (await agent.post(redact, reason | {"text": "Cleo Park"})).expect(200)
    assert named["redacted"] == {"note_ids": [note["id"]]}
    said = (await agent.get("/tickets/1/messages")).expect(200)["items"]
    assert said[1]["attachments"][0]["name"] == "(redacted).pdf"
    bare = (await send_files(customer, 1, ("pin.pdf", PDF))).expect(201)
    by_id = {"attachment_id": bare["attachments"][0]["id"]}
    (await agent.post(redact, reason | by_id)).expect(200)
    said = (await agent.get("/tickets/1/messages")).expect(200)["items"]
    assert (said[2]["body"], "attachments" in said[2]) == ("(redacted)", False)
    whole = (await agent.post(redact, reason | {"message_id": sent["id"]})).expect(200)
    assert whole["redacted"] == {"message_ids": [sent["id"]]}
    assert "attachments" not in (await agent.get("/tickets/1/messages")).expect(200)["items"][0]
    assert (await customer.get(f"/attachments/{kept}")).status == 404


async def find(caller: Caller, q: str) -> list[int]:
    page = (await caller.get("/tickets", q=q)).expect(200)
    return [ticket["number"] for ticket in page["items"]]


async def test_a_name_taken_out_of_a_ticket_finds_nothing_any_more(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    form = make_form(("passport.png", PNG), subject="It broke", description="As you see.")
    filed = (await customer.ask("POST", "/tickets", data=form)).expect(201)
    sent = (await send_files(customer, 1, ("Cleo Park.pdf", PDF), body="Mine.")).expect(201)
    found = [await find(agent, q) for q in ("passport", "Cleo Park", "mine", "as you see")]
    assert found == [[1], [1], [1], [1]]
    redact, reason = "/tickets/1/redact", {"reason": "Private"}
    by_id = {"attachment_id": filed["attachments"][0]["id"]}
    (await agent.post(redact, reason | by_id)).expect(200)
    assert await find(agent, "passport") == []
    (await agent.post(redact, reason | {"text": "Cleo"})).expect(200)
    assert [await find(agent, q) for q in ("cleo", "redacted park", "mine")] == [[], [1], [1]]
    (await agent.post(redact, reason | {"message_id": sent["id"]})).expect(200)
    assert [await find(agent, q) for q in ("park", "mine", "as you see")] == [[], [], [1]]
    (await agent.patch("/tickets/1", {"subject": "Renewed"})).expect(200)
    assert [await find(agent, q) for q in ("broke", "renewed")] == [[], [1]]


async def test_a_split_ticket_is_found_by_the_files_that_it_got(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    await customer.file()
    sent = [
        (await send_files(customer, 1, (name, PDF), body="Another matter.")).expect(201)["id"]
        for name in ("first.pdf", "second.pdf")
    ]
    body = {"message_ids": sent, "subject": "Another"}
    (await agent.post("/tickets/1/split", body)).expect(201)
    assert sorted(await find(agent, "first.pdf")) == sorted(await find(agent, "second")) == [1, 2]


async def test_the_files_of_a_person_go_with_the_person_and_from_the_disk(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    form = make_form(("photo.png", PNG), subject="It broke", description="As you see.")
    filed = (await customer.ask("POST", "/tickets", data=form)).expect(201)
    sent = (await send_files(customer, 1, ("a.pdf", PDF))).json
    theirs = [filed["attachments"][0]["id"], sent["attachments"][0]["id"]]
    ours = (await send_files(agent, 1, ("b.pdf", PDF))).json["attachments"][0]["id"]
    keys = await list_keys(org)
    assert len(keys) == 3
    (await org.admin.post(f"/users/{customer.id}/erase")).expect(200)
    paths = [f"/attachments/{id_}" for id_ in (*theirs, ours)]
    assert [(await agent.get(path)).status for path in paths] == [404, 404, 200]
    left = await list_keys(org)
    assert len(left) == 1
    folder = org.desk.server.log.parent / "files"

    async def are_deleted() -> bool:
        return [it for it in keys if (folder / make_file_path(it)).exists()] == left

    await eventually(are_deleted)


async def test_a_body_that_is_too_large_is_refused_by_its_length_alone(org: Org) -> None:
    customer = await org.customer()
    await customer.file()
    host, port = customer.http.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /v1/orgs/{org.id}/tickets/1/attachments HTTP/1.1\r\nHost: desk\r\n"
        f"Authorization: Bearer {customer.token}\r\nContent-Length: 9000000000\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x"
    )
    writer.write(head.encode())
    assert b" 413 " in await reader.readline()
    writer.close()


async def test_all_files_of_an_organization_have_a_limit(org: Org) -> None:
    agent, customer = await org.agent(), await org.customer()
    number = (await customer.file())["number"]
    sizes = len(PNG), len(PDF)
    (await org.admin.patch("", {"attachments_total_bytes": sum(sizes) - 1})).expect(200)
    (await send_files(customer, number, ("a.png", PNG), body="One.")).expect(201)
    seen = (await org.admin.get("")).expect(200)
    assert seen["attachments_used_bytes"] == sizes[0]
    assert seen["attachments_total_bytes"] == sum(sizes) - 1
    assert "attachments_used_bytes" not in (await agent.get("")).expect(200)
    refused = await send_files(customer, number, ("b.pdf", PDF), body="Two.")
    problem = refused.expect(422, "validation")
    assert problem["errors"][0]["pointer"] == "/file/0"
    assert f"take {sizes[0]} of {sum(sizes) - 1} bytes" in problem["errors"][0]["detail"]
    both = await send_files(customer, number, ("c.png", PNG), ("d.pdf", PDF), body="Three.")
    assert both.expect(422, "validation")["errors"][-1]["pointer"] == "/file/1"
    (await org.admin.patch("", {"attachments_total_bytes": None})).expect(200)
    (await send_files(customer, number, ("b.pdf", PDF), body="Two.")).expect(201)
    # A copy of a message shares its files.
    said = (await agent.get(f"/tickets/{number}/messages")).expect(200)["items"]
    body = {"message_ids": [it["id"] for it in said], "subject": "Copied"}
    (await agent.post(f"/tickets/{number}/split", body)).expect(201)
    assert (await org.admin.get("")).expect(200)["attachments_used_bytes"] == sum(sizes)
