"""The data of a mail is read as it was sent, wherever the network cuts it."""

import asyncio

from hypothesis import example, given
from hypothesis import strategies as st

from server.mail_intake.mail_data import read_mail_data

LINES = st.lists(
    st.sampled_from([b"", b".", b"..", b"a", b".a", b"\r", b"x" * 50, b"a."]), max_size=9
)


def stuff(mail: bytes) -> bytes:
    lines = mail.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)


async def read(sent: bytes, cuts: list[int], limit: int = 10_000) -> tuple[bytes | None, bytes]:
    reader = asyncio.StreamReader(limit=32)
    reading = asyncio.create_task(read_mail_data(reader, limit))
    start = 0
    for cut in [*sorted(cuts), len(sent)]:
        reader.feed_data(sent[start : max(start, cut)])
        start = max(start, cut)
        await asyncio.sleep(0)
    content = await reading
    reader.feed_eof()
    return content, await reader.read()


@given(LINES, st.lists(st.integers(0, 200), max_size=5))
@example([b".", b"", b"."], [])
@example([b"", b"."], [3])
def test_a_mail_is_read_whole_and_what_follows_is_left(lines: list[bytes], cuts: list[int]) -> None:
    mail = b"".join(line + b"\r\n" for line in lines)
    sent = stuff(mail) + b".\r\nQUIT\r\n"
    assert asyncio.run(read(sent, cuts)) == (mail, b"QUIT\r\n")


@given(st.integers(0, 400), st.integers(1, 300))
def test_a_mail_beyond_the_limit_is_read_to_its_end(length: int, limit: int) -> None:
    mail = b"x" * length + b"\r\n"
    content, left = asyncio.run(read(mail + b".\r\nNOOP\r\n", [], limit))
    assert content == (mail if len(mail) <= limit else None)
    assert left == b"NOOP\r\n"
