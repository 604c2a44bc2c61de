"""Mutates mails, and reads very many of them: `python -m tests.support.mail_mutations 100000`.

A second argument is the seed. Times are those of the processor.
"""

import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Final

from common.invisible_characters import remove_invisible
from server.mail_reading.mail_reader import read_mail
from server.mail_reading.received_mail import ReadMail
from tests.support.mail_corpus import load_replies
from tests.support.mail_structures import STRUCTURES, WORDS

Mutation = Callable[[bytes, random.Random], bytes]

UNSAFE_LINE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e]")
UNSAFE_BLOCK: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]")
LONGEST_SECONDS: Final = 2.0
CHARSETS: Final = (
    *("utf-8", "iso-8859-1", "us-ascii", "iso-2022-jp", "utf-7", "utf-16", "gb2312", "hz"),
    *("big5", "koi8-r", "x-unknown", "punycode", "idna", "unicode_escape", "zlib", "", "\\x00"),
)
HEADERS: Final = (
    *(b"From", b"To", b"Subject", b"Date", b"Message-ID", b"References", b"Content-Type"),
    *(b"Content-Transfer-Encoding", b"Content-Disposition", b"MIME-Version", b"In-Reply-To"),
    *(b"Auto-Submitted", b"Precedence", b"List-Id", b"Authentication-Results", b"Sender"),
)
TOKENS: Final = (
    *(b"\x00", b"\r", b"\n", b"\r\n\r\n", b"--b1", b"--b1--", b"=?utf-8?b?////?=", b"<", b">"),
    *(b'"', b"\\", b"(", b";", b"\xff\xfe", b"\x1b$B", b"\x1b[31m", b"\xe2\x80\xae", b"=\n"),
    *(b"boundary=", b"charset=", b"multipart/mixed; ", b"message/rfc822", b"base64", b"%00"),
    *(b"=?iso-2022-jp?b?GyRC?=", b"=?utf-7?q?+2AAA-?=", b"filename*0*=utf-8''%ff", b"> "),
    *(b"<blockquote>", b"</div>", b"<!--", b"&#30;", b"-- \n", b"On Monday wrote:\n", b"\x85"),
)


def cut(raw: bytes, chance: random.Random) -> bytes:
    return raw[: chance.randrange(len(raw) + 1)]


def flip(raw: bytes, chance: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(chance.randrange(1, 12)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def insert(raw: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(raw) + 1)
    return raw[:place] + chance.choice(TOKENS) * chance.choice((1, 1, 1, 3, 50)) + raw[place:]


def shuffle_lines(raw: bytes, chance: random.Random) -> bytes:
    lines = raw.split(b"\r\n" if b"\r\n" in raw else b"\n")
    for _ in range(chance.randrange(1, 6)):
        one, other = (chance.randrange(len(lines)) for _ in range(2))
        lines[one], lines[other] = lines[other], lines[one]
    return b"\r\n".join(lines)


def repeat_lines(raw: bytes, chance: random.Random) -> bytes:
    lines = raw.split(b"\n")
    start = chance.randrange(len(lines))
    part = lines[start : start + chance.randrange(1, 8)]
    return b"\n".join(lines[:start] + part * chance.choice((2, 2, 3, 30)) + lines[start:])


def swap_charset(raw: bytes, chance: random.Random) -> bytes:
    other = chance.choice(CHARSETS).encode()
    return re.sub(rb'charset="?[\w-]+', lambda _: b"charset=" + other, raw)


def add_header(raw: bytes, chance: random.Random) -> bytes:
    value = bytes(chance.randrange(256) for _ in range(chance.randrange(40)))
    plain = value if chance.random() < 0.5 else chance.choice(TOKENS) * chance.randrange(1, 9)
    return chance.choice(HEADERS) + b": " + plain + b"\r\n" + raw


def join(raw: bytes, chance: random.Random) -> bytes:
    other = chance.choice(SEEDS)
    return raw[: chance.randrange(len(raw) + 1)] + other[chance.randrange(len(other) + 1) :]


MUTATIONS: Final[tuple[Mutation, ...]] = (
    *(cut, flip, insert, shuffle_lines, repeat_lines, swap_charset, add_header, join),
)
SEEDS: Final = [make() for make in STRUCTURES.values()] + [one.raw for one in load_replies()]


def mutate(raw: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randrange(1, 5)):
        raw = chance.choice(MUTATIONS)(raw, chance)
    return raw


def find_violations(mail: ReadMail) -> list[str]:
    """The texts that hold a character which acts instead of showing something."""
    people = [mail.sender, *mail.reply_to, *mail.to, *mail.cc]
    lines = [
        mail.subject,
        mail.message_id or "",
        *mail.in_reply_to,
        *mail.references,
        *mail.authentication,
        *mail.faults,
        *(file.name for file in mail.files),
        *(file.content_type for file in mail.files),
        *(text for person in people if person for text in (person.address, person.name)),
    ]
    if mail.bounce:
        lines += [mail.bounce.recipient, mail.bounce.status, mail.bounce.diagnostic]
        lines += mail.bounce.message_ids
    bad = [line for line in lines if UNSAFE_LINE.search(line) or remove_invisible(line) != line]
    return bad + [text for text in (mail.text, mail.quoted) if UNSAFE_BLOCK.search(text)]


def keeps_words(raw: bytes, mail: ReadMail) -> bool:
    """Returns true if words that stand in the source unencoded are somewhere in what was read.

    Of HTML and alternatives a mutation may well hide them.
    """
    body = re.sub(rb"(?m)^[\w-]+:.*$", b"", raw)
    if WORDS.encode() not in body or b"alternative" in raw or b"html" in raw:
        return True
    found = f"{mail.text}\n{mail.quoted}\n{mail.subject}".encode()
    contents = b"\n".join(file.content for file in mail.files)
    return all(word in found or word in contents for word in WORDS.encode().split())


def main() -> None:
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 17)  # noqa: S311 - repeatable
    failures: Counter[str] = Counter()
    slowest, begun = 0.0, time.process_time()
    for number in count(1):
        raw = mutate(chance.choice(SEEDS), chance)
        started = time.process_time()
        mail = read_mail(raw, chance.choice((None, "", "bob@cafe.example")))
        slowest = max(slowest, time.process_time() - started)
        failures["unsafe"] += bool(find_violations(mail))
        failures["words lost"] += not keeps_words(raw, mail)
        failures["not understood"] += any("could not be understood" in one for one in mail.faults)
        if number == total:
            break
    seconds = time.process_time() - begun
    print(f"{total} messages, {seconds:.0f} s, slowest {slowest * 1000:.0f} ms, {dict(failures)}")  # noqa: T201 - a command prints


if __name__ == "__main__":
    main()
