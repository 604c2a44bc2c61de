#!/bin/sh
# standardwebhooks signs another time than the one it is given, when that time has an offset.
#
# Versions: standardwebhooks 1.1.0, CPython 3.11, Linux.
# Expected: `sign` takes a datetime; one with an offset is an instant, so 12:00+02:00 and 10:00+00:00 get the same signature, and
# that of the header `webhook-timestamp` made from either by `timestamp()`.
# Seen: the offset is replaced by UTC, not converted, so 12:00+02:00 is signed as 12:00 UTC. A sender that signs with its local
# time has each webhook refused by receivers, its own `verify` included.
# Output: "same instant, same signature: False; own verify: refused; in UTC: verified".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install standardwebhooks==1.1.0
cat > "$folder/shown.py" <<'PYTHON'
import base64
import sys
from datetime import UTC, datetime, timedelta, timezone

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(base64.b64encode(bytes(24)).decode())
in_utc = datetime.now(UTC).replace(microsecond=0)
in_berlin = in_utc.astimezone(timezone(timedelta(hours=2)))


def verify(signed_at: datetime) -> str:
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(signed_at.timestamp())),
        "webhook-signature": webhook.sign("msg_1", signed_at, "{}"),
    }
    try:
        webhook.verify("{}", headers)
    except WebhookVerificationError:
        return "refused"
    return "verified"


same = webhook.sign("msg_1", in_utc, "{}") == webhook.sign("msg_1", in_berlin, "{}")
shown = f"same instant, same signature: {same}; own verify: {verify(in_berlin)}; in UTC: {verify(in_utc)}"
print(shown)
sys.exit(shown != "same instant, same signature: False; own verify: refused; in UTC: verified")
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
