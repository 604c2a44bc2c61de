"""Who works at Kettle & Crane, who sell coffee machines and the coffee for them; and who buys."""

from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from common.organization import Assignment, Category, Settings, Signup
from common.people import Role
from common.preferences import Kind, Notifications, Relation, Wish
from demo import opening_hours


class Person(Struct, frozen=True):
    """Somebody of the demo."""

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
    Category(opening_hours.TRADE, "Cafés and wholesale", required_skills=("wholesale",)),
)
_NOTIFICATIONS: Final = Notifications(
    agents=(
        # Ten a minute: the queue shows them, an inbox would be full of them.
        Wish(Kind.CREATED, Relation.TEAM, ()),
        Wish(Kind.CREATED, Relation.UNASSIGNED, ()),
    )
)


def settings(now: datetime) -> Settings:
    """The organization as it opens at an instant."""
    return Settings(
        name="Kettle & Crane",
        signup=Signup.OPEN,
        categories=_CATEGORIES,
        timezone=opening_hours.zone(now),
        business_hours=opening_hours.HOURS,
        sla_policies=opening_hours.POLICIES,
        assignment=Assignment(owner_timeout_minutes=10),
        notifications=_NOTIFICATIONS,
    )


def _staff(name: str, role: Role, *skills: str) -> Person:
    first = name.split(maxsplit=1)[0].lower()
    return Person(f"{first}@kettle.example", name, role, skills)


ADMIN: Final = _staff("Ada Quist", Role.ADMIN)
SUPERVISOR: Final = _staff("Greta Halloran", Role.SUPERVISOR, "billing", "machines")
YOU: Final = replace(_staff("Robin Vale", Role.AGENT, "machines", "billing", "coffee"), capacity=6)
"""Who sits at the workstation."""
MEI: Final = _staff("Mei Castellanos", Role.AGENT, "coffee", "billing", "wholesale")
"""Who alone knows the cafés."""
COLLEAGUES: Final = (
    _staff("Ines Okafor", Role.AGENT, "billing"),
    _staff("Tomasz Brandt", Role.AGENT, "machines"),
    MEI,
    _staff("Yusuf Lindqvist", Role.AGENT, "machines", "coffee"),
)


def _customer(email: str, name: str) -> Person:
    return Person(f"{email}@mail.example", name, Role.CUSTOMER)


CUSTOMERS: Final = (
    _customer("zoe.bruegger", "Zoë Brügger"),
    _customer("luca.ferraro", "Luca Ferraro"),
    _customer("priya.r", "Priya Raghunathan"),
    _customer("siobhan", "Siobhán Keane"),
    _customer("oluwaseun", "Oluwaseun Adeyemi"),
    _customer("hana.kobayashi", "小林 花"),
    _customer("haakon.dahl", "Håkon Dahl"),
    _customer("marguerite", "Marguerite Petit-Jean"),
    _customer("sam.whitlock", "Sam Whitlock"),
    _customer("kamila.orlova", "Камила Орлова"),
    _customer("minh.anh", "Nguyễn Minh Anh"),
    _customer("joao.pires", "João Pires"),
    _customer("beatrix", "Beatrix Vandermeer"),
    _customer("dariush", "Dariush Tehrani"),
    _customer("office", "Northlight Studios (office)"),
    _customer("wren", "Wren Abernathy"),
)
EVERYBODY: Final = (ADMIN, SUPERVISOR, YOU, *COLLEAGUES, *CUSTOMERS)
