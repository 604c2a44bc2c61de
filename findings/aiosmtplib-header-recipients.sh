#!/bin/sh
# aiosmtplib sends a message whose To is an email.header.Header to the first recipient only, and says that all is well.
#
# Versions: aiosmtplib 5.1.3, aiosmtpd 1.4.6, smtplib and email of CPython 3.11.
# Expected: `send_message` and `send` take the classic `email.message.Message`, whose headers may be `Header` objects: that is how its
# package puts a name that is not ASCII before an address. All addresses in To are recipients, as for smtplib with the same messages.
# Seen: each chunk of a `Header` is parsed as one address. Of two recipients the second gets nothing, while no error is raised and nobody is reported as
# refused; the same text as a string reaches both. The chunk with a name becomes a recipient of its own, who is refused for not being ASCII,
# and the message is not sent at all.
# Output: "string: bob eve, refused {}; Header: bob, refused {}; name: SMTPNotSupported; by smtplib: bob eve; by smtplib: joerg".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install aiosmtplib==5.1.3 aiosmtpd==1.4.6
cat > "$folder/shown.py" <<'PYTHON'
import asyncio
import smtplib
import sys
from email.header import Header
from email.mime.text import MIMEText

import aiosmtplib
from aiosmtpd.smtp import SMTP


class Handler:
    recipients = ()

    async def handle_DATA(self, server, session, envelope):
        self.recipients = envelope.rcpt_tos
        return "250 2.0.0 Accepted"


def make_message(to):
    message = MIMEText("It runs again.\n")
    message["From"] = "desk@desk.example"
    message["To"] = to
    return message


def send_with_smtplib(port, message):
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        return client.send_message(message)


async def main():
    handler, loop = Handler(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    def list_recipients():
        return " ".join(it.partition("@")[0] for it in handler.recipients)

    async def send(to):
        try:
            refused, _ = await aiosmtplib.send(make_message(to), hostname="127.0.0.1", port=port, start_tls=False)
        except aiosmtplib.SMTPException as error:
            return type(error).__name__
        return f"{list_recipients()}, refused {refused}"

    pair = "bob@shop.example, eve@shop.example"
    named = Header("J\u00f6rg", "utf-8")
    named.append("<joerg@shop.example>", "us-ascii")
    shown = [f"string: {await send(pair)}; Header: {await send(Header(pair))}; name: {await send(named)}"]
    for to in (Header(pair), named):
        await asyncio.to_thread(send_with_smtplib, port, make_message(to))
        shown.append(list_recipients())
    server.close()
    return "; by smtplib: ".join(shown)


shown = asyncio.run(main())
print(shown)
EXPECTED = (
    "string: bob eve, refused {}; Header: bob, refused {}; name: SMTPNotSupported; "
    "by smtplib: bob eve; by smtplib: joerg"
)
sys.exit(shown != EXPECTED)
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
