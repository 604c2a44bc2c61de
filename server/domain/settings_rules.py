"""Validates the settings of an organization, beyond the types of the fields."""

from collections.abc import Iterator
from datetime import date

from common.errors import FieldError
from common.organization import BusinessHours, OrganizationSettings, Spans
from server.domain import notification_preferences, time_zones
from server.domain.languages.catalogue import list_languages


def find_settings_errors(settings: OrganizationSettings) -> list[FieldError]:
    """Returns the errors with their pointers; empty if the settings are valid."""
    return [
        *_find_zone_errors(settings),
        *_find_language_errors(settings),
        *_find_category_errors(settings),
        *_find_hours_errors(settings.business_hours),
        *_find_holiday_errors(settings),
        *_find_policy_errors(settings),
        *notification_preferences.find_default_errors(settings.notifications),
    ]


def _find_zone_errors(settings: OrganizationSettings) -> Iterator[FieldError]:
    if not time_zones.is_time_zone(settings.timezone):
        yield FieldError(time_zones.ZONE_ERROR, pointer="/timezone")


def _find_language_errors(settings: OrganizationSettings) -> Iterator[FieldError]:
    if settings.language not in list_languages():
        known = ", ".join(list_languages())
        yield FieldError(f"must be one of the installed languages: {known}", pointer="/language")


def _find_category_errors(settings: OrganizationSettings) -> Iterator[FieldError]:
    seen: set[str] = set()
    for n, category in enumerate(settings.categories):
        if category.slug in seen:
            yield FieldError("must be given only once", pointer=f"/categories/{n}/slug")
        seen.add(category.slug)
    if settings.default_category not in seen:
        yield FieldError("must be one of the categories", pointer="/default_category")


def find_unstaffed_skills(
    settings: OrganizationSettings, skills: frozenset[str]
) -> list[FieldError]:
    """Returns an error for each required skill that no active agent has."""
    return [
        FieldError("no active agent has this skill", pointer=f"/categories/{n}/required_skills/{m}")
        for n, category in enumerate(settings.categories)
        for m, skill in enumerate(category.required_skills)
        if skill not in skills
    ]


def _find_hours_errors(hours: BusinessHours) -> Iterator[FieldError]:
    for day in hours.__struct_fields__:
        yield from _find_span_errors(day, getattr(hours, day))


def _find_span_errors(day: str, spans: Spans) -> Iterator[FieldError]:
    ended = ""
    for n, (start, end) in enumerate(spans):
        if start >= end:
            yield FieldError("must end after it starts", pointer=f"/business_hours/{day}/{n}")
        if start < ended:
            says = "must start after the previous one ends"
            yield FieldError(says, pointer=f"/business_hours/{day}/{n}")
        ended = max(ended, end)


def _find_holiday_errors(settings: OrganizationSettings) -> Iterator[FieldError]:
    for n, text in enumerate(settings.holidays):
        try:
            date.fromisoformat(text)
        except ValueError:
            yield FieldError("is not a date", pointer=f"/holidays/{n}")


def _find_policy_errors(settings: OrganizationSettings) -> Iterator[FieldError]:
    for n, policy in enumerate(settings.sla_policies):
        for m, slug in enumerate(policy.categories):
            if slug not in settings.category_slugs:
                yield FieldError(
                    "must be one of the categories", pointer=f"/sla_policies/{n}/categories/{m}"
                )
