"""One person is one account: however an address or a password is written."""

from typing import Any

import pytest
from argon2 import PasswordHasher
from msgspec.structs import replace

from server.desk.people import accounts
from server.storage.queries.person import people
from tests.support.desk import Org
from tests.support.process import deskwire_server

COMPOSED, APART = "Zu\u0308rich caf\u00e9 \ufb01n", "Zu\u0308rich cafe\u0301 \ufb01n"
NORMAL = "Z\u00fcrich caf\u00e9 fin"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def store(org: Org, person_id: int, **fields: Any) -> None:
    """Writes a person's row as an older server may have left it."""
    await org.write(
        lambda work: people.save_person(
            work.writing, replace(accounts.load_person(work, person_id), **fields)
        )
    )


async def test_spellings_of_one_address_are_one_customer(org: Org) -> None:
    agent = await org.agent()
    first = await agent.file(customer_email="jos\u00e9@b\u00fccher.example")
    for spelling in (
        "JOS\u00c9@B\u00dcCHER.example",
        "jose\u0301@bu\u0308cher.example",
        "jos\u00e9@xn--bcher-kva.example",
        "\u200bjos\u00e9@b\u00fccher.example\u2069",
        "jos\u00e9\uff20b\u00fccher\u3002example",
    ):
        again = await agent.file(customer_email=spelling)
        assert again["customer"] == first["customer"]
    taken = {"email": "jose\u0301@xn--bcher-kva.example", "name": "J", "role": "customer"}
    (await org.admin.post("/users", taken)).expect(409, "email-taken")


async def test_an_address_with_an_invisible_character_is_refused_wherever_it_comes_in(
    org: Org,
) -> None:
    hidden = "ann\u200b@x.example"
    body = {"subject": "A", "description": "B", "customer_email": hidden}
    user = {"email": hidden, "name": "A", "role": "customer"}
    path = f"/users/{(await org.customer()).id}"
    for reply in (
        await org.admin.post("/tickets", body),
        await org.admin.post("/users", user),
        await org.admin.patch(path, {"email": hidden}),
    ):
        refused = reply.expect(422, "validation")
        assert "U+200B" in refused["errors"][0]["detail"]


async def test_an_older_spelling_in_the_database_is_still_that_person(org: Org) -> None:
    """Nothing is rewritten: the row keeps what it has until somebody changes it."""
    agent, customer = await org.agent(), await org.customer()
    old = "jose\u0301@xn--bcher-kva.example"

    await store(org, customer.id, email=old)
    ticket = await agent.file(customer_email="jos\u00e9@b\u00fccher.example")
    assert ticket["customer"]["id"] == customer.id
    right = {"email": "jos\u00e9@b\u00fccher.example"}
    changed = (await org.admin.patch(f"/users/{customer.id}", right)).expect(200)
    assert changed["email"] == right["email"]


async def with_hash(org: Org, password: str) -> str:
    """A person whose hash an older server made of a password as it was typed."""
    agent = await org.agent()
    await store(org, agent.id, password_hash=QUICK.hash(password))
    return agent.email


@pytest.mark.parametrize("typed", [COMPOSED, APART, NORMAL], ids=["composed", "apart", "normal"])
async def test_a_password_is_the_same_in_every_unicode_form(org: Org, typed: str) -> None:
    email = f"{len(typed)}@x.example"
    body = {"email": email, "name": "A", "password": COMPOSED}
    (await org.admin.post("/users", body)).expect(201)
    (await org.stranger.post("/sessions", {"email": email, "password": typed})).expect(201)


async def test_an_older_hash_still_opens_a_session_and_is_made_anew(org: Org) -> None:
    for hashed, typed in ((APART, APART), ("cafe\u0301 noir", "caf\u00e9 noir")):
        email = await with_hash(org, hashed)
        credentials = {"email": email, "password": typed}
        (await org.stranger.post("/sessions", credentials)).expect(201)
        # From now on any form will do.
        other = "Z\u00fcrich caf\u00e9 fin" if typed == APART else hashed
        (await org.stranger.post("/sessions", {**credentials, "password": other})).expect(201)
        wrong = {**credentials, "password": typed.upper()}
        (await org.stranger.post("/sessions", wrong)).expect(401, "bad-credentials")


async def test_the_own_password_is_changed_in_any_form(org: Org) -> None:
    agent = await org.agent()
    body = {"current_password": "a password for tests", "new_password": APART}
    (await agent.put("/me/password", body)).expect(204)
    again = {"current_password": NORMAL, "new_password": "another password"}
    (await agent.put("/me/password", again)).expect(204)


async def test_check_addresses_reports_what_an_older_server_took_and_changes_nothing(
    org: Org,
) -> None:
    check = ("check", "addresses", "--org-id", str(org.id), "--database", org.desk.url)
    clean = deskwire_server(*check)
    assert (clean.returncode, clean.stdout) == (0, "No problems found.\n")
    customer = await org.customer()
    await store(org, customer.id, email="ann\u200b@x.example")
    for _ in range(2):
        found = deskwire_server(*check)
        assert found.returncode == 1
        assert found.stdout == (
            f"{org.id}: customer {customer.id}, ann\\u200b@x.example: "
            "must not contain invisible characters (U+200B)\n1 address needs attention.\n"
        )
