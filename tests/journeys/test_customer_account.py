"""Accounts on an organization's pages: an address is proven by mail, then own tickets are there."""

import re
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from server.domain.ticket_links import TicketLink
from server.storage.connect import open_database
from server.storage.queries.organization import stream_clients
from server.storage.queries.organization.installation_secrets import RATING_LINK_KEY
from tests.support.desk import PASSWORD, Org, ServedDesk, Tenants
from tests.support.process import assert_nothing_failed, serving
from tests.support.rest import Caller
from tests.support.smtp_server import Mail, Mailbox
from tests.support.sqlite_file import make_sqlite_url
from tests.support.timed_desk import timed_desk
from tests.support.visitor import Visitor
from tests.support.waiting import eventually

NEW_PASSWORD = "a longer password"
DORA = "dora@shop.example"
WRONG = "The code is wrong, used or too old. Check it, or have another one sent."


@pytest.fixture(scope="module")
def relay_port() -> int:
    """A port for each test's relay, which the server of all of them knows."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module")
def mailing_desk(tmp_path_factory: pytest.TempPathFactory, relay_port: int) -> Iterator[ServedDesk]:
    """A server that sends mails; each test has its organization on it."""
    folder = tmp_path_factory.mktemp("accounts")
    url = f"sqlite:///{folder}/desk.db"
    mail = {"smtp_url": f"smtp://127.0.0.1:{relay_port}", "mail_from": "help@desk.example"}
    with serving(url, folder / "server.log", **mail) as server:
        database = open_database(url)
        yield ServedDesk(url, server, database)
        database.close()
        assert_nothing_failed(server.log)


@pytest.fixture
async def box(relay_port: int) -> AsyncIterator[Mailbox]:
    made = Mailbox()
    made.port = relay_port
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)  # the loopback has no name
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        yield session


@pytest.fixture
async def org(mailing_desk: ServedDesk, web: aiohttp.ClientSession) -> Org:
    return await Tenants(mailing_desk, web).found()


@pytest.fixture
def visitor(org: Org, web: aiohttp.ClientSession) -> Visitor:
    return Visitor(web, org.desk.http)


async def known(org: Org, email: str = DORA) -> Caller:
    """An agent who has filed a ticket for somebody, who is known by that, without a password."""
    ana = await org.agent("Ana")
    await ana.file("The kettle whistles", customer_email=email)
    return ana


async def mails_about(box: Mailbox, subject: str, email: str = DORA) -> list[Mail]:
    """The mails to an address whose subject has this in it, once there is one."""

    async def is_there() -> bool:
        return bool(found())

    def found() -> list[Mail]:
        return [mail for mail in box.of(email) if subject in mail.subject]

    await eventually(is_there)
    return found()


async def code_of(box: Mailbox, email: str = DORA) -> str:
    """The newest code that was mailed to an address."""
    return (await mails_about(box, "is your code", email))[-1].subject[:8]


async def ask_for_code(visitor: Visitor, org: Org, email: str = DORA) -> None:
    await visitor.open(f"/o/{org.id}/code")
    await visitor.send("/code", email=email)
    assert (visitor.status, visitor.path) == (200, f"/o/{org.id}/password")
    assert visitor.page.form("/password").fields["email"] == email


async def test_from_a_code_to_the_own_tickets_and_out_again(
    org: Org, visitor: Visitor, box: Mailbox
) -> None:
    ana = await known(org)
    await visitor.open(f"/o/{org.id}")
    assert visitor.path == f"/o/{org.id}/sign-in"
    await visitor.follow("Get a code by e-mail")
    await visitor.send("/code", email=" Dora@Shop.example ")
    code = await code_of(box)
    await visitor.send("/password", code=f" {code[:4]} {code[4:]}", password=NEW_PASSWORD)
    assert visitor.path == f"/o/{org.id}/"
    assert "#1 The kettle whistles" in visitor.page.text

    await visitor.follow("#1 The kettle whistles")
    await visitor.send("/reply", body="It still does.")
    assert visitor.page.notices == ["Your message was sent."]
    await visitor.follow("New request")
    await visitor.send("/new", subject="The lid is loose", description="Since today.")
    assert visitor.page.find("h1").text == "The lid is loose"
    ticket = await ana.ticket(2)
    assert (ticket["customer"]["email"], ticket["category"]) == (DORA, "general")
    assert ticket["description"] == "Since today."

    await visitor.send("/sign-out")
    assert visitor.page.notices == ["You are signed out."]
    await visitor.open(f"/o/{org.id}/tickets/2")
    assert visitor.path == f"/o/{org.id}/sign-in"
    await visitor.send("/sign-in", email=DORA, password=NEW_PASSWORD)
    assert visitor.path == f"/o/{org.id}/"
    assert len(visitor.page.find_all("tr")) == 3


async def test_the_session_is_a_cookie_that_scripts_and_other_sites_do_not_get(
    org: Org, visitor: Visitor
) -> None:
    carla = await org.customer("Carla")
    await visitor.open(f"/o/{org.id}/sign-in")
    form = visitor.page.form("/sign-in")
    data = form.fill(email=carla.email, password=PASSWORD)
    async with org.web.post(form.action, data=data, allow_redirects=False) as reply:
        assert reply.status == 303
        cookie = reply.cookies["deskwire_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == f"/o/{org.id}/"
    # A cookie is no token of the API.
    assert (await org.stranger.get("/me")).status == 401


async def test_a_known_and_an_unknown_address_look_the_same(
    org: Org, visitor: Visitor, box: Mailbox
) -> None:
    await known(org)
    pages = []
    for email in (DORA, "nobody@shop.example", f"admin@{org.id}.example"):
        await ask_for_code(visitor, org, email)
        shown = [visitor.page.text.replace(email, "X")]
        await visitor.send("/password", code="12345678", name="N", password=NEW_PASSWORD)
        shown += [visitor.page.text.replace(email, "X"), str(visitor.status)]
        pages.append(shown)
    assert pages[0] == pages[1] == pages[2]
    assert visitor.page.faults == [f"That did not work yet {WRONG}"]
    await code_of(box)
    assert box.of("nobody@shop.example") == box.of(f"admin@{org.id}.example") == []


async def test_somebody_new_gives_a_name_where_registering_is_open(
    org: Org, visitor: Visitor, box: Mailbox
) -> None:
    (await org.admin.patch("", {"signup": "open", "name": "Acme & Sons"})).expect(200)
    await ask_for_code(visitor, org, "new@shop.example")
    assert "Acme & Sons" in visitor.page.text
    code = await code_of(box, "new@shop.example")
    await visitor.send("/password", code=code, password=NEW_PASSWORD)
    assert visitor.status == 422
    assert "it is your first visit" in visitor.page.faults[0]
    assert visitor.page.form("/password").fields["code"] == code
    await visitor.send("/password", name="Noa", password=NEW_PASSWORD)
    assert "Signed in as Noa" in visitor.page.text
    found = (await org.admin.get("/users", q="new@shop.example")).expect(200)["items"]
    assert [(it["name"], it["role"]) for it in found] == [("Noa", "customer")]


async def test_a_closed_organization_does_not_say_that_it_is_there(
    org: Org, visitor: Visitor
) -> None:
    (await org.admin.patch("", {"name": "Secretive"})).expect(200)
    pages = []
    for org_id in (org.id, 99_999):
        await visitor.open(f"/o/{org_id}/sign-in")
        pages.append(re.sub(r'value="[\w-]{10,}"', "", visitor.page.html.replace(str(org_id), "N")))
    assert pages[0] == pages[1]
    assert "Secretive" not in pages[0]
    await ask_for_code(visitor, org)
    await visitor.open("/o/99999/code")
    await visitor.send("/code", email=DORA)
    assert visitor.path == "/o/99999/password"


async def test_a_code_works_once_and_not_after_five_wrong_ones(
    org: Org, visitor: Visitor, box: Mailbox
) -> None:
    await known(org)
    await ask_for_code(visitor, org)
    code = await code_of(box)
    wrong = f"{(int(code) + 1) % 10**8:08}"
    for _ in range(5):
        await visitor.send("/password", code=wrong, password=NEW_PASSWORD)
        assert visitor.status == 422
    await visitor.send("/password", code=code, password=NEW_PASSWORD)
    assert visitor.page.faults == [f"That did not work yet {WRONG}"]
    assert "".join(visitor.page.form("/password").fields["password"]) == ""


async def test_a_new_password_ends_the_other_sessions(
    org: Org, visitor: Visitor, box: Mailbox
) -> None:
    carla = await org.customer("Carla")
    await ask_for_code(visitor, org, carla.email)
    code = await code_of(box, carla.email)
    await visitor.send("/password", code=code, password=NEW_PASSWORD)
    assert "Signed in as Carla" in visitor.page.text
    (await carla.get("/me")).expect(401, "unauthenticated")


async def test_registering_over_rest_begins_a_proof_for_who_is_known(
    org: Org, box: Mailbox
) -> None:
    ana = await known(org)
    (await org.admin.patch("", {"signup": "open"})).expect(200)
    body = {"email": DORA, "name": "Not Dora", "password": "of somebody else"}
    reply = await org.stranger.post("/customers", body)
    assert (reply.status, reply.body) == (202, b"")
    code = await code_of(box)
    proof = {"email": DORA, "code": code, "password": NEW_PASSWORD}
    wrong = await org.stranger.post("/customers/proof", {**proof, "code": "1"})
    assert [it["pointer"] for it in wrong.expect(422, "validation")["errors"]] == ["/code"]
    session = (await org.stranger.post("/customers/proof", proof)).expect(201)
    assert session["user"]["email"] == DORA
    assert session["user"]["name"] == "dora"
    dora = org.stranger.having(token=session["token"])
    assert (await dora.get("/tickets")).expect(200)["items"][0]["number"] == 1
    (await org.stranger.post("/customers/proof", proof)).expect(422, "validation")
    (await org.stranger.post("/customers", body)).expect(409, "email-taken")
    body["email"] = ana.email
    (await org.stranger.post("/customers", body)).expect(409, "email-taken")


async def test_a_dead_link_is_renewed_for_the_same_person_alone(
    org: Org, visitor: Visitor, box: Mailbox
) -> None:
    ana = await known(org)
    await ana.write(1, "Have you tried the valve?")
    link = await linked(org, ana)
    (await ana.post("/tickets/1/revoke-links")).expect(204)
    await visitor.open(link)
    assert visitor.status == 410
    await visitor.send("/renew")
    assert visitor.page.find("h1").text == "Check your e-mail"
    (mail,) = await mails_about(box, "Your new link to request #1")
    url = re.findall(r"http\S+/t/\S+", mail.text)[0]
    assert url != link
    await visitor.ask("GET", url)
    assert visitor.page.find("h1").text == "The kettle whistles"


async def test_a_dead_link_of_a_merged_customer_is_renewed_for_who_has_the_ticket_now(
    org: Org, visitor: Visitor, box: Mailbox
) -> None:
    ana = await known(org)
    link, other = await linked(org, ana), await org.customer("Dora Park")
    former = (await ana.ticket(1))["customer"]["id"]
    (await org.admin.post(f"/users/{former}/merge", {"into": other.id})).expect(200)
    await visitor.open(link)
    await visitor.send("/renew")
    (mail,) = await mails_about(box, "Your new link to request #1", other.email)
    await visitor.ask("GET", re.findall(r"http\S+/t/\S+", mail.text)[0])
    assert visitor.page.find("h1").text == "The kettle whistles"


async def linked(org: Org, ana: Caller) -> str:
    """The path of a link to the first ticket."""
    secret = await org.write(
        lambda work: stream_clients.read_or_create_secret(work.writing, RATING_LINK_KEY, "a" * 64)
    )
    person = (await ana.ticket(1))["customer"]["id"]
    return f"/t/{TicketLink(org.id, 1, person, 0, 10**11).sign_token(secret)}"


async def test_tickets_of_others_are_not_there(org: Org, visitor: Visitor) -> None:
    carla, otto = await org.customer("Carla"), await org.customer("Otto")
    await carla.file("Carla's own")
    await visitor.open(f"/o/{org.id}/sign-in")
    await visitor.send("/sign-in", email=otto.email, password=PASSWORD)
    assert "You have no requests yet." in visitor.page.text
    for path in ("tickets/1", "tickets/2", "tickets/x"):
        await visitor.open(f"/o/{org.id}/{path}")
        assert visitor.status == 404
        assert "Carla" not in visitor.page.html


async def test_another_organizations_session_opens_nothing(
    org: Org, visitor: Visitor, mailing_desk: ServedDesk
) -> None:
    other = await Tenants(mailing_desk, visitor.web).found()
    carla = await org.customer("Carla")
    cookie = {"Cookie": f"deskwire_session={carla.token}"}
    await visitor.open(f"/o/{org.id}/", **cookie)
    assert visitor.path == f"/o/{org.id}/"
    await visitor.open(f"/o/{other.id}/", **cookie)
    assert visitor.path == f"/o/{other.id}/sign-in"
    key = await org.key()
    await visitor.open(f"/o/{org.id}/", Cookie=f"deskwire_session={key.token}")
    assert visitor.path == f"/o/{org.id}/sign-in"


async def test_a_request_that_cannot_be_filed_is_shown_again(org: Org, visitor: Visitor) -> None:
    carla = await org.customer("Carla")
    await visitor.open(f"/o/{org.id}/sign-in")
    await visitor.send("/sign-in", email=carla.email, password="wrong <b>")
    assert visitor.status == 401
    assert visitor.page.form("/sign-in").fields["email"] == carla.email
    await visitor.send("/sign-in", email=carla.email, password=PASSWORD)
    await visitor.follow("New request")
    await visitor.send("/new", subject="", description="Kept.")
    assert visitor.status == 422
    assert "Subject: please fill this in." in visitor.page.faults[0]
    form = visitor.page.form("/new")
    assert form.fields["description"] == "Kept."
    for _ in range(2):
        await visitor.ask("POST", form.action, data=form.fill(subject="Once"))
        assert visitor.path == f"/o/{org.id}/tickets/1"
    await visitor.ask("POST", form.action, data=form.fill(subject="No", category="none"))
    assert visitor.status == 422


async def test_long_lists_come_in_parts(org: Org, visitor: Visitor) -> None:
    carla = await org.customer("Carla")
    for n in range(1, 31):
        await carla.file(f"Request {n}")
    await visitor.open(f"/o/{org.id}/", Cookie=f"deskwire_session={carla.token}")
    assert visitor.page.find_all("tr")[1].text.strip().startswith("#30 Request 30")
    assert len(visitor.page.find_all("tr")) == 26
    url = visitor.page.link("Older requests")
    await visitor.ask("GET", url, headers={"Cookie": f"deskwire_session={carla.token}"})
    assert len(visitor.page.find_all("tr")) == 6


async def test_a_sign_in_from_another_site_is_refused(org: Org, visitor: Visitor) -> None:
    carla = await org.customer("Carla")
    await visitor.open(f"/o/{org.id}/sign-in")
    form = visitor.page.form("/sign-in")
    data = form.fill(email=carla.email, password=PASSWORD)
    await visitor.ask("POST", form.action, data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert visitor.status == 403
    visitor.web.cookie_jar.clear()
    await visitor.ask("POST", form.action, data=data)
    assert visitor.status == 403
    assert visitor.page.form("/sign-in").fields["email"] == carla.email


async def test_who_guesses_links_and_codes_is_slowed_down_with_a_page(tmp_path: Path) -> None:
    async with (
        timed_desk(make_sqlite_url(tmp_path), rate_limit=100) as desk,
        aiohttp.ClientSession() as web,
    ):
        org = await Tenants(desk, web).found()
        visitor = Visitor(web, desk.http)
        for n in range(11):
            await visitor.ask("POST", f"{desk.http}/t/1000-1-{n}-0-1.x/reply", data={})
        assert visitor.status == 429
        assert int(visitor.headers["Retry-After"]) > 0
        assert visitor.page.find("h1").text == "Too many requests"
        proof = {"email": DORA, "code": "12345678", "password": PASSWORD}
        tries = [await org.stranger.post("/customers/proof", proof) for _ in range(11)]
        assert {it.slug for it in tries} == {"validation", "rate-limited"}


async def test_without_a_relay_nobody_is_offered_a_code(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.db"
    with serving(url, tmp_path / "server.log") as server:
        database = open_database(url)
        async with aiohttp.ClientSession() as web:
            org = await Tenants(ServedDesk(url, server, database), web).found()
            visitor = Visitor(web, server.http)
            await visitor.open(f"/o/{org.id}/sign-in")
            assert "Get a code" not in visitor.page.text
            await visitor.open(f"/o/{org.id}/code")
            assert "This help desk sends no e-mail." in visitor.page.text
            await known(org)
            (await org.admin.patch("", {"signup": "open"})).expect(200)
            body = {"email": DORA, "name": "Dora", "password": PASSWORD}
            (await org.stranger.post("/customers", body)).expect(409, "email-taken")
        database.close()
