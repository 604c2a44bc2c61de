"""One check for time zones: organizations and quiet hours take the same names, on any machine."""

import subprocess
import sys
from zoneinfo import ZoneInfo

import pytest

from common.organization import OrganizationSettings
from common.preferences import Preferences, QuietHours
from server.domain import notification_preferences, settings_rules
from server.domain.time_zones import is_time_zone, list_time_zones

GOOD = ["UTC", "Etc/UTC", "Europe/Rome", "America/Argentina/Ushuaia", "Asia/Kathmandu", "EST5EDT"]
BAD = [
    "Factory", "localtime", "posixrules", "right/Europe/Rome", "posix/Europe/Rome", "Rome",
    "europe/rome", "Europe", "Europe/", " UTC", "UTC ", "+01:00", "GMT+1", "../Rome", "/etc/passwd",
    "Europe/../Europe/Rome", "tzdata.zi", "zone.tab", "leapseconds", "\u0055\u200bTC",
]  # fmt: skip


def pointers(zone: str) -> list[str | None]:
    """Returns where the name is refused: as an organization's zone, and as that of quiet hours."""
    settings = OrganizationSettings(name="Acme", timezone=zone)
    wishes = Preferences(quiet_hours=QuietHours("22:00", "07:00", zone))
    found = [
        *settings_rules.find_settings_errors(settings),
        *notification_preferences.find_preference_errors(wishes, agent=True),
    ]
    return [fault.pointer for fault in found]


@pytest.mark.parametrize("zone", GOOD)
def test_a_zone_is_taken_everywhere(zone: str) -> None:
    assert pointers(zone) == []


@pytest.mark.parametrize("zone", BAD)
def test_what_is_no_zone_is_refused_everywhere_alike(zone: str) -> None:
    assert pointers(zone) == ["/timezone", "/quiet_hours/timezone"]


def test_every_zone_that_is_taken_can_be_computed_with() -> None:
    assert [name for name in list_time_zones() if not is_time_zone(name)] == []
    assert all(ZoneInfo(name) for name in list_time_zones())


def test_a_machine_without_time_zones_has_them_from_the_package() -> None:
    code = "from server.domain.time_zones import is_time_zone; print(is_time_zone('Europe/Rome'))"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "True\n"
