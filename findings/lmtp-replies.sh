#!/bin/sh
# Python's LMTP client and aiosmtpd's LMTP server agree with each other, and neither speaks LMTP for two recipients.
#
# Versions: aiosmtpd 1.4.6, smtplib of CPython 3.11, Linux.
# Expected: RFC 2033, section 4.2: after the final dot the server replies once for each accepted recipient, and the client reads as many replies.
# Seen: aiosmtpd sends what the handler returns, once, so a handler that works under its SMTP class leaves an LMTP client waiting for the second reply.
# smtplib.LMTP reads one reply. A test that puts one against the other is green. Where a handler returns one line for each recipient, `sendmail`
# still says that nobody was refused, and the next command gets the 550 of the second recipient for its own reply. Both projects have an open report.
# Output: "one reply: refused {}, next command 252; a reply each: refused {}, next command 550".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install aiosmtpd==1.4.6
cat > "$folder/shown.py" <<'PYTHON'
import pathlib
import smtplib
import sys

from aiosmtpd.controller import UnixSocketController
from aiosmtpd.lmtp import LMTP

FOLDER = pathlib.Path(sys.argv[1])
RECIPIENTS = ["ann@desk.example", "bob@desk.example"]
MAIL = "From: eve@shop.example\nSubject: Grinder\n\nIt stops.\n"


class Handler:
    def __init__(self, reply):
        self.reply = reply

    async def handle_DATA(self, server, session, envelope):
        return self.reply


class LmtpController(UnixSocketController):
    def factory(self):
        return LMTP(self.handler)


def send(name, reply):
    """Returns who was refused according to the client, and what it takes for the reply to VRFY."""
    controller = LmtpController(Handler(reply), unix_socket=FOLDER / name)
    controller.start()
    try:
        client = smtplib.LMTP(str(FOLDER / name), timeout=10)
        refused = client.sendmail("eve@shop.example", RECIPIENTS, MAIL)
        code, _ = client.vrfy(RECIPIENTS[0])
        client.close()
    finally:
        controller.stop()
    return f"refused {refused}, next command {code}"


once = send("once", "250 2.0.0 Accepted")
each = send("each", "250 2.0.0 Accepted\r\n550 5.2.2 The mailbox is full")
shown = f"one reply: {once}; a reply each: {each}"
print(shown)
sys.exit(shown != "one reply: refused {}, next command 252; a reply each: refused {}, next command 550")
PYTHON
"$folder/venv/bin/python" "$folder/shown.py" "$folder"
