"""The tables of reports: what each event ended, in figures, and finished days of them packed.

Rows are written in the transaction of the event; a ticket that leaves all figures (spam,
duplicates, merged) takes its rows with it, and brings them back when it is taken up again.
"""

import peewee as pw

from server.storage.tables.desk_tables import BaseModel


class IntervalModel(BaseModel):
    """What one event ended or counted; `kind` is a number of `domain.reports.kinds.Kind`.

    `agent_id` is who is credited, `category` and `priority` are those at the event. `value` and
    `business` are microseconds by the calendar and of business time, or a rating's score.
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
    """A day of UTC that is over, packed: what its intervals come to, ready to be read at once.

    `net` is how the backlog differs after it. Both are null where the day has changed since and
    has to be packed again.
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
