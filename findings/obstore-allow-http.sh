#!/bin/sh
# obstore stops reading AWS_ALLOW_HTTP from the environment as soon as it gets any client option.
#
# Versions: obstore 0.12.1, CPython 3.11, Linux.
# Expected: `AWS_ALLOW_HTTP=true` permits an endpoint without TLS (a storage service on the same host); a `timeout` among `client_options` changes the
# timeout. The rest of the environment, the endpoint included, is read in either case.
# Seen: with `client_options={"timeout": "5s"}` the variable counts no more, while AWS_ENDPOINT_URL does, so each request fails at once with
# "builder error" and never leaves. `config={"allow_http": True}` beside the same options is obeyed.
# Output: "environment alone: sent; with a timeout: GenericError, builder error; with a timeout and config: sent".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install obstore==0.12.1
cat > "$folder/shown.py" <<'PYTHON'
import os
import sys
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Bucket(BaseHTTPRequestHandler):
    def do_PUT(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ |= {
    "AWS_ALLOW_HTTP": "true",
    "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
    "AWS_REGION": "local",
    "AWS_ACCESS_KEY_ID": "ann",
    "AWS_SECRET_ACCESS_KEY": "ann",
}
import obstore  # noqa: E402
from obstore.exceptions import BaseError  # noqa: E402
from obstore.store import S3Store  # noqa: E402


def send(**options):
    retries = {"max_retries": 0, "retry_timeout": timedelta(seconds=5)}
    try:
        obstore.put(S3Store("bucket", retry_config=retries, **options), "key", b"x")
    except BaseError as error:
        said = "builder error" if "builder error" in str(error) else str(error)
        return f"{type(error).__name__}, {said}"
    return "sent"


timeout = {"timeout": "5s"}
shown = (
    f"environment alone: {send()}; with a timeout: {send(client_options=timeout)}; "
    f"with a timeout and config: {send(client_options=timeout, config={'allow_http': True})}"
)
print(shown)
sys.exit(shown != "environment alone: sent; with a timeout: GenericError, builder error; with a timeout and config: sent")
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
