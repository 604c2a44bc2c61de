#!/bin/sh
# flufl.bounce reports any address that stands between two commas as undeliverable for good.
#
# Versions: flufl.bounce 6.0.0, CPython 3.11.
# Expected: each detector knows the words of one mail server's reports, so a person's mail or an absence note that names an address has no failures, and
# `scan_message` returns an empty set.
# Seen: the last detector in the chain (LLNL) asks for nothing but a comma, an address and a comma. The colleague to whom an absence note refers becomes
# a permanent failure; without the commas there is none. Whoever scans all mail marks people as unreachable who can be reached.
# Output: "commas: ann@shop.example; full stop: none".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install flufl.bounce==6.0.0
cat > "$folder/shown.py" <<'PYTHON'
import sys
from email import message_from_string

from flufl.bounce import scan_message

MAIL = """\
From: Bob <bob@shop.example>
To: desk@desk.example
Subject: Re: Grinder
Date: Mon, 30 Nov 2026 08:00:00 +0000

{}
"""


def scan(text):
    found = scan_message(message_from_string(MAIL.format(text)))
    return ", ".join(it.decode() for it in found) or "none"


with_commas = scan("I am away this week. My colleague, ann@shop.example, has the invoice.")
with_stop = scan("I am away this week. The invoice has ann@shop.example.")
shown = f"commas: {with_commas}; full stop: {with_stop}"
print(shown)
sys.exit(shown != "commas: ann@shop.example; full stop: none")
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
