"""Full text: what is found, by whom, and that no text a caller types is too odd to ask."""

import pytest

from common.people import Role
from tests.support.desk import Org, Tenants
from tests.support.rest import Caller


async def found(caller: Caller, q: str, **params: str) -> list[int]:
    page = (await caller.get("/tickets", q=q, sort="created_at", **params)).expect(200)
    return [it["number"] for it in page["items"]]


async def test_subject_description_and_messages_are_found_by_word_and_prefix(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    await customer.file("Printer on fire", description="Smoke everywhere")
    await customer.file("Another matter", description="The printer is fine")
    await agent.write(2, "Have you tried turning it off?")
    assert await found(agent, "printer") == [1, 2]
    assert await found(agent, "PRINTER") == [1, 2]
    assert await found(agent, "print") == [1, 2]
    assert await found(agent, "rinter") == []
    assert await found(agent, "smoke") == [1]
    assert await found(agent, "turning") == [2]
    assert await found(agent, "printer fire") == [1]
    assert await found(agent, "fire printer") == [1]
    assert await found(agent, "print fire") == []  # the last word alone may be a beginning
    assert await found(agent, "printer turn") == [2]  # in different texts of the ticket
    assert await found(agent, "printer", status="resolved") == []


async def test_a_changed_subject_is_found_by_its_new_words_alone(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    await customer.file("Apples", description="Pears")
    await agent.edit(1, subject="Oranges")
    assert await found(agent, "apples") == []
    assert await found(agent, "oranges") == [1]
    assert await found(agent, "pears") == [1]
    await agent.edit(1, subject="Apples")
    assert await found(agent, "apples") == [1]
    assert await found(agent, "oranges") == []


async def test_customers_find_their_own_tickets_and_never_by_a_note(org: Org) -> None:
    owner, other, agent = await org.customer(), await org.customer(), await org.agent()
    await owner.file("Apples")
    await agent.write(1, "Pears")
    await agent.write(1, "Secretive quinces", kind="note")
    for q in ("apples", "pears"):
        assert await found(owner, q) == [1]
        assert await found(other, q) == []
    for q in ("quinces", "secret", "apples quinces", "quinces apples"):
        assert await found(owner, q) == []
        assert await found(agent, q) == [1]
    assert await found(await org.key(), "quinces") == [1]


async def test_erased_words_are_found_no_longer(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    await customer.file("Apples", description="Pears")
    await customer.write(1, "Quinces")
    await agent.write(1, "Plums")
    await org.admin.post(f"/users/{customer.id}/erase")
    assert await found(agent, "pears") == []
    assert await found(agent, "quinces") == []
    assert await found(agent, "plums") == [1]


async def test_a_customer_is_found_by_name_and_address_of_today_alone(org: Org) -> None:
    agent = await org.agent()
    ann = await org.join(Role.CUSTOMER, "Ann Lee", email="ann.lee@shop.example")
    await ann.file("Apples")
    assert await found(agent, "ann lee") == await found(agent, "shop.example apples") == [1]
    await org.admin.patch(f"/users/{ann.id}", {"name": "Bea Lee", "email": "bea@mart.example"})
    assert await found(agent, "ann") == await found(agent, "shop.example") == []
    assert await found(agent, "bea") == await found(agent, "bea@mart.example") == [1]
    await org.admin.post(f"/users/{ann.id}/erase")
    assert await found(agent, "bea") == await found(agent, "mart") == []


async def test_a_new_address_made_by_an_agents_ticket_is_found(org: Org) -> None:
    agent = await org.agent()
    await agent.file("Apples", customer_email="walk.in@street.example")
    assert await found(agent, "walk.in@street.example") == [1]


async def test_nothing_of_another_organization_or_person_is_found(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    for org in (here, there):
        ann = await org.join(Role.CUSTOMER, "Ann Lee", email="ann.lee@shop.example")
        for subject in ("Order 48213", "坏了"):
            await ann.file(subject)
    await there.admin.file("Order 48213", customer_email="ann.lee@shop.example")
    other = await here.customer("Bo")
    for q in ("48213", "8213", "坏了", "#1", "2", "ann", "ann.lee@shop.example"):
        assert set(await found(here.admin, q)) <= {1, 2}, q
        assert await found(other, q) == [], q
    assert await found(here.admin, "#3") == await found(here.admin, "3") == []


WORDS = {
    "caf\u00e9": ["caf\u00e9", "cafe", "CAF\u00c9", "cafe\u0301", "Caf"],
    "cafe\u0301s": ["caf\u00e9s", "cafes", "cafe\u0301s"],
    "Stra\u00dfe": ["stra\u00dfe", "STRA\u00dfE", "stra"],
    "\u0415\u043b\u043a\u0430": ["\u0435\u043b\u043a\u0430", "\u0415\u041b\u041a\u0410"],
    "\u039f\u03b4\u03cc\u03c2": ["\u03bf\u03b4\u03cc\u03c2", "\u039f\u0394\u039f\u03a3"],
    "\u6771\u4eac\u90fd": ["\u6771\u4eac\u90fd", "\u6771\u4eac"],
    "x-ray a.b@c.example": ["ray", "x-ray", "a.b@c.example", "c.example"],
    "snake_case_name": ["snake", "case", "snake_case", "name"],
    "v1.2.3 0042 1e5": ["2.3", "v1.2.3", "0042", "1e5"],
    "don't": ["don't", "don"],
    "x\u00b2 \u2167": ["x", "\u2167"],
    "a/b\\c|d&e": ["a", "b\\c", "d&e", "c|d"],
}
"""Texts, and the words that find them: on either database the same."""


@pytest.mark.parametrize("text", WORDS)
async def test_words_are_letters_and_digits_in_every_script_without_case_or_accents(
    org: Org, text: str
) -> None:
    agent = await org.agent()
    await (await org.customer()).file("Nothing of it", description="Nothing")
    await (await org.customer()).file("Subject", description=f"before {text} after")
    for q in WORDS[text]:
        assert await found(agent, q) == [2], f"{text!r} by {q!r}"


ODD = [
    '"', "'", '""', '"a', 'a"b', "foo-bar", "x:y", "a*", "*", "**", "NEAR", "NEAR(a b)", "AND",
    "OR", "or", "org", "NOT", "a AND b", "a OR", "NOT a", "(", ")", "(a", "a)", "^a",
    "{public}: a", "note: a", "a:*", "a & b", "a | b", "!a", "a <-> b", "\\", "a\\", "%", "_",
    "--", ";", "a;b", "$1", "?", ":1", "%s", "\u00b2", "\u0301", "\u200d", "\U0001f600",
    "\u202e", "a\tb", "\ufeff", "\u0e01\u0e33", "\u0130", "0", "00", "1e999", "1.5", "-1",
    "org20000x", "/2", "public", "note", "rowid", "search", "null",
    "a" * 200, "a " * 100, "\u00e9" * 200, "\ufdfa" * 200,
]  # fmt: skip

ITS_NUMBER = ["$1", ":1", "-1"]
"""Of these the number of the one ticket is the only word."""


async def test_no_text_is_too_odd_to_be_asked_for(org: Org) -> None:
    """Operators of the databases' own languages are words or nothing, here."""
    customer, agent = await org.join(Role.CUSTOMER, "Zzz", email="z@zz"), await org.agent()
    await customer.file("Zzz", description="Zzz zzz zzz")
    for q in ODD:
        for caller in (customer, agent):
            assert await found(caller, q) == ([1] if q in ITS_NUMBER else []), repr(q)


async def test_no_text_is_too_odd_to_be_kept_and_found(org: Org) -> None:
    """A text is found by itself, if there is a word in it."""
    customer, agent = await org.customer(), await org.agent()
    await customer.file("Plain", description="Nothing odd here")
    for q in ODD:
        text = q.replace("\u202e", "").strip()
        if any(letter.isalnum() for letter in text):
            number = (await customer.file("Subject", description=text))["number"]
            assert number in await found(agent, q[:200], limit="1000"), repr(q)


async def test_the_longest_texts_of_the_widest_letters_are_kept(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    letters = [chr(0x20000 + n) for n in range(30_000)]
    for body in ("\ufdfa" * 65_536, " ".join(letters), "".join(letters), "x" * 65_536):
        await customer.file("Long", description=body)
    await agent.write(1, " ".join(str(n) for n in range(11_000)))
    assert await found(agent, "10999") == [1]
    assert await found(agent, letters[29_999]) == [2, 3]  # alone, and at the end of all
    assert await found(agent, "".join(letters[14_000:14_003])) == [3]


@pytest.mark.parametrize("q", ["", "x" * 201])
async def test_no_words_or_too_many_are_refused(org: Org, q: str) -> None:
    refused = (await org.admin.get("/tickets", q=q)).expect(422, "validation")
    assert refused["errors"][0]["parameter"] == "q"
