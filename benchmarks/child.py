"""Processes that a benchmark starts: every one of them ends with the block that it serves."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).resolve().parents[1]
BEFORE: Final = os.environ.get("DESKWIRE_BEFORE")
"""The root of another checkout, which takes part in each round; None without one."""
BYTECODE = {
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPYCACHEPREFIX": str(Path(sys.prefix) / "bytecode"),
}
"""Variables with which bytecode is kept for the next start, as where the product is installed.

`make test` keeps it in the same place.
"""


@contextmanager
def running(
    *module: str, env: Mapping[str, str] | None = None, root: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m MODULE ...`, ended with the block; what it complained of is told if it failed.

    `root` is the checkout whose module it is.
    """
    with tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(
            [sys.executable, "-m", *module],
            cwd=root,
            env={**os.environ, **BYTECODE, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,  # ctrl+c reaches us alone, and we end them in order
        )
        try:
            yield child
        except EOFError as silence:
            complaints.seek(0)
            raise RuntimeError(complaints.read().decode()[-2000:]) from silence
        finally:
            end(child)


def end(child: subprocess.Popen[Any]) -> None:
    child.terminate()
    try:
        child.wait(timeout=12)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    for pipe in filter(None, (child.stdin, child.stdout)):
        pipe.close()


def line(child: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The next JSON line that the child prints."""
    assert child.stdout is not None
    text = child.stdout.readline()
    if not text:
        raise EOFError
    answer: dict[str, Any] = json.loads(text)
    return answer


def tell(child: subprocess.Popen[bytes], text: bytes) -> None:
    """All that the child reads: its standard input ends here."""
    assert child.stdin is not None
    with suppress(BrokenPipeError), child.stdin as pipe:  # a child that died is told of elsewhere
        pipe.write(text)


def say(child: subprocess.Popen[bytes], text: str) -> None:
    """One more line for the child to read."""
    assert child.stdin is not None
    child.stdin.write(text.encode() + b"\n")
    child.stdin.flush()


def rest(child: subprocess.Popen[bytes]) -> bytes:
    """Yields the child's output until it ends."""
    assert child.stdout is not None
    printed = child.stdout.read()
    if child.wait():
        raise EOFError
    return printed


def done(
    *module: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, root: Path = ROOT
) -> bytes:
    """Returns the output of a child that ends by itself."""
    with running(*module, env=env, root=root) as child:
        tell(child, stdin)
        return rest(child)
