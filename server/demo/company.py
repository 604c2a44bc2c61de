"""Who works at Kettle & Crane, who sell coffee machines and the coffee for them; and who buys."""

from typing import Final

from msgspec import Struct

from common.organization import Category, Settings, Signup
from common.people import Role


class Person(Struct, frozen=True):
    """Somebody of the demo."""

    email: str
    name: str
    role: Role
    skills: tuple[str, ...] = ()


SETTINGS: Final = Settings(
    name="Kettle & Crane",
    signup=Signup.OPEN,
    categories=(
        Category("general", "General"),
        Category("machines", "Machines", required_skills=("machines",)),
        Category("delivery", "Delivery"),
        Category("billing", "Billing", required_skills=("billing",)),
        Category("subscriptions", "Subscriptions", optional_skills=("coffee",)),
        Category("account", "Account"),
    ),
)


def _staff(name: str, role: Role, *skills: str) -> Person:
    first = name.split(maxsplit=1)[0].lower()
    return Person(f"{first}@kettle.example", name, role, skills)


ADMIN: Final = _staff("Ada Quist", Role.ADMIN)
SUPERVISOR: Final = _staff("Greta Halloran", Role.SUPERVISOR, "billing", "machines")
YOU: Final = _staff("Robin Vale", Role.AGENT, "machines", "billing", "coffee")
"""Who sits at the workstation."""
COLLEAGUES: Final = (
    _staff("Ines Okafor", Role.AGENT, "billing"),
    _staff("Tomasz Brandt", Role.AGENT, "machines"),
    _staff("Mei Castellanos", Role.AGENT, "coffee", "billing"),
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
