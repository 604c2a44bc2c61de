#!/bin/sh
# aioimaplib takes characters out of folder names and subjects, and an unpaired parenthesis changes the lines behind it.
#
# Versions: aioimaplib 2.0.3, CPython 3.11, Linux.
# Expected: a response's first `* ` says that it is untagged (RFC 3501, section 7); what stands in quoted strings comes back as the server sent it, and
# each message's line has one form.
# Seen: every `* ` in the line is removed, not only the first, so the folder "Sales * EMEA" comes back as "Sales EMEA", a folder that does not exist, and
# the subject "3 * 4" as "3 4". Parentheses are counted inside quoted strings, too: behind the subject "Solved :)" the lines of all further messages of
# the same FETCH keep their `* `, and code that matches `4 FETCH` at the start misses them (reported to the project in 2020, open).
# Output: "folder Sales EMEA; subject 3 4; lines behind Solved: 2 FETCH; behind Solved :): * 4 FETCH".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install aioimaplib==2.0.3
cat > "$folder/shown.py" <<'PYTHON'
import asyncio
import sys

from aioimaplib import IMAP4

SUBJECTS = {"1:2": ("Solved", "3 * 4"), "3:4": ("Solved :)", "Next")}
ENVELOPE = '("Mon, 30 Nov 2026 08:00:00 +0000" "{}" NIL NIL NIL NIL NIL NIL NIL "<1@shop.example>")'


def answer(command, arguments):
    match command:
        case "CAPABILITY":
            return ["CAPABILITY IMAP4rev1"]
        case "SELECT":
            return ["FLAGS ()", "4 EXISTS", "0 RECENT"]
        case "LIST":
            return ['LIST (\\HasNoChildren) "/" "Sales * EMEA"']
        case "FETCH":
            subjects = enumerate(SUBJECTS[arguments[0]], int(arguments[0][0]))
            return [f"{number} FETCH (ENVELOPE {ENVELOPE.format(it)})" for number, it in subjects]
        case "LOGOUT":
            return ["BYE"]
    return []


async def serve(reader, writer):
    writer.write(b"* OK ready\r\n")
    while line := await reader.readline():
        tag, command, *arguments = line.decode().split()
        for untagged in answer(command, arguments):
            writer.write(f"* {untagged}\r\n".encode())
        writer.write(f"{tag} OK done\r\n".encode())
        if command == "LOGOUT":
            break
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = IMAP4("127.0.0.1", server.sockets[0].getsockname()[1], timeout=10)
    await client.wait_hello_from_server()
    await client.login("ann", "x")
    await client.select()
    found = (await client.list('""', "%")).lines[0].decode()
    plain = (await client.fetch("1:2", "(ENVELOPE)")).lines[1].decode()
    smiling = (await client.fetch("3:4", "(ENVELOPE)")).lines[1].decode()
    await client.logout()
    client.protocol.transport.close()
    server.close()
    name, subject = found.split('"')[3], plain.split('"')[3]
    heads = [line.partition(" (")[0] for line in (plain, smiling)]
    return f"folder {name}; subject {subject}; lines behind Solved: {heads[0]}; behind Solved :): {heads[1]}"


shown = asyncio.run(main())
print(shown)
sys.exit(shown != "folder Sales EMEA; subject 3 4; lines behind Solved: 2 FETCH; behind Solved :): * 4 FETCH")
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
