"""The people of Kettle & Crane, who sell coffee machines and coffee, and their customers."""

from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from common.organization import Assignment, Category, OrganizationSettings, Signup
from common.people import Role
from common.preferences import NotificationKind, NotificationPreference, Notifications, Relation
from demo import opening_hours


class DemoPerson(Struct, frozen=True):
    """A person of the demo."""

    email: str
    name: str
    role: Role
    skills: tuple[str, ...] = ()
    capacity: int = 4


_CATEGORIES: Final = (
    Category("general", "General"),
    Category("machines", "Machines", required_skills=("machines",)),
    Category("delivery", "Delivery"),
    Category("billing", "Billing", required_skills=("billing",)),
    Category("subscriptions", "Subscriptions", optional_skills=("coffee",)),
    Category("account", "Account"),
    Category(
        opening_hours.WHOLESALE_CATEGORY, "Cafés and wholesale", required_skills=("wholesale",)
    ),
)
_NOTIFICATIONS: Final = Notifications(
    agents=(
        # Ten a minute: the queue shows them, an inbox would be full of them.
        NotificationPreference(NotificationKind.CREATED, Relation.TEAM, ()),
        NotificationPreference(NotificationKind.CREATED, Relation.UNASSIGNED, ()),
    )
)


def make_settings(now: datetime) -> OrganizationSettings:
    """Returns the organization's settings for a demo that starts at this time."""
    return OrganizationSettings(
        name="Kettle & Crane",
        signup=Signup.OPEN,
        categories=_CATEGORIES,
        timezone=opening_hours.choose_timezone(now),
        business_hours=opening_hours.BUSINESS_HOURS,
        sla_policies=opening_hours.SLA_POLICIES,
        assignment=Assignment(owner_timeout_minutes=10),
        notifications=_NOTIFICATIONS,
    )


def _make_employee(name: str, role: Role, *skills: str) -> DemoPerson:
    first = name.split(maxsplit=1)[0].lower()
    return DemoPerson(f"{first}@kettle.example", name, role, skills)


ADMIN: Final = _make_employee("Ada Quist", Role.ADMIN)
SUPERVISOR: Final = _make_employee("Greta Halloran", Role.SUPERVISOR, "billing", "machines")
VISITOR: Final = replace(
    _make_employee("Robin Vale", Role.AGENT, "machines", "billing", "coffee"), capacity=6
)
"""The agent at the workstation."""
MEI: Final = _make_employee("Mei Castellanos", Role.AGENT, "coffee", "billing", "wholesale")
"""The only agent with the skill for cafés."""
COLLEAGUES: Final = (
    _make_employee("Ines Okafor", Role.AGENT, "billing"),
    _make_employee("Tomasz Brandt", Role.AGENT, "machines"),
    MEI,
    _make_employee("Yusuf Lindqvist", Role.AGENT, "machines", "coffee"),
)


def _make_customer(email: str, name: str) -> DemoPerson:
    return DemoPerson(f"{email}@mail.example", name, Role.CUSTOMER)


CUSTOMERS: Final = (
    _make_customer("zoe.bruegger", "Zoë Brügger"),
    _make_customer("luca.ferraro", "Luca Ferraro"),
    _make_customer("priya.r", "Priya Raghunathan"),
    _make_customer("siobhan", "Siobhán Keane"),
    _make_customer("oluwaseun", "Oluwaseun Adeyemi"),
    _make_customer("hana.kobayashi", "小林 花"),
    _make_customer("haakon.dahl", "Håkon Dahl"),
    _make_customer("marguerite", "Marguerite Petit-Jean"),
    _make_customer("sam.whitlock", "Sam Whitlock"),
    _make_customer("kamila.orlova", "Камила Орлова"),
    _make_customer("minh.anh", "Nguyễn Minh Anh"),
    _make_customer("joao.pires", "João Pires"),
    _make_customer("beatrix", "Beatrix Vandermeer"),
    _make_customer("dariush", "Dariush Tehrani"),
    _make_customer("office", "Northlight Studios (office)"),
    _make_customer("wren", "Wren Abernathy"),
)
ALL_PEOPLE: Final = (ADMIN, SUPERVISOR, VISITOR, *COLLEAGUES, *CUSTOMERS)
