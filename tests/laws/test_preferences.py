"""Preferences: of what to tell somebody, how, and when a mail may go."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.organization import OrganizationSettings
from common.preferences import (
    Channel,
    Digest,
    NotificationKind,
    NotificationPreference,
    Notifications,
    Preferences,
    QuietHours,
    Relation,
)
from server.domain import mail_schedule
from server.domain.notification_preferences import (
    AGENT_DEFAULTS,
    CUSTOMER_DEFAULTS,
    Matrix,
    build_effective_matrix,
    find_default_errors,
    find_preference_errors,
    list_hidden_topics,
    list_wishes,
)

MAIL, INBOX = Channel.EMAIL, Channel.IN_APP
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]


def wish(kind: str, relation: str, *channels: Channel) -> NotificationPreference:
    return NotificationPreference(NotificationKind(kind), Relation(relation), channels)


def pointers(*wishes: NotificationPreference, agent: bool = True) -> dict[str | None, str]:
    found = find_preference_errors(Preferences(notices=wishes), agent=agent)
    return {fault.pointer: fault.detail for fault in found}


@pytest.mark.parametrize("kind", ["mention", "assigned"])
def test_what_one_must_hear_can_be_sent_elsewhere_but_not_to_nowhere(kind: str) -> None:
    assert list(pointers(wish(kind, "mine"))) == ["/notices/0/channels"]
    assert pointers(wish(kind, "mine", MAIL)) == {}


@pytest.mark.parametrize("relation", ["mine", "team", "unassigned"])
def test_a_broken_promise_is_always_told(relation: str) -> None:
    assert list(pointers(wish("sla_breached", relation))) == ["/notices/0/channels"]
    assert pointers(wish("sla_warning", relation)) == {}


def test_a_customer_may_do_without_who_is_on_it() -> None:
    assert pointers(wish("assigned", "mine"), agent=False) == {}


def test_every_bad_wish_is_named_at_once() -> None:
    assert pointers(
        wish("created", "followed", INBOX),
        wish("note", "mine", INBOX),
        wish("note", "mine", INBOX),
        wish("rated", "mine", MAIL, MAIL),
    ) == {
        "/notices/0/relation": "does not apply to this kind",
        "/notices/2": "must be given only once",
        "/notices/3/channels": "must not repeat a channel",
    }


def test_a_customer_cannot_ask_for_what_only_agents_hear() -> None:
    assert list(pointers(wish("note", "mine", INBOX), agent=False)) == ["/notices/0/relation"]


def test_bad_defaults_of_an_organization_are_named_where_they_stand() -> None:
    bad = Notifications(agents=(wish("mention", "mine"),), customers=(wish("note", "mine", INBOX),))
    assert [fault.pointer for fault in find_default_errors(bad)] == [
        "/notifications/agents/0/channels",
        "/notifications/customers/0/relation",
    ]


def test_ones_own_wish_counts_before_the_organizations_and_that_before_ours() -> None:
    house = Notifications(
        agents=(wish("note", "mine", MAIL), wish("rated", "mine")),
        customers=(wish("closed", "mine"),),
    )
    settings = OrganizationSettings(name="Acme", notifications=house)
    own = Preferences(notices=(wish("rated", "mine", INBOX),))
    matrix = build_effective_matrix(settings, own, agent=True)
    assert matrix[NotificationKind.RATED, Relation.MINE] == (INBOX,)
    assert matrix[NotificationKind.NOTE, Relation.MINE] == (MAIL,)
    assert matrix[NotificationKind.CLOSED, Relation.MINE] == (INBOX,)
    assert (
        build_effective_matrix(settings, Preferences(), agent=False)[
            NotificationKind.CLOSED, Relation.MINE
        ]
        == ()
    )


def test_what_is_wished_by_mail_alone_stands_in_the_inbox_where_no_mail_is_sent() -> None:
    own = Preferences(notices=(wish("note", "mine", MAIL), wish("rated", "mine")))
    matrix = build_effective_matrix(OrganizationSettings(name="Acme"), own, agent=True)
    note, rated = (NotificationKind.NOTE, Relation.MINE), (NotificationKind.RATED, Relation.MINE)
    assert {note, rated} <= set(list_hidden_topics(matrix, mail=True))
    assert rated in list_hidden_topics(matrix, mail=False)
    assert note not in list_hidden_topics(matrix, mail=False)


@pytest.mark.parametrize("matrix", [AGENT_DEFAULTS, CUSTOMER_DEFAULTS], ids=["agents", "customers"])
def test_what_is_shown_can_be_sent_back_and_means_the_same(matrix: Matrix) -> None:
    agent = matrix is AGENT_DEFAULTS
    shown = Preferences(notices=list_wishes(matrix))
    read = msgspec.json.decode(msgspec.json.encode(shown), type=Preferences)
    assert find_preference_errors(read, agent=agent) == []
    assert build_effective_matrix(OrganizationSettings(name="Acme"), read, agent=agent) == matrix


def test_quiet_hours_need_a_zone_and_two_times() -> None:
    quiet = QuietHours("22:00", "22:00", "Mars/Olympus")
    found = find_preference_errors(Preferences(quiet_hours=quiet), agent=True)
    assert [fault.pointer for fault in found] == ["/quiet_hours/to", "/quiet_hours/timezone"]


@pytest.mark.parametrize(("begin", "end"), [("00:00", "24:00"), ("24:00", "00:00")])
def test_quiet_hours_leave_some_time_of_the_day(begin: str, end: str) -> None:
    found = find_preference_errors(
        Preferences(quiet_hours=QuietHours(begin, end, "UTC")), agent=True
    )
    assert [fault.pointer for fault in found] == ["/quiet_hours/to"]


# -- when a mail may go


def due(now: str, timezone: str = "Europe/Berlin", **values: Any) -> str:
    at = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    goes = mail_schedule.find_mail_due(Preferences(**values), at, timezone)
    return goes.astimezone(ZoneInfo(timezone)).strftime("%a %H:%M")


NIGHT = QuietHours("22:00", "07:30", "Europe/Berlin")
NOON = QuietHours("12:00", "13:00", "Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "values", "goes"),
    [
        ("2026-03-02T14:20", {}, "Mon 14:20"),
        ("2026-03-02T14:20", {"quiet_hours": NIGHT}, "Mon 14:20"),
        ("2026-03-02T22:00", {"quiet_hours": NIGHT}, "Tue 07:30"),
        ("2026-03-02T03:00", {"quiet_hours": NIGHT}, "Mon 07:30"),
        ("2026-03-02T07:30", {"quiet_hours": NIGHT}, "Mon 07:30"),
        ("2026-03-02T12:59", {"quiet_hours": NOON}, "Mon 13:00"),
        ("2026-03-02T14:20", {"digest": Digest.HOURLY}, "Mon 15:00"),
        ("2026-03-02T21:20", {"digest": Digest.HOURLY, "quiet_hours": NIGHT}, "Tue 07:30"),
        ("2026-03-02T07:20", {"digest": Digest.DAILY}, "Mon 08:00"),
        ("2026-03-02T08:00", {"digest": Digest.DAILY}, "Tue 08:00"),
        ("2026-03-28T23:00", {"quiet_hours": NIGHT}, "Sun 07:30"),  # the night has 23 hours
        ("2026-10-24T23:00", {"quiet_hours": NIGHT}, "Sun 07:30"),  # and this one 25
    ],
)
def test_a_mail_waits_for_its_digest_and_for_the_end_of_quiet_hours(
    now: str, values: dict[str, Any], goes: str
) -> None:
    assert due(now, **values) == goes


@pytest.mark.parametrize("zone", ["Factory", "localtime", "right/Europe/Rome", "Moon/Tycho"])
def test_stored_quiet_hours_of_an_unknown_zone_are_the_organizations_and_stop_nothing(
    zone: str,
) -> None:
    """An older version took it, or a machine that knows more zones."""
    quiet = QuietHours("22:00", "07:30", zone)
    assert due("2026-03-02T22:00", "Asia/Tokyo", quiet_hours=quiet) == "Tue 07:30"
    now = datetime(2026, 3, 2, 22, tzinfo=UTC)
    morning = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
    assert mail_schedule.find_mail_due(Preferences(quiet_hours=quiet), now, zone) == morning


seconds = st.integers(0, 10 * 365 * 24 * 3600)
instants = seconds.map(lambda passed: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(0, passed))
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
quiets = st.builds(QuietHours, times, times, st.sampled_from(ZONES)).filter(
    lambda it: it.start != it.end
)


@given(instants, st.none() | quiets, st.sampled_from(Digest), st.sampled_from(ZONES))
def test_a_mail_never_goes_before_it_is_owed_and_within_two_days(
    now: datetime, quiet: QuietHours | None, digest: Digest, timezone: str
) -> None:
    at = mail_schedule.find_mail_due(Preferences(quiet_hours=quiet, digest=digest), now, timezone)
    assert now <= at <= now + timedelta(hours=50)


@given(instants, quiets, st.sampled_from(Digest))
def test_no_mail_goes_in_quiet_hours(now: datetime, quiet: QuietHours, digest: Digest) -> None:
    at = mail_schedule.find_mail_due(Preferences(quiet_hours=quiet, digest=digest), now, "UTC")
    local = at.astimezone(ZoneInfo(quiet.timezone))
    if local.utcoffset() != (local - timedelta(days=1)).utcoffset():
        return  # around a change of the clocks a time of day may come twice
    assert mail_schedule.skip_quiet_hours(local, quiet) == local


@given(st.lists(instants, min_size=2, max_size=2), st.sampled_from(ZONES))
def test_what_is_owed_within_one_day_has_one_digest(pair: list[datetime], timezone: str) -> None:
    first, second = sorted(pair)
    daily = Preferences(digest=Digest.DAILY)
    goes = mail_schedule.find_mail_due(daily, first, timezone)
    if second < goes:
        assert mail_schedule.find_mail_due(daily, second, timezone) == goes
