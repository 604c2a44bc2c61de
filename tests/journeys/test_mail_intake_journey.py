"""Mail on its ways into a real server: LMTP, HTTP, a pipe, IMAP; held mails, erasure, a crash."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.desk import Org, Tenants, founded
from tests.support.imap_server import serve_mailbox
from tests.support.mail_intake import compose, deliver
from tests.support.process import (
    ServerProcess,
    assert_nothing_failed,
    deskwire_server,
    serving,
)
from tests.support.rest import Reply
from tests.support.sqlite_file import make_sqlite_url
from tests.support.waiting import eventually

LISTEN = "lmtp://127.0.0.1:0"


async def open_inbox(org: Org) -> str:
    address = f"help@{org.id}.example"
    (await org.admin.post("/inboxes", {"address": address})).expect(201)
    return address


async def bring(org: Org, content: bytes, **more: Any) -> Reply:
    headers = {"Content-Type": "message/rfc822"}
    return await org.admin.ask("POST", "/mails", data=content, headers=headers, **more)


def port_of(ready: dict[str, Any]) -> int:
    return int(ready["mail"].rpartition(":")[2])


async def test_a_server_killed_while_mail_comes_has_all_it_accepted_and_nothing_twice(
    desk_url: str, web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    log, accepted = tmp_path / "log", set[str]()
    first = ServerProcess(desk_url, log, mail_listen=LISTEN)
    port = port_of(first.ready())
    try:
        async with founded(desk_url, first, web) as org:
            inbox = await open_inbox(org)

            async def push(sender: int) -> None:
                for index in range(8):
                    name = f"m{sender}-{index}"
                    try:
                        replies = await deliver(mail_of(sender, name, inbox), [inbox], port)
                    except (OSError, AssertionError):
                        return
                    if replies.get(inbox, "").startswith("250"):
                        accepted.add(name)

            pushing = asyncio.gather(*(push(sender) for sender in range(6)))
            await eventually(lambda: is_true(len(accepted) >= 15))
            first.kill()
            await pushing
            second = ServerProcess(desk_url, log, http=first.http_address, mail_listen=LISTEN)
            port = port_of(second.ready())
            try:
                names = {f"m{sender}-{index}" for sender in range(6) for index in range(8)}
                await asyncio.gather(*(push(sender) for sender in range(6)))
                tickets = await org.admin.everything("/tickets", limit=1000)
                assert accepted == names
                assert sorted(it["subject"] for it in tickets) == sorted(names)
            finally:
                second.end()
    finally:
        first.end()


async def is_true(value: bool) -> bool:  # noqa: FBT001 - a condition to wait for
    return value


def mail_of(sender: int, name: str, inbox: str) -> bytes:
    named = [("Message-ID", f"<{name}@shop.example>")]
    address = f"Sender <s{sender}@shop.example>"
    return compose("Hello.", sender=address, subject=name, to=inbox, headers=named).as_bytes()


async def test_a_program_brings_mail_and_agents_read_the_original(org: Org) -> None:
    inbox = await open_inbox(org)
    words = "It broke again.\n\nOn Monday, Ana wrote:\n> Try this.\n"
    ids = [("Message-ID", "<1@shop.example>"), ("In-Reply-To", "<0@elsewhere.example>")]
    mail = compose(words, to=inbox, headers=ids).as_bytes()
    taken = (await bring(org, mail)).expect(200)
    assert (taken["result"], taken["repeated"]) == ("ticket", False)
    again = (await bring(org, mail)).expect(200)
    assert again == {**taken, "repeated": True}
    number = taken["number"]
    assert (await org.admin.ticket(number))["description"] == "It broke again."
    original = await org.admin.get(f"/tickets/{number}/original")
    assert original.body == mail
    assert original.headers["Content-Type"] == "message/rfc822"
    assert original.headers["Content-Disposition"].startswith("attachment")
    quoted = (await org.admin.get(f"/tickets/{number}/quoted")).expect(200)
    assert "> Try this." in quoted["quoted"]
    subject = f"Re: [#{number}] It broke"
    reply = compose("And again.", to=inbox, subject=subject).as_bytes()
    answered = (await bring(org, reply)).expect(200)
    place = f"/tickets/{number}/messages"
    assert (await org.admin.get(f"{place}/{answered['message_id']}/original")).body == reply
    (message,) = (await org.admin.get(place)).expect(200)["items"]
    assert message["source"] == {"kind": "mail", "verified": False}
    (await org.admin.get(f"{place}/999999/original")).expect(404, "not-found")


async def test_mail_that_a_program_brings_is_refused_with_a_reason(org: Org) -> None:
    await open_inbox(org)
    elsewhere = compose(to="nobody@acme.example").as_bytes()
    (await bring(org, elsewhere)).expect(422, "validation")
    (await bring(org, elsewhere, params={"recipient": "x@y.example"})).expect(422, "validation")
    (await bring(org, b" \r\n")).expect(422, "validation")
    (await org.admin.post("/mails", {})).expect(415, "wrong-media-type")
    customer = await org.customer()
    refused = await customer.ask(
        "POST", "/mails", data=elsewhere, headers={"Content-Type": "message/rfc822"}
    )
    refused.expect(403, "forbidden")


async def test_an_inbox_is_one_organizations_alone(tenants: Tenants) -> None:
    org, other = await tenants.found(), await tenants.found()
    inbox = await open_inbox(org)
    (await other.admin.post("/inboxes", {"address": inbox})).expect(409, "inbox-taken")
    for address in ("help+me@acme.example", org.admin.email):
        (await org.admin.post("/inboxes", {"address": address})).expect(422, "validation")
    unknown = {"address": f"x@{org.id}.example", "category": "unknown"}
    (await org.admin.post("/inboxes", unknown)).expect(422, "validation")
    (made,) = (await org.admin.get("/inboxes")).expect(200)["items"]
    (await org.admin.delete(f"/inboxes/{made['id']}")).expect(204)
    (await org.admin.delete(f"/inboxes/{made['id']}")).expect(404, "not-found")
    (await other.admin.post("/inboxes", {"address": inbox})).expect(201)


async def test_supervisors_accept_and_discard_held_mails(org: Org) -> None:
    inbox = await open_inbox(org)
    robot = [("Auto-Submitted", "auto-generated")]
    for index in range(3):
        mail = compose(f"Report {index}", to=inbox, headers=robot, sender="robot@shop.example")
        (await bring(org, mail.as_bytes())).expect(200)
    unnamed = compose("No sender", to=inbox, sender="noreply@shop.example").as_bytes()
    (await bring(org, unnamed)).expect(200)
    held = (await org.admin.get("/held-mails")).expect(200)["items"]
    assert [it["reason"] for it in held] == ["automatic"] * 3 + ["no_sender"]
    one, two, three, four = (f"/held-mails/{it['id']}" for it in held)
    accepted = (await org.admin.post(f"{one}/accept")).expect(200)
    assert accepted["result"] == "ticket"
    assert (await org.admin.ticket(accepted["number"]))["description"] == "Report 0"
    (await org.admin.post(f"{one}/accept")).expect(404, "not-found")
    assert (await org.admin.get(f"{two}/original")).status == 200
    (await org.admin.post(f"{two}/discard")).expect(204)
    (await org.admin.get(f"{two}/original")).expect(404, "not-found")
    (await org.admin.post(f"{four}/accept")).expect(422, "validation")
    given = {"customer_email": "cleo@shop.example"}
    number = (await org.admin.post(f"{four}/accept", given)).expect(200)["number"]
    assert (await org.admin.ticket(number))["customer"]["email"] == "cleo@shop.example"
    agent = await org.agent()
    (await agent.get("/held-mails")).expect(403, "forbidden")
    (await agent.post(f"{three}/discard")).expect(403, "forbidden")


async def test_a_lost_answer_about_a_held_mail_or_an_inbox_is_given_again(org: Org) -> None:
    inbox = await open_inbox(org)
    robot = [("Auto-Submitted", "auto-generated")]
    for text in ("One", "Two"):
        await bring(org, compose(text, to=inbox, headers=robot, sender="r@x.example").as_bytes())
    one, two = (
        f"/held-mails/{it['id']}"
        for it in (await org.admin.get("/held-mails")).expect(200)["items"]
    )
    body = {"address": f"second-{inbox}"}
    for path, sent, status in (
        (f"{one}/accept", {}, 200),
        (f"{two}/discard", {}, 204),
        ("/inboxes", body, 201),
    ):
        first, again = [await org.admin.post(path, sent, Idempotency_Key="k") for _ in range(2)]
        assert (first.status, again.status, again.body) == (status, status, first.body), path
        assert again.headers["Idempotency-Replayed"] == "true"


async def test_erasing_a_person_takes_its_mails_and_what_the_system_noted_of_them(org: Org) -> None:
    inbox = await open_inbox(org)
    first = (await bring(org, compose("Secret words.", to=inbox).as_bytes())).expect(200)
    number = first["number"]
    away = compose(
        "Away, secretly.",
        to=inbox,
        subject=f"[#{number}]",
        headers=[("Auto-Submitted", "auto-replied")],
    )
    assert (await bring(org, away.as_bytes())).expect(200)["result"] == "note"
    (await bring(org, compose("x", to=inbox, headers=[("Precedence", "bulk")]).as_bytes()))
    customer = (await org.admin.ticket(number))["customer"]["id"]
    (await org.admin.post(f"/users/{customer}/erase")).expect(200)
    (await org.admin.get(f"/tickets/{number}/original")).expect(404, "not-found")
    (note,) = (await org.admin.get(f"/tickets/{number}/messages")).expect(200)["items"]
    assert "secret" not in note["body"].lower()
    (held,) = (await org.admin.get("/held-mails")).expect(200)["items"]
    assert (held["sender"], held["subject"]) == (None, "")
    (await org.admin.get(f"/held-mails/{held['id']}/original")).expect(404, "not-found")
    repeated = compose("Secret words.", to=inbox).as_bytes()
    assert (await bring(org, repeated)).expect(200)["repeated"]


async def test_redacting_a_ticket_takes_the_mails_behind_it(org: Org) -> None:
    inbox = await open_inbox(org)
    mail = compose("My card is 4111.", to=inbox).as_bytes()
    number = (await bring(org, mail)).expect(200)["number"]
    command = {"text": "4111", "reason": "card number"}
    (await org.admin.post(f"/tickets/{number}/redact", command)).expect(200)
    (await org.admin.get(f"/tickets/{number}/original")).expect(404, "not-found")


async def test_agents_choose_who_takes_part(org: Org) -> None:
    number = (await org.admin.file(customer_email="cleo@shop.example"))["number"]
    customer, agent = await org.customer(), await org.agent()
    place = f"/tickets/{number}/participants"
    (await agent.put(f"{place}/{customer.id}", {})).expect(204)
    (await agent.put(f"{place}/{agent.id}", {})).expect(409, "cannot-take-part")
    (await agent.put(f"{place}/999999", {})).expect(404, "not-found")
    assert [it["id"] for it in (await agent.get(place)).expect(200)["items"]] == [customer.id]
    reply = f"/tickets/{number}/messages"
    (await customer.post(reply, {"body": "Me too."})).expect(201)
    (await customer.patch(f"/tickets/{number}", {"status": "resolved"})).expect(403, "forbidden")
    (await agent.delete(f"{place}/{customer.id}")).expect(204)
    (await customer.post(reply, {"body": "Still me."})).expect(404, "not-found")


async def test_participants_move_with_their_ticket(tenants: Tenants, tmp_path: Path) -> None:
    org, other = await tenants.found(), await tenants.found()
    number = (await org.admin.file(customer_email="cleo@shop.example"))["number"]
    customer = await org.customer()
    place = f"/tickets/{number}/participants"
    (await org.admin.put(f"{place}/{customer.id}", {})).expect(204)
    url, path = f"--database={org.desk.url}", str(tmp_path / "lines")
    files = f"--files={tmp_path / 'files'}"
    assert deskwire_server("export", f"--org-id={org.id}", path, url, files).returncode == 0
    assert deskwire_server("import", f"--org-id={other.id}", path, url, files).returncode == 0
    (moved,) = (await other.admin.get(place)).expect(200)["items"]
    assert moved["email"] == customer.email


async def test_a_pipe_ends_with_the_code_that_mail_servers_know(tmp_path: Path) -> None:
    url = make_sqlite_url(tmp_path)
    password = {"DESKWIRE_ADMIN_PASSWORD": "a password for tests"}
    founding = ("--org-id=4821", "--name=Acme", "--admin-email=ann@acme.example")

    def run(*arguments: str, text: str | None = None) -> tuple[int, str]:
        done = deskwire_server(*arguments, f"--database={url}", env=password, text=text)
        return done.returncode, done.stderr

    assert run("org", "create", *founding)[0] == 0
    assert run("inbox", "add", "--org-id=4821", "--address=Help@acme.example")[0] == 0
    assert run("inbox", "add", "--org-id=4821", "--address=help@acme.example")[0] == 2
    mail = compose().as_string()
    assert run("mail-in", text=mail) == (0, "")
    assert run("mail-in", "--recipient=help+x@acme.example", text=mail) == (0, "")
    assert run("mail-in", "--recipient=nobody@acme.example", text=mail)[0] == 67
    assert run("mail-in", text="\n")[0] == 65
    missing = f"--database=sqlite:///{tmp_path}/none/desk.db"
    done = deskwire_server("mail-in", missing, text=mail)
    assert done.returncode == 75
    assert "Traceback" not in done.stderr


async def test_a_mailbox_is_read_over_imap_and_marked_after_the_commit(
    web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    url, log = make_sqlite_url(tmp_path), tmp_path / "log"
    async with serve_mailbox() as mailbox:
        imap = f"imap://desk:secret@127.0.0.1:{mailbox.port}/INBOX"
        with serving(url, log, imap=imap) as server:
            async with founded(url, server, web) as org:
                inbox = await open_inbox(org)
                mailbox.broken = {1}
                mailbox.mails = [
                    compose("The mail server cannot read it.", to=inbox).as_bytes(),
                    compose("One.", to=inbox).as_bytes(),
                    compose("For nobody.", to="x@shop.example").as_bytes(),
                    compose("Two.", to=inbox).as_bytes(),
                ]
                await eventually(lambda: is_true(mailbox.seen == {2, 4}), 40)
                tickets = await org.admin.everything("/tickets")
                assert len(tickets) == 2
        assert_nothing_failed(log)
