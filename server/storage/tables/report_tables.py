"""The tables of reports: what each event ended, in figures, and finished days rolled up.

Rows are written in the transaction of the event. A ticket that stops being counted (spam,
duplicates) loses its rows, and gets them back when it is counted again.
"""

import peewee as pw

from server.storage.tables.desk_tables import BaseModel


class IntervalModel(BaseModel):
    """An interval that one event ended, or a fact it counted; `kind` is an `IntervalKind`.

    `agent_id` is the agent who is credited; `category` and `priority` are those at the event.
    `value` and `business` are microseconds of elapsed and of business time, or a rating's score.
    """

    org_id = pw.IntegerField()
    kind = pw.SmallIntegerField()
    at = pw.BigIntegerField()
    seq = pw.BigIntegerField()
    number = pw.BigIntegerField()
    agent_id = pw.BigIntegerField(null=True)
    category = pw.TextField()
    priority = pw.SmallIntegerField()
    value = pw.BigIntegerField()
    business = pw.BigIntegerField()

    class Meta:
        table_name = "intervals"
        primary_key = pw.CompositeKey("org_id", "kind", "at", "seq")
        without_rowid = True


class ReportDayModel(BaseModel):
    """A finished day of UTC, rolled up: its intervals as columns, ready to be read at once.

    `net` is the change of the backlog in that day. `net` and `body` are null where the day has
    changed since it was rolled up.
    """

    org_id = pw.IntegerField()
    day = pw.IntegerField()
    net = pw.TextField(null=True)
    body = pw.BlobField(null=True)

    class Meta:
        table_name = "report_days"
        primary_key = pw.CompositeKey("org_id", "day")


ReportDayModel.add_index(
    ReportDayModel.index(
        ReportDayModel.org_id,
        ReportDayModel.day,
        where=ReportDayModel.body.is_null(),
        name="report_days_opened",
    )
)

REPORT_TABLES: tuple[type[pw.Model], ...] = (IntervalModel, ReportDayModel)
