#!/bin/sh
# The transports of uvloop are no instances of asyncio.Transport, so code that narrows by isinstance does nothing under uvloop.
#
# Version: uvloop 0.23.0, CPython 3.11, Linux.
# Expected: what a protocol gets in connection_made is an asyncio.Transport for a stream connection, as the documentation of asyncio's protocols says and its types ask for
# (connection_made takes a BaseTransport, so a type checker wants the isinstance before abort() can be called).
# Seen: under uvloop the object has all methods, but its class inherits from neither asyncio.Transport nor asyncio.BaseTransport and is not registered with them.
# A guarded abort() is skipped without an error; tests under asyncio's own loop are green.
# Output: "asyncio: Transport True, abort True; uvloop: Transport False, abort True".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install uvloop==0.23.0
cat > "$folder/shown.py" <<'PYTHON'
import asyncio
import sys

import uvloop


async def look():
    made = asyncio.get_running_loop().create_future()

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport):
            made.set_result((isinstance(transport, asyncio.Transport), hasattr(transport, "abort")))

    server = await asyncio.get_running_loop().create_server(Protocol, "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    is_transport, can_abort = await made
    writer.close()
    server.close()
    return f"Transport {is_transport}, abort {can_abort}"


shown = f"asyncio: {asyncio.run(look())}; uvloop: {uvloop.run(look())}"
print(shown)
sys.exit(shown != "asyncio: Transport True, abort True; uvloop: Transport False, abort True")
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
