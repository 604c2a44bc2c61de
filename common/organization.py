"""The settings of an organization, which its admins change."""

from enum import StrEnum
from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, Struct, UnsetType, field
from msgspec.structs import asdict, replace

from common.preferences import Notifications
from common.text import Name, Slug, Tag, TimeOfDay
from common.tickets.ticket import Priority

Span = tuple[TimeOfDay, TimeOfDay]
Spans = Annotated[tuple[Span, ...], Meta(max_length=8)]
Date = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        description="YYYY-MM-DD",
        extra_json_schema={"format": "date"},
    ),
]
Minutes = Annotated[int, Meta(ge=1, le=10_000_000)]


class Signup(StrEnum):
    """Says whether customers may register themselves."""

    OPEN = "open"
    CLOSED = "closed"


class AssignmentMode(StrEnum):
    """The way tickets are assigned."""

    MANUAL = "manual"
    BALANCED = "balanced"
    ROUND_ROBIN = "round_robin"


class Category(Struct, frozen=True, forbid_unknown_fields=True):
    """A category of tickets, and the skills that its tickets need."""

    slug: Slug
    name: Name
    required_skills: tuple[Tag, ...] = ()
    optional_skills: tuple[Tag, ...] = ()


class Assignment(Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of routing; without `owner_timeout_minutes` a ticket stays with its agent."""

    mode: AssignmentMode = AssignmentMode.BALANCED
    owner_timeout_minutes: Minutes | None = None


class BusinessHours(Struct, frozen=True, forbid_unknown_fields=True):
    """Opening hours in the time zone of the organization; a day without spans is closed."""

    mon: Spans = ()
    tue: Spans = ()
    wed: Spans = ()
    thu: Spans = ()
    fri: Spans = ()
    sat: Spans = ()
    sun: Spans = ()


class SurveySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of invitations to rate, and their delay after the resolution."""

    enabled: bool = True
    delay_minutes: Annotated[int, Meta(ge=0, le=10_080)] = 60


_WHOLE_DAY: Final[Spans] = (("00:00", "24:00"),)
ALWAYS_OPEN: Final = BusinessHours(*[_WHOLE_DAY] * 7)
"""The default of new organizations."""


class SlaPolicy(Struct, frozen=True, forbid_unknown_fields=True):
    """SLA targets of matching tickets, in business minutes; the first matching policy counts."""

    name: Name
    priorities: tuple[Priority, ...] = ()
    categories: tuple[Slug, ...] = ()
    first_response_minutes: Minutes | None = None
    next_response_minutes: Minutes | None = None
    resolution_minutes: Minutes | None = None


def _make_policy(priority: Priority, first: int, following: int, resolution: int) -> SlaPolicy:
    return SlaPolicy(priority.capitalize(), (priority,), (), first, following, resolution)


DEFAULT_POLICIES: Final = (
    # First response and resolution: frappe/helpdesk, setup/install.py; next response is ours.
    _make_policy(Priority.URGENT, 30, 30, 2 * 60),
    _make_policy(Priority.HIGH, 60, 2 * 60, 4 * 60),
    _make_policy(Priority.NORMAL, 8 * 60, 8 * 60, 24 * 60),
    _make_policy(Priority.LOW, 24 * 60, 24 * 60, 72 * 60),
)


# What Windows and macOS run when it is opened: Microsoft's list for Outlook, "Blocked attachments
# in Outlook", without what only its own servers know.
_PROGRAMS: Final = """
    ade adp apk app appx appxbundle bat cab chm cmd com cpl diagcab dll dmg exe gadget hlp hta inf
    ins iso isp jar jnlp js jse ksh lib lnk mde msc msi msix msixbundle msp mst nsh pif pkg ps1
    ps1xml ps2 psc1 psc2 psd1 psm1 reg scf scr sct shb shs sys url vb vbe vbs vhd vhdx vxd wsc wsf
    wsh xll
    """
BLOCKED_ATTACHMENTS: Final = tuple(_PROGRAMS.split())
"""Extensions of files that a new organization does not take: programs, scripts, links to them."""
Extension = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,15}$")]
DEFAULT_ATTACHMENT_BYTES: Final = 25 * 1024 * 1024


class OrganizationSettings(Struct, frozen=True, kw_only=True):
    """The settings that an admin can change."""

    name: Name
    timezone: str = "UTC"
    language: str = "en"
    signup: Signup = Signup.CLOSED
    categories: tuple[Category, ...] = (Category("general", "General"),)
    default_category: Slug = "general"
    business_hours: BusinessHours = field(default_factory=lambda: ALWAYS_OPEN)
    holidays: tuple[Date, ...] = ()
    sla_policies: tuple[SlaPolicy, ...] = DEFAULT_POLICIES
    assignment: Assignment = field(default_factory=Assignment)
    auto_close_hours: int = 96
    reopen_closed_days: int = 0
    notifications: Notifications = field(default_factory=Notifications)
    satisfaction: SurveySettings = field(default_factory=SurveySettings)
    attachment_max_bytes: int = DEFAULT_ATTACHMENT_BYTES
    attachments_per_message: int = 20
    attachments_total_bytes: int | None = None
    blocked_attachments: tuple[Extension, ...] = BLOCKED_ATTACHMENTS
    show_response_times: bool = False

    @property
    def category_slugs(self) -> frozenset[str]:
        """The categories that a ticket may have."""
        return frozenset(category.slug for category in self.categories)


class Organization(OrganizationSettings, frozen=True, kw_only=True):
    """An organization on the wire; `attachments_used_bytes` is for supervisors and admins."""

    org_id: int
    attachments_used_bytes: int | UnsetType = UNSET


class ApplyPolicies(Struct, frozen=True, forbid_unknown_fields=True):
    """Applies the current hours, holidays and policies to every unresolved ticket."""


class PoliciesApplied(Struct, frozen=True):
    """The number of tickets with changed targets."""

    tickets: int


class EditOrganization(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Replaces whole fields of the settings."""

    name: Name | UnsetType = UNSET
    timezone: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    language: Annotated[str, Meta(min_length=2, max_length=16)] | UnsetType = UNSET
    signup: Signup | UnsetType = UNSET
    categories: Annotated[tuple[Category, ...], Meta(min_length=1, max_length=200)] | UnsetType = (
        UNSET
    )
    default_category: Slug | UnsetType = UNSET
    business_hours: BusinessHours | UnsetType = UNSET
    holidays: Annotated[tuple[Date, ...], Meta(max_length=1000)] | UnsetType = UNSET
    sla_policies: Annotated[tuple[SlaPolicy, ...], Meta(max_length=100)] | UnsetType = UNSET
    assignment: Assignment | UnsetType = UNSET
    auto_close_hours: Annotated[int, Meta(ge=1, le=672)] | UnsetType = UNSET
    reopen_closed_days: Annotated[int, Meta(ge=0, le=3650)] | UnsetType = UNSET
    notifications: Notifications | UnsetType = UNSET
    satisfaction: SurveySettings | UnsetType = UNSET
    attachment_max_bytes: Annotated[int, Meta(ge=1, le=2**40)] | UnsetType = UNSET
    attachments_per_message: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET
    attachments_total_bytes: Annotated[int, Meta(ge=0, le=2**50)] | UnsetType | None = UNSET
    blocked_attachments: Annotated[tuple[Extension, ...], Meta(max_length=500)] | UnsetType = UNSET
    show_response_times: bool | UnsetType = UNSET

    def apply_to(self, settings: OrganizationSettings) -> OrganizationSettings:
        """Returns the settings with the given fields replaced."""
        return replace(settings, **self.given_values())

    def given_values(self) -> dict[str, Any]:
        """Returns the given fields with their values."""
        return {name: value for name, value in asdict(self).items() if value is not UNSET}
