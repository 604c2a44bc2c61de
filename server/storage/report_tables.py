"""The tables of reports: a row for each thing that is counted, written with the event that ends it.

Durations are integer microseconds, once by the calendar and once of business time. `counts` is
false for tickets that left all figures (spam, duplicates, merged).
"""

import peewee as pw

from server.storage.tables import Table


class Interval(Table):
    """A response, a resolution, a reopening, a promise, a rating: told apart by `metric`."""

    org_id = pw.IntegerField()
    metric = pw.TextField()
    at = pw.BigIntegerField()
    seq = pw.BigIntegerField()
    number = pw.BigIntegerField()
    agent_id = pw.BigIntegerField(null=True)
    category = pw.TextField()
    priority = pw.SmallIntegerField()
    first = pw.BooleanField()
    value = pw.BigIntegerField()
    business = pw.BigIntegerField(null=True)
    counts = pw.BooleanField()

    class Meta:
        table_name = "intervals"
        primary_key = pw.CompositeKey("org_id", "metric", "at", "seq")
        indexes = ((("org_id", "number"), False),)


REPORT_TABLES: tuple[type[pw.Model], ...] = (Interval,)
