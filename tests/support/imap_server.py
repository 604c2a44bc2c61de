"""A mailbox that speaks as much IMAP as our client asks for, on a loopback port."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class ImapMailboxStandIn:
    """Mails by their UID, from 1; `seen` have the flag, `broken` are refused when fetched."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.seen: set[int] = set()
        self.broken: set[int] = set()
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            tag, _, command = line.decode().strip().partition(" ")
            uid = re.search(r"(?i)uid fetch (\d+) \(BODY", command)
            result = "NO" if uid and int(uid[1]) in self.broken else "OK"
            writer.write(self._reply(command) + f"{tag} {result} done\r\n".encode())
            await writer.drain()
        writer.close()

    def _reply(self, command: str) -> bytes:
        uid = re.search(r"(?i)uid (?:fetch|store) (\d+)", command)
        match command.upper().split()[:2]:
            case ["CAPABILITY", *_]:
                return b"* CAPABILITY IMAP4rev1\r\n"
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
async def serve_mailbox() -> AsyncIterator[ImapMailboxStandIn]:
    mailbox = ImapMailboxStandIn()
    server = await asyncio.start_server(mailbox.answer, "127.0.0.1", 0)
    mailbox.port = server.sockets[0].getsockname()[1]
    async with server:
        yield mailbox
