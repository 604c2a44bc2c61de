"""aiosmtpd alone: an LMTP server that only stores the bytes of each mail, in a file of its own."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import uvloop
from aiosmtpd.lmtp import LMTP


class _Handler:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self._count += 1
        await asyncio.to_thread(self._store, self._folder / str(self._count), envelope.content)
        return "250 OK"

    def _store(self, path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


async def _serve(folder: Path) -> None:
    loop, handler = asyncio.get_running_loop(), _Handler(folder)
    server = await loop.create_server(
        lambda: LMTP(handler, enable_SMTPUTF8=True, hostname="bare", loop=loop), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"mail": f"lmtp://127.0.0.1:{port}"}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1])))
