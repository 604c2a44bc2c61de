#!/bin/sh
# Libraries that take the history off a reply take what the customer wrote with it, on words that are in many replies.
#
# Versions: email-reply-parser 0.5.12, mail-parser-reply 1.36, CPython 3.11.
# Expected: each reply below has no history at all, so all of its words are new and come back. A line counts as the head of a quoted mail where a
# quoted mail follows it, and "Thanks," as the end of a mail where the mail ends.
# Seen: email-reply-parser joins all lines from "On Monday" to "wrote:", paragraphs later, into one head, and hides that and everything behind it: the reply
# is empty. mail-parser-reply takes a line that begins with "Thanks," for a signature up to the end of the mail, and its `body` is the salutation.
# Both take "From: Hamburg" and "To: Berlin" for the head of a mail and drop the order number behind them.
# Output, in words that are left: "story: 0 of 21, 21 of 21; thanks: 12 of 12, 1 of 12; route: 4 of 12, 4 of 12".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install email-reply-parser==0.5.12 mail-parser-reply==1.36
cat > "$folder/shown.py" <<'PYTHON'
import sys

import email_reply_parser
import mailparser_reply

REPLIES = {
    "story": 'On Monday the grinder stopped again.\n\nThis is what your engineer wrote:\n\n"Change the seal"\n\nI did that. It runs now.\n',
    "thanks": "Hello,\nThanks, the first part works.\nWhere do I find the switch?\n",
    "route": "Please send it again.\n\nFrom: Hamburg\nTo: Berlin\n\nThe order is A-17.\n",
}


def measure(text):
    first = email_reply_parser.EmailReplyParser.parse_reply(text)
    second = mailparser_reply.EmailReplyParser(languages=["en"]).read(text).replies[0].body
    return ", ".join(f"{len(left.split())} of {len(text.split())}" for left in (first, second))


shown = "; ".join(f"{name}: {measure(text)}" for name, text in REPLIES.items())
print(shown)
sys.exit(shown != "story: 0 of 21, 21 of 21; thanks: 12 of 12, 1 of 12; route: 4 of 12, 4 of 12")
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
