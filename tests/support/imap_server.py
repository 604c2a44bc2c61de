"""A mailbox that speaks as much IMAP as our client asks for, on a loopback port."""

import asyncio
import base64
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.loopback_server import serve_connections

USER, PASSWORD = "desk", "secret"


class ImapMailboxStandIn:
    """Mails by their UID, from 1; `seen` have the flag, `broken` are refused when fetched.

    `commands` are what was asked. From the command `silent_at` on it says nothing more; "GREETING"
    is before the first one.
    """

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.seen: set[int] = set()
        self.broken: set[int] = set()
        self.commands: list[str] = []
        self.password = PASSWORD
        self.silent_at: str | None = None
        self.connections = 0
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()

    def hang_up(self) -> None:
        """Ends every connection."""
        for writer in self._writers:
            writer.transport.abort()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        if self.silent_at == "GREETING":
            await reader.read()
        else:
            writer.write(b"* OK ready\r\n")
            await self._answer_commands(reader, writer)
        self.connections -= 1
        self._writers.discard(writer)
        writer.close()

    async def _answer_commands(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while line := await reader.readline():
            tag, _, command = line.decode().strip().partition(" ")
            self.commands.append(command)
            if self.silent_at is not None and self.silent_at in command:
                await reader.read()
                return
            if command == "AUTHENTICATE PLAIN":
                writer.write(b"+ \r\n")
                command += " " + base64.b64decode(await reader.readline()).decode()
            writer.write(self._reply(command) + f"{tag} {self._judge(command)}\r\n".encode())
            await writer.drain()

    def _judge(self, command: str) -> str:
        login = command.startswith(("LOGIN", "AUTHENTICATE"))
        given = {f'LOGIN {USER} "{self.password}"', f"AUTHENTICATE PLAIN \0{USER}\0{self.password}"}
        if login and command not in given:
            return f"NO [AUTHENTICATIONFAILED] {len(self.commands)}: wrong: {command}"
        uid = re.search(r"(?i)uid fetch (\d+) \(BODY", command)
        return "NO done" if uid and int(uid[1]) in self.broken else "OK done"

    def _reply(self, command: str) -> bytes:
        uid = re.search(r"(?i)uid (?:fetch|store) (\d+)", command)
        match command.upper().split()[:2]:
            case ["CAPABILITY", *_]:
                return b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"
            case ["LOGOUT", *_]:
                return b"* BYE\r\n"
            case ["SELECT", *_]:
                return f"* {len(self.mails)} EXISTS\r\n".encode()
            case ["UID", "SEARCH"]:
                unseen = [it for it in range(1, len(self.mails) + 1) if it not in self.seen]
                return f"* SEARCH {' '.join(map(str, unseen))}\r\n".encode()
            case ["UID", "FETCH"] if uid is not None:
                return self._fetch(int(uid[1]), command)
            case ["UID", "STORE"] if uid is not None:
                self.seen.add(int(uid[1]))
        return b""

    def _fetch(self, uid: int, command: str) -> bytes:
        mail = self.mails[uid - 1]
        if "RFC822.SIZE" in command:
            return b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (uid, uid, len(mail))
        return b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (uid, uid, len(mail), mail)


@asynccontextmanager
async def serve_mailbox(tls: ssl.SSLContext | None = None) -> AsyncIterator[ImapMailboxStandIn]:
    mailbox = ImapMailboxStandIn()
    async with serve_connections(mailbox.answer, tls) as mailbox.port:
        yield mailbox
