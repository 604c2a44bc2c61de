"""`python -m benchmarks.delaying_proxy URL MILLISECONDS`: a line to a server that takes its time.

Every byte arrives later by half of the delay in each direction. Prints the line's own address.
"""

import asyncio
import json
import sys
from urllib.parse import urlsplit


async def _serve(host: str, port: int, delay: float) -> None:
    async def forward(near: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        far, far_out = await asyncio.open_connection(host, port)
        await asyncio.gather(_carry(near, far_out, delay / 2), _carry(far, near_out, delay / 2))

    server = await asyncio.start_server(forward, "127.0.0.1", 0)
    own = server.sockets[0].getsockname()[1]
    print(json.dumps({"http": f"http://127.0.0.1:{own}"}), flush=True)
    await server.serve_forever()


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter, delay: float) -> None:
    loop = asyncio.get_running_loop()
    while chunk := await source.read(65_536):
        # Later by a constant: bytes keep their order, and several are on their way at once.
        loop.call_later(delay, sink.write, chunk)
    loop.call_later(delay, sink.close)


def main() -> None:
    target = urlsplit(sys.argv[1])
    asyncio.run(_serve(target.hostname or "", target.port or 80, float(sys.argv[2]) / 1000))


if __name__ == "__main__":
    main()
