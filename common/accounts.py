"""Request bodies about accounts, sessions and API keys."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from common.ids import Id
from common.people import AGENTS, CUSTOMERS, Presence, Role, Scope
from common.text import Email, Name, Password, Tag

Capacity = Annotated[int, Meta(ge=0, le=10_000)]
Skills = Annotated[tuple[Tag, ...], Meta(max_length=100)]


class OpenSession(Struct, frozen=True, forbid_unknown_fields=True):
    """Signs in."""

    # Any text is accepted: what cannot be a password is a wrong one, not a malformed one.
    email: Annotated[str, Meta(max_length=1024)]
    password: Annotated[str, Meta(max_length=1024, extra_json_schema={"format": "password"})]


class ChangePassword(Struct, frozen=True, forbid_unknown_fields=True):
    """Changes the caller's password and ends all their other sessions."""

    current_password: Annotated[
        str, Meta(max_length=1024, extra_json_schema={"format": "password"})
    ]
    new_password: Password


class SetPresence(Struct, frozen=True, forbid_unknown_fields=True):
    """Sets whether the caller takes work; `offline` when the ttl ends without being renewed."""

    state: Presence
    ttl_seconds: Annotated[int, Meta(ge=1, le=86_400)] | UnsetType = UNSET


class SignUp(Struct, frozen=True, forbid_unknown_fields=True):
    """Registers a customer, if the organization allows it."""

    email: Email
    name: Name
    password: Password


class RequestCode(Struct, frozen=True, forbid_unknown_fields=True):
    """Asks for a code by mail, which proves the address."""

    email: Email


class FinishProof(Struct, frozen=True, forbid_unknown_fields=True):
    """Proves an address by the code that was mailed to it, and sets the password.

    Somebody new also needs a `name`, where the organization lets customers register.
    """

    email: Annotated[str, Meta(max_length=1024)]
    code: Annotated[str, Meta(max_length=64)]
    password: Password
    name: Name | UnsetType = UNSET


PersonRole = Annotated[
    Role,
    Meta(extra_json_schema={"enum": [role.value for role in Role if role in CUSTOMERS | AGENTS]}),
]
"""The roles of people; the other roles are those of API keys and of the system."""


class CreateUser(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Creates a person of any role. Without a password the person cannot sign in."""

    email: Email
    name: Name
    role: PersonRole = Role.AGENT
    password: Password | UnsetType = UNSET
    skills: Skills = ()
    capacity: Capacity = 10
    active: bool = True


class EditUser(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Changes a person; `active` false or a new password ends their sessions."""

    email: Email | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    role: PersonRole | UnsetType = UNSET
    password: Password | UnsetType = UNSET
    skills: Skills | UnsetType = UNSET
    capacity: Capacity | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class AddAddress(Struct, frozen=True, forbid_unknown_fields=True):
    """Gives a person a further address; with `primary`, mails go there from now on."""

    address: Email
    primary: bool = False


class MergeUser(Struct, frozen=True, forbid_unknown_fields=True):
    """Merges a customer into another one, who gets their tickets and addresses."""

    into: Id


class CreateApiKey(Struct, frozen=True, forbid_unknown_fields=True):
    """Creates an API key, which only this response shows."""

    name: Name
    scopes: Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=len(Scope))]


class OpenStream(Struct, frozen=True, forbid_unknown_fields=True):
    """Opens the live stream for the CURVE key of a client."""

    public_key: Annotated[
        str,
        Meta(
            pattern=r"^[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}$",
            description="40 characters of Z85 text, without a NUL byte behind them",
        ),
    ]
