#!/bin/sh
# openapi-python-client refuses a whole document for a tuple that is closed by items: false.
#
# Versions: openapi-python-client 0.29.1, CPython 3.11.
# Expected: OpenAPI 3.1 takes JSON Schema 2020-12, where `prefixItems` with `items: false` is the usual way to say "exactly these two" (msgspec and
# others write it). A generator may fall back to Any for that property, as it does elsewhere with a warning.
# Seen: `items` must be an object, so nothing at all is generated: exit code 1, "Failed to parse OpenAPI document". With `minItems` and
# `maxItems` and no `prefixItems` the same document is taken.
# Output: "closed tuple: refused, bounded array: generated".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install openapi-python-client==0.29.1
cat > "$folder/shown.py" <<'PYTHON'
import json
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(sys.argv[1])
CLOSED = {"prefixItems": [{"type": "string"}, {"type": "string"}], "items": False}
BOUNDED = {"items": {"type": "string"}, "minItems": 2, "maxItems": 2}


def outcome(name, pair):
    answer = {"type": "object", "properties": {"span": {"type": "array", **pair}}}
    content = {"application/json": {"schema": answer}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1"},
        "paths": {"/": {"get": {"responses": {"200": {"description": "ok", "content": content}}}}},
    }
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(document))
    done = subprocess.run(
        [
            FOLDER / "venv/bin/openapi-python-client",
            *("generate", "--path", path, "--meta", "none", "--output-path", FOLDER / name),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return "generated" if done.returncode == 0 else "refused"


shown = f"closed tuple: {outcome('closed', CLOSED)}, bounded array: {outcome('bounded', BOUNDED)}"
print(shown)
sys.exit(shown != "closed tuple: refused, bounded array: generated")
PYTHON
"$folder/venv/bin/python" "$folder/shown.py" "$folder"
