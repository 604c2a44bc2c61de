"""The page behind a mailed link: one ticket for one person, read, answered, solved and rated."""

import io
import re
from datetime import timedelta

import aiohttp
import pytest

from common.tickets.ticket import Status
from server.clock import utc_now
from server.storage.queries.ticket import participants
from tests.support.desk import Org
from tests.support.link_visitor import LinkVisitor, make_link_visitor
from tests.support.marks import on_sqlite
from tests.support.visitor import encode

SOON = int((utc_now() + timedelta(hours=1)).timestamp())
LONG_AGO = 1_000_000_000
HOSTILE = "<script>alert(1)</script> \"'> {{ 7 * 7 }} \u202egnp.exe \x1b]0;x\x07"


@pytest.fixture
async def visitor(org: Org) -> LinkVisitor:
    return await make_link_visitor(org)


async def test_a_link_opens_the_conversation_without_notes(visitor: LinkVisitor) -> None:
    await visitor.agent.write(1, "Known only to us.", kind="note")
    await visitor.agent.write(1, "Have you tried\nthe valve?")
    page = await visitor.open_link()
    assert visitor.status == 200
    assert page.find("h1").text == "The machine leaks"
    assert page.messages == [
        ("You", "Water on the floor."),
        ("Ana", "Have you tried\nthe valve?"),
    ]
    assert "Known only" not in page.html
    assert "Ana is looking after your request." in page.text
    assert "Times are in the time zone Europe/Berlin." in page.text
    times = page.find_all("time")
    assert all(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", it.attributes["datetime"]) for it in times
    )
    assert len(visitor.page.html.encode()) < 30_000


async def test_the_page_is_for_nobody_else_to_keep(visitor: LinkVisitor) -> None:
    await visitor.open_link()
    assert visitor.headers["Cache-Control"] == "no-store"
    assert visitor.headers["Referrer-Policy"] == "no-referrer"
    assert visitor.headers["X-Robots-Tag"] == "noindex"
    policy = visitor.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert visitor.page.loads == []


async def test_an_answer_is_a_message_of_the_customer_and_is_sent_once(
    visitor: LinkVisitor,
) -> None:
    await visitor.agent.write(1, "Which model?")
    await visitor.open_link()
    form = visitor.page.form("/reply")
    for _ in range(2):
        body = encode(form, body=" The 300.\r\nBlue. ")
        await visitor.ask("POST", form.action, data=body)
        assert visitor.page.notices == ["Your message was sent."]
        assert "done=reply" in visitor.page.url
    assert visitor.page.messages[-1] == ("You", " The 300.\nBlue. ")
    found = (await visitor.agent.get("/tickets/1/messages")).expect(200)["items"]
    assert [it["author"]["id"] for it in found if it["author"]["role"] == "customer"] == [
        visitor.customer.id
    ]


async def test_a_page_is_as_new_as_what_it_shows_and_has_forms_of_its_own(
    visitor: LinkVisitor,
) -> None:
    ids = {(await visitor.open_link()).form("/reply").fields["form_id"] for _ in range(3)}
    assert len(ids) == 3
    (await visitor.org.admin.patch("", {"name": "Renamed"})).expect(200)
    assert "Renamed" in (await visitor.open_link()).text
    await visitor.agent.write(1, "A newer word.")
    assert "A newer word." in (await visitor.open_link()).text
    await visitor.agent.edit(1, status="resolved")
    assert "Solved" in (await visitor.open_link()).text


async def test_going_back_and_writing_something_else_is_another_answer(
    visitor: LinkVisitor,
) -> None:
    await visitor.open_link()
    form = visitor.page.form("/reply")
    for text in ("One.", "Two."):
        await visitor.ask("POST", form.action, data=form.fill(body=text))
    assert [text for _, text in visitor.page.messages[1:]] == ["One.", "Two."]


async def test_that_is_solved_and_how_it_was(visitor: LinkVisitor) -> None:
    await visitor.agent.claim(1)
    await visitor.open_link()
    assert not visitor.page.has_form("/rate")
    await visitor.send("/solved")
    assert (await visitor.agent.ticket(1))["status"] == "resolved"
    assert not visitor.page.has_form("/solved")
    await visitor.send("/rate", score="4", comment="Quick.\r\nKind.")
    assert visitor.page.notices == ["Thank you for your rating."]
    rating = (await visitor.agent.ticket(1))["rating"]
    assert (rating["score"], rating["comment"]) == (4, "Quick.\nKind.")
    form = visitor.page.form("/rate")
    assert (form.fields["score"], form.fields["comment"]) == ("4", "Quick.\nKind.")


async def test_an_answer_to_a_closed_request_leads_to_the_one_that_goes_on(
    visitor: LinkVisitor,
) -> None:
    for status in ("resolved", "closed"):
        await visitor.agent.edit(1, status=status)
    await visitor.open_link()
    await visitor.send("/reply", body="It leaks again.")
    assert visitor.page.find("h1").text == "The machine leaks"
    assert "Request #2" in visitor.page.text
    assert visitor.page.messages[-1] == ("You", "It leaks again.")
    assert "opened this new request" in visitor.page.notices[0]


@on_sqlite
@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", "please fill this in"),
        (" \u200b ", "Message"),
        ("x" * 65_537, "at most 65536 characters"),
        ("bell \x07 <b>", "without control characters"),
    ],
)
async def test_what_cannot_be_sent_is_shown_again_as_it_was_typed(
    visitor: LinkVisitor, typed: str, fault: str
) -> None:
    await visitor.open_link()
    await visitor.send("/reply", body=typed)
    assert visitor.status == 422
    assert fault in visitor.page.faults[0]
    assert visitor.page.form("/reply").fields["body"] == typed
    assert len(visitor.page.messages) == 1


@on_sqlite
async def test_hostile_texts_are_texts(visitor: LinkVisitor) -> None:
    words = HOSTILE.replace("\x1b", "").replace("\x07", "")
    await visitor.customer.file(words, description=words)
    await visitor.customer.write(2, words)
    (await visitor.org.admin.patch("", {"name": words})).expect(200)
    page = await visitor.open_link(visitor.token(2))
    assert page.find("h1").text == words
    assert [text for _, text in page.messages] == [words, words]
    assert page.find_all("script") == []


@on_sqlite
async def test_a_link_that_does_not_work_says_what_to_do(visitor: LinkVisitor) -> None:
    token = visitor.token()
    forged = token[:-1] + ("0" if token[-1] != "0" else "1")
    other = (await visitor.org.customer("Otto")).id
    cases = [
        (forged, 404),
        ("x%00%ff", 404),
        (visitor.token(org_id=visitor.org.id + 1), 404),
        (visitor.token(expires_at=LONG_AGO), 410),
        (visitor.token(generation=1), 410),
        (visitor.token(number=99), 410),
        (visitor.token(person_id=other), 410),
        (visitor.token(person_id=visitor.agent.id), 410),
    ]
    form = (await visitor.open_link()).form("/reply")
    for bad, expected in cases:
        page = await visitor.open_link(bad)
        assert visitor.status == expected, bad
        assert "answer our e-mail" in page.text
        assert "The machine leaks" not in page.html
        url = f"{visitor.org.desk.http}/t/{bad}/reply"
        await visitor.ask("POST", url, data=form.fill(body="Let me in."))
        assert visitor.status == expected
    assert len((await visitor.agent.get("/tickets/1/messages")).expect(200)["items"]) == 0


async def test_an_agent_revokes_the_links_of_a_ticket(visitor: LinkVisitor) -> None:
    await visitor.customer.file("Another", description="x")
    (await visitor.customer.post("/tickets/1/revoke-links")).expect(403, "forbidden")
    (await visitor.agent.post("/tickets/99/revoke-links")).expect(404, "not-found")
    (await visitor.agent.post("/tickets/1/revoke-links")).expect(204)
    await visitor.open_link()
    assert visitor.status == 410
    await visitor.open_link(visitor.token(generation=1))
    assert visitor.status == 200
    await visitor.open_link(visitor.token(2))
    assert visitor.status == 200


async def test_the_links_of_somebody_who_was_erased_lead_nowhere(visitor: LinkVisitor) -> None:
    (await visitor.org.admin.post(f"/users/{visitor.customer.id}/erase")).expect(200)
    await visitor.open_link()
    assert visitor.status == 410
    assert "leaks" not in visitor.page.html


async def test_links_of_a_customer_who_was_merged_into_another_are_over(
    visitor: LinkVisitor,
) -> None:
    other = await visitor.org.customer("Carla N.")
    merge = await visitor.org.admin.post(f"/users/{visitor.customer.id}/merge", {"into": other.id})
    merge.expect(200)
    await visitor.open_link()
    assert visitor.status == 410
    page = await visitor.open_link(visitor.token(person_id=other.id))
    assert (visitor.status, page.find("h1").text) == (200, "The machine leaks")


async def test_a_participant_reads_and_answers_with_a_link_of_their_own(
    visitor: LinkVisitor,
) -> None:
    other = await visitor.org.customer("Otto")
    await visitor.org.write(
        lambda work: participants.add_participant(work.writing, visitor.org.id, 1, other.id)
    )
    page = await visitor.open_link(visitor.token(person_id=other.id))
    assert visitor.status == 200
    assert page.messages == [("Carla Núñez", "Water on the floor.")]
    assert not page.has_form("/solved")
    await visitor.send("/reply", body="I have seen it, too.")
    assert visitor.page.messages[-1] == ("You", "I have seen it, too.")
    assert (await visitor.open_link()).messages[-1][0] == "Otto"


@on_sqlite
async def test_a_form_of_another_site_changes_nothing(visitor: LinkVisitor) -> None:
    await visitor.open_link()
    form = visitor.page.form("/solved")
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": visitor.org.desk.http},
        {"Origin": "https://evil.example"},
    ):
        await visitor.ask("POST", form.action, data=form.fill(), headers=headers)
        assert visitor.status == 403
    assert (await visitor.agent.ticket(1))["status"] == Status.OPEN
    # A page with `no-referrer` hides its origin, also from ourselves.
    for headers in (
        {"Origin": "null"},
        {"Origin": visitor.org.desk.http},
        {"Sec-Fetch-Site": "same-origin"},
    ):
        await visitor.ask("POST", form.action, data=form.fill(), headers=headers)
        assert visitor.status == 200


@on_sqlite
async def test_a_form_without_its_token_is_shown_again(visitor: LinkVisitor) -> None:
    await visitor.open_link()
    form = visitor.page.form("/reply")
    other = (await visitor.org.customer("Otto")).id
    await visitor.ask("POST", form.action, data={**form.fill(body="Kept."), "form_token": "x"})
    assert visitor.status == 403
    assert visitor.page.form("/reply").fields["body"] == "Kept."
    await visitor.send("/reply")
    assert visitor.page.messages[-1] == ("You", "Kept.")
    assert other


@on_sqlite
@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"&a" * 50, "application/x-www-form-urlencoded", 400),
        (b"body=" + b"x" * 1_048_577, "application/x-www-form-urlencoded", 413),
        (b'{"body": "Hi"}', "application/json", 415),
    ],
)
async def test_what_is_no_form_is_refused_with_a_page(
    visitor: LinkVisitor, body: bytes, kind: str, expected: int
) -> None:
    url = f"{visitor.org.desk.http}/t/{visitor.token()}/reply"
    await visitor.ask("POST", url, data=io.BytesIO(body), headers={"Content-Type": kind})
    assert visitor.status == expected


@on_sqlite
async def test_long_conversations_come_in_parts(visitor: LinkVisitor) -> None:
    for n in range(35):
        await visitor.customer.write(1, f"Message {n}")
    page = await visitor.open_link()
    assert [text for _, text in page.messages] == [f"Message {n}" for n in range(5, 35)]
    page = await visitor.ask("GET", page.link("Show earlier messages"))
    assert [text for _, text in page.messages] == [
        "Water on the floor.",
        *(f"Message {n}" for n in range(5)),
    ]
    page = await visitor.ask("GET", page.link("Back to the newest messages"))
    assert page.messages[-1][1] == "Message 34"


@on_sqlite
async def test_a_reply_is_due_only_where_the_organization_shows_that(visitor: LinkVisitor) -> None:
    assert "We will reply by" not in (await visitor.open_link()).text
    (await visitor.org.admin.patch("", {"show_response_times": True})).expect(200)
    assert re.search(
        r"We will reply by \w{3} \d+ \w{3} \d{4}, \d\d:\d\d\.", (await visitor.open_link()).text
    )
    await visitor.agent.write(1, "Here is an answer.")
    assert "We will reply by" not in (await visitor.open_link()).text


@on_sqlite
async def test_addresses_that_lead_nowhere_are_pages_too(visitor: LinkVisitor) -> None:
    for path in ("/t/", "/t/a/b/c", "/o/", "/o/x/y", "/o/4821/nothing"):
        await visitor.ask("GET", visitor.org.desk.http + path)
        assert visitor.status == 404, path
    german = {"Accept-Language": "de-AT,de;q=0.9"}
    page = await visitor.ask("GET", visitor.org.desk.http + "/t/x", headers=german)
    assert page.find("html").attributes["lang"] == "de"
    assert page.find("h1").text == "Hier ist nichts"


@on_sqlite
async def test_head_answers_as_get(visitor: LinkVisitor) -> None:
    url = f"{visitor.org.desk.http}/t/{visitor.token()}"
    async with aiohttp.ClientSession() as web, web.head(url) as reply:
        assert reply.status == 200
        assert reply.headers["Cache-Control"] == "no-store"


async def test_a_link_to_a_merged_ticket_opens_the_one_that_goes_on(visitor: LinkVisitor) -> None:
    await visitor.customer.file("The same again", description="Still water.")
    await visitor.open_link(visitor.token(2))
    form = visitor.page.form("/reply")
    (await visitor.agent.post("/tickets/2/merge", {"into": 1})).expect(200)
    await visitor.ask("POST", form.action, data=encode(form, body="Sent meanwhile."))
    assert visitor.page.notices == ["Your message was sent."]
    page = await visitor.open_link(visitor.token(2))
    assert page.find("h1").text == "The machine leaks"
    assert sorted(text for _, text in page.messages) == [
        "Sent meanwhile.",
        "Still water.",
        "Water on the floor.",
    ]


async def test_a_link_ends_when_the_ticket_gets_another_customer(visitor: LinkVisitor) -> None:
    other = await visitor.org.customer()
    body = {"customer_email": other.email}
    (await visitor.agent.post("/tickets/1/customer", body)).expect(200)
    await visitor.open_link()
    assert visitor.status in {404, 410}
    await visitor.open_link(visitor.token(person_id=other.id, generation=1))
    assert visitor.status == 200


async def test_a_page_says_which_methods_it_has(visitor: LinkVisitor) -> None:
    for path, methods in (
        (f"/t/{visitor.token()}", "GET, HEAD"),
        (f"/t/{visitor.token()}/reply", "GET, HEAD, POST"),
        (f"/o/{visitor.org.id}/", "GET, HEAD"),
    ):
        for method in ("OPTIONS", "DELETE"):
            await visitor.ask(method, visitor.http + path)
            assert (visitor.status, visitor.headers["Allow"]) == (405, methods), path
    await visitor.ask("OPTIONS", f"{visitor.http}/t/one/two/three")
    assert visitor.status == 404
    assert "Allow" not in visitor.headers
