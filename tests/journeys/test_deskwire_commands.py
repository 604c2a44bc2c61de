"""`deskwire ticket ...`: what the workstation does, for scripts."""

from pathlib import Path

from tests.support.desk import Org
from tests.support.deskwire_command import Shell, deskwire
from tests.support.marks import on_sqlite

pytestmark = on_sqlite


async def test_a_ticket_is_worked_from_its_filing_to_its_end(org: Org) -> None:
    ana = await org.agent("Ana")
    shell = Shell(ana)
    filed = await shell.read(
        "ticket", "file", "It broke", "-m", "Please help.", "--customer-email", "dora@example.com"
    )
    number = str(filed["number"])
    assert f"{number}\tnormal\topen" in await shell.run("ticket", "list")
    assert await shell.run("ticket", "claim", f"#{number}") == (
        f"#{number} It broke: in progress, normal, Ana\n"
    )
    await shell.run("ticket", "reply", number, text="On our way.\n")
    await shell.run("ticket", "note", number, "-m", "A hard one.")
    await shell.run("ticket", "set", number, "--priority", "high", "--tags", "vip", "--tags", "eu")
    shown = await shell.run("ticket", "show", number)
    for part in ("Please help.", "On our way.", "A hard one.", "NOTE", "tags: vip, eu", "high"):
        assert part in shown
    await shell.run("ticket", "set", number, "--tags", "")
    await shell.run("ticket", "resolve", number)
    ticket = await ana.ticket(int(number))
    assert (ticket["status"], ticket["tags"]) == ("resolved", [])
    await shell.run("ticket", "reopen", number)
    await shell.run("ticket", "close", number, "--reason", "spam")
    assert (await ana.ticket(int(number)))["close_reason"] == "spam"


async def test_json_is_the_servers_own_document(org: Org) -> None:
    ticket = await (await org.customer()).file()
    assert await Shell(org.admin).read("ticket", "read", str(ticket["number"])) == (
        await org.admin.ticket(ticket["number"])
    )


async def test_all_pages_are_one_document(org: Org) -> None:
    customer = await org.customer()
    numbers = [(await customer.file())["number"] for _ in range(5)]
    listed = await Shell(org.admin).read(
        "ticket", "list", "--limit", "2", "--all", "--sort", "created_at"
    )
    assert [item["number"] for item in listed["items"]] == numbers
    assert listed["next_cursor"] is None


async def test_tickets_are_listed_by_a_filter_and_filters_are_kept_as_views(org: Org) -> None:
    shell, customer = Shell(org.admin), await org.customer()
    done, left = [(await customer.file())["number"] for _ in range(2)]
    await shell.run("ticket", "close", str(done), "--reason", "spam")
    for text, numbers in (("status:closed", [done]), ("created:today", [done, left])):
        listed = await shell.read("ticket", "list", "--filter", text, "--sort", "created_at")
        assert [item["number"] for item in listed["items"]] == numbers
    refused = await shell.run("ticket", "list", "--filter", "statsu:open", code=1)
    assert "at character 1: there is no field statsu" in refused
    edit = ("--edit", '{"priority": "low"}', "--dry-run")
    for text in ("status:open", '{"status": ["open"]}'):
        tried = await shell.read("ticket", "bulk", "--filter", text, *edit)
        assert [item["number"] for item in tried["results"]] == [left]
    made = await shell.read("view", "create", "Spam", "--filter", "reason:spam", "--shared")
    assert made["filter"] == "reason:spam"
    listed = await shell.read("view", "list", "--include", "counts")
    assert [(item["name"], item["count"]) for item in listed["items"]] == [("Spam", 1)]
    await shell.run("view", "delete", str(made["id"]))
    assert (await shell.read("view", "list"))["items"] == []


async def test_a_command_that_is_repeated_with_its_key_is_done_once(org: Org) -> None:
    number = str((await (await org.customer()).file())["number"])
    shell = Shell(await org.agent())
    written = [
        await shell.read("ticket", "note", number, "-m", "Once.", "--key", "k") for _ in range(2)
    ]
    assert written[0] == written[1]
    assert len(await org.admin.everything(f"/tickets/{number}/messages")) == 1


async def test_a_text_may_stand_behind_the_number_without_an_option(org: Org) -> None:
    number = str((await (await org.customer()).file())["number"])
    shell = Shell(await org.agent())
    await shell.run("ticket", "note", number, "It is on its way.")
    await shell.run("ticket", "note", "--key", "k", number, "So", "is", "this.")
    written = await org.admin.everything(f"/tickets/{number}/messages")
    assert [it["body"] for it in written] == ["It is on its way.", "So is this."]


async def test_a_colleague_is_meant_by_name_address_or_me(org: Org) -> None:
    number = str((await (await org.customer()).file())["number"])
    ana, bo = await org.supervisor("Ana Sousa"), await org.agent("Bo Sousa")
    shell = Shell(ana)
    by_name = {"ana sousa": ana.id, bo.email: bo.id, "me": ana.id, str(bo.id): bo.id, "bo": bo.id}
    for person, meant in by_name.items():
        ticket = await shell.read("ticket", "assign", number, person)
        assert ticket["assignee"]["id"] == meant
    assert (await shell.read("ticket", "assign", number, "none"))["assignee"] is None
    assert "not one person" in await shell.run("ticket", "assign", number, "Sousa", code=2)
    assert "no agent is called" in await shell.run("ticket", "assign", number, "Zoe", code=2)


async def test_every_end_has_its_exit_code_and_one_line(org: Org, tmp_path: Path) -> None:
    customer, ana, bo = await org.customer(), await org.agent("Ana"), await org.agent()
    ticket = await customer.file()
    number = str(ticket["number"])
    shell = Shell(bo)
    await ana.claim(ticket["number"])
    assert await shell.run("ticket", "claim", number, code=6) == "Ana has it already."
    stale = ("ticket", "set", number, "--priority", "low", "--if-version", "1")
    assert "has changed" in await shell.run(*stale, code=6)
    assert await shell.run("ticket", "claim", "99999", code=4)
    assert "role" in await Shell(customer).run("ticket", "claim", number, code=1)
    assert "deskwire login" in await Shell(bo.having(token="dws_none")).run("me", "read", code=3)
    for line, *arguments in (
        ("is not a number", "ticket", "show", "x"),
        ("--priority", "ticket", "set", number, "--priority", "most"),
        ("cannot be combined", "ticket", "note", number, "-m", "a", "-F", str(tmp_path)),
        ("empty", "ticket", "note", number, "-m", " "),
        ("given twice", "ticket", "note", number, "a", "-m", "b"),
        ("No such command", "ticket", "sell"),
        ("not a JSON object", "ticket", "set", number, "--body", "[]"),
    ):
        assert line in await shell.run(*arguments, code=2)
    nowhere = Shell(bo, DESKWIRE_SERVER="http://127.0.0.1:1")
    assert "127.0.0.1:1" in await nowhere.run("me", "read", code=5)
    unknown = await nowhere.run("ticket", "claim", number, code=5)
    assert "--key" in unknown


async def test_without_a_session_a_command_opens_its_own_and_ends_it(org: Org) -> None:
    ana = await org.agent("Ana")
    env = {"DESKWIRE_SERVER": ana.http, "DESKWIRE_ORG": str(org.id), "DESKWIRE_EMAIL": ana.email}
    done = await deskwire("me", "read", env={**env, "DESKWIRE_PASSWORD": "a password for tests"})
    assert "name: Ana" in done.stdout
    done = await deskwire("me", "read", env=env)
    assert (done.returncode, done.stderr) == (3, "deskwire: not signed in. Run: deskwire login\n")


async def test_files_go_with_a_message_and_come_back(org: Org, tmp_path: Path) -> None:
    number = str((await (await org.customer()).file())["number"])
    shell = Shell(await org.agent())
    file = tmp_path / "log.txt"
    file.write_text("It broke at noon.")
    written = await shell.read("ticket", "reply", number, "--attach", str(file), text="")
    (attached,) = written["attachments"]
    assert attached["name"] == "log.txt"
    out = tmp_path / "out"
    read = ("attachment", "read", str(attached["id"]))
    await shell.run(*read, "-o", str(out))
    assert out.read_text() == "It broke at noon."
    assert "exists" in await shell.run(*read, "-o", str(out), code=2)
    assert await shell.run(*read) == "It broke at noon."
    missing = ("ticket", "reply", number, "--attach", str(tmp_path / "none"), "-m", "x")
    assert "none" in await shell.run(*missing, code=2)


async def test_a_password_is_never_an_argument(org: Org) -> None:
    shell = Shell(org.admin)
    made = await shell.read(
        "user", "create", "--email", "zoe@example.com", "--name", "Zoe", "--password",
        text="a secret of Zoe\n",
    )  # fmt: skip
    assert made["name"] == "Zoe"
    body = {"email": "zoe@example.com", "password": "a secret of Zoe"}
    (await org.stranger.post("/sessions", body)).expect(201)
    assert "standard input" in await shell.run("me", "password", text="", code=2)


async def test_hostile_text_cannot_steer_the_terminal(org: Org) -> None:
    hostile = "a\u202eb\u2028c\u200bd"
    ticket = await (await org.customer()).file(description=hostile)
    number = str(ticket["number"])
    printed = await Shell(org.admin).run("ticket", "read", number, "--json")
    assert not {"\u202e", "\u200b"} & set(printed)
    assert r"\u202e" in printed
    shown = await Shell(org.admin).run("ticket", "show", number)
    assert not {"\u202e", "\u200b", "\u2028"} & set(shown)
