#!/bin/sh
# flufl.bounce cuts a failed recipient off at its first equals sign.
#
# Versions: flufl.bounce 6.0.0, CPython 3.11.
# Expected: `=` is an ordinary character of a local part (RFC 5322, section 3.2.3, atext), and forwarders (SRS) and mailing lists (VERP) put it into
# most addresses that they make. A delivery report (RFC 3464) names such an address in Final-Recipient, and it comes back whole.
# Seen: the field is read as a header's list of parameters, where `=` ends a name and names are lowered: an address without domain comes back,
# and nothing is raised.
# Output: "bob@shop.example: bob@shop.example; SRS0=HH=TT=shop.example=Bob@forward.example: srs0; list+bob=shop.example@list.example: list+bob".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install flufl.bounce==6.0.0
cat > "$folder/shown.py" <<'PYTHON'
import sys
from email import message_from_string

from flufl.bounce import scan_message

REPORT = """\
From: MAILER-DAEMON@mx.example
To: desk@desk.example
Subject: Undelivered
Date: Mon, 30 Nov 2026 08:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain

There is no such mailbox.

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {}
Action: failed
Status: 5.1.1

--part--
"""
RECIPIENTS = ("bob@shop.example", "SRS0=HH=TT=shop.example=Bob@forward.example", "list+bob=shop.example@list.example")
EXPECTED = ("bob@shop.example", "srs0", "list+bob")


def scan(recipient):
    return b", ".join(scan_message(message_from_string(REPORT.format(recipient)))).decode()


shown = "; ".join(f"{recipient}: {scan(recipient)}" for recipient in RECIPIENTS)
print(shown)
sys.exit(shown != "; ".join(f"{recipient}: {it}" for recipient, it in zip(RECIPIENTS, EXPECTED, strict=True)))
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
