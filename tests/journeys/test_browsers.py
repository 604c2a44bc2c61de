"""Demands of browsers and careful clients on an API: CORS, HEAD, rate-limit headers, charsets."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from common.endpoints import ENDPOINTS
from server.storage.connect import open_database
from tests.support.desk import Org, ServedDesk, Tenants
from tests.support.process import ServerProcess, serving

APP, OTHER, STRANGE = "https://app.example", "http://localhost:5173", "https://evil.example"
QUESTION = {
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization,content-type,if-match",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browsers")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ServerProcess]:
    url, origins = f"sqlite:///{folder}/desk.db", f"{APP}, {OTHER}"
    with serving(url, folder / "log", cors_origin=origins, rate_limit=100) as running:
        yield running


@pytest.fixture
async def org(
    server: ServerProcess, folder: Path, web: aiohttp.ClientSession
) -> AsyncIterator[Org]:
    database = open_database(f"sqlite:///{folder}/desk.db")
    desk = ServedDesk("", server, database)
    try:
        yield await Tenants(desk, web).found()
    finally:
        database.close()


@pytest.fixture(autouse=True)
def _own_ids(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """One desk for all tests, an organization for each."""
    number = 21_000 + [item.name for item in request.session.items].index(request.node.name)
    found = Tenants.found
    monkeypatch.setattr(Tenants, "found", lambda self: found(self, number))


# -- CORS


@pytest.mark.parametrize("origin", [APP, OTHER])
async def test_a_page_of_an_allowed_origin_may_ask_and_read(org: Org, origin: str) -> None:
    asked = {"Origin": origin, **QUESTION}
    preflight = await org.stranger.ask("OPTIONS", "/tickets/1", headers=asked)
    assert (preflight.status, preflight.body) == (204, b"")
    allowed = preflight.headers["Access-Control-Allow-Headers"].lower().split(", ")
    wanted = {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match"}
    assert set(allowed) == wanted
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    assert int(preflight.headers["Access-Control-Max-Age"]) > 0

    reply = await org.admin.ask("GET", "/tickets", headers={"Origin": origin})
    for answered in (preflight, reply):
        assert answered.headers["Access-Control-Allow-Origin"] == origin
        assert "Origin" in answered.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answered.headers
    exposed = reply.headers["Access-Control-Expose-Headers"].lower().split(", ")
    assert {"etag", "location", "retry-after", "ratelimit", "ratelimit-policy"} <= set(exposed)


async def test_a_page_reads_refusals_too(org: Org) -> None:
    headers = {"Origin": APP}
    for caller, path, status in (
        (org.stranger, "/tickets", 401),
        (org.admin, "/tickets/99", 404),
        (org.admin, "//no/such/route", 404),
        (org.admin, "/tickets?zeal=1", 422),
    ):
        reply = await caller.ask("GET", path, headers=headers)
        assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (status, APP)
    reply = await org.admin.ask("PUT", "/tickets", headers=headers)
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (405, APP)


async def test_no_other_page_may(org: Org) -> None:
    for origin in (STRANGE, "null", APP + ".evil.example", "http://app.example"):
        asked = {"Origin": origin, **QUESTION}
        preflight = await org.stranger.ask("OPTIONS", "/tickets", headers=asked)
        preflight.expect(403, "origin-not-allowed")
        reply = await org.admin.ask("GET", "/tickets", headers={"Origin": origin})
        for answered in (preflight, reply):
            assert "Access-Control-Allow-Origin" not in answered.headers
            assert "Origin" in answered.headers["Vary"]


async def test_a_refused_page_is_told_what_would_help(org: Org) -> None:
    for origin, advice in ((STRANGE, f"--cors-origin {STRANGE} "), ("null", "from a web server")):
        asked = {"Origin": origin, **QUESTION}
        preflight = await org.stranger.ask("OPTIONS", "/tickets", headers=asked)
        assert advice in preflight.expect(403, "origin-not-allowed")["detail"]


async def test_pages_for_people_are_not_opened_to_other_origins(org: Org) -> None:
    for path in ("//docs", "//rate/x"):
        reply = await org.stranger.ask("GET", path, headers={"Origin": APP})
        assert "Access-Control-Allow-Origin" not in reply.headers


async def test_without_origins_nothing_is_said_of_them(
    site: ServedDesk, web: aiohttp.ClientSession
) -> None:
    asked = {"Origin": APP, **QUESTION}
    for method, status in (("OPTIONS", 405), ("GET", 200)):
        async with web.request(method, site.http + "/healthz", headers=asked) as reply:
            assert reply.status == status
            assert not [name for name in reply.headers if name.startswith("Access-Control")]
            assert "Vary" not in reply.headers


# -- HEAD


async def test_head_is_answered_wherever_get_is(org: Org) -> None:
    number = (await org.admin.file(customer_email="carla@example.test"))["number"]
    report = "?from=2026-01-01&to=2026-01-02"
    for endpoint in ENDPOINTS:
        if endpoint.method == "GET":
            path = endpoint.path.format(number=number, id=org.admin.id)
            path += report if "/reports/" in path and "tickets" not in path else ""
            got = await org.admin.ask("GET", path)
            told = await org.admin.ask("HEAD", path)
            assert (told.status, told.body) == (got.status, b""), path
            for name in ("Content-Type", "ETag"):
                assert told.headers.get(name) == got.headers.get(name), path
            assert int(told.headers["Content-Length"]) > 0
    for path in ("//healthz", "//readyz", "//openapi.json", "//docs", "//metrics"):
        told = await org.stranger.ask("HEAD", path)
        assert (told.status, told.body) == (200, b""), path
    assert "HEAD" in (await org.admin.ask("DELETE", "/tickets")).headers["Allow"]


# -- rate-limit headers


async def test_every_answer_to_a_token_says_what_is_left(org: Org) -> None:
    agent = await org.agent()
    first, second = await agent.get("/me"), await agent.get("/tickets/99")
    assert first.headers["RateLimit-Policy"] == '"token";q=500;w=5, "organization";q=5000;w=5'
    left = [
        re.fullmatch(
            r'"token";r=(\d+);t=(\d+), "organization";r=(\d+);t=(\d+)', it.headers["RateLimit"]
        )
        for it in (first, second)
    ]
    assert all(left)
    assert all(490 < int(it[1]) < 500 and 4000 < int(it[3]) < 5000 for it in left if it)
    assert "RateLimit" not in (await org.stranger.get("/me")).headers


# -- charsets and repeated keys


@pytest.mark.parametrize(
    ("type_", "status"),
    [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ('application/json; charset="UTF-8"', 201),
        ("application/json;charset=utf8", 201),
        ("application/json; profile=x", 201),
        ("application/json; charset=latin-1", 415),
        ("application/json; charset=utf-16", 415),
        ("application/json; charset=us-ascii", 415),
        ("application/json; charset=utf-8-sig", 415),
        ("application/json; charset=", 415),
        ("application/json; charset=no-such", 415),
    ],
)
async def test_a_body_in_another_charset_than_utf8_is_415(
    org: Org, type_: str, status: int
) -> None:
    body = {"subject": "A", "description": "B", "customer_email": "c@example.test"}
    reply = await org.admin.ask("POST", "/tickets", body, headers={"Content-Type": type_})
    assert reply.status == status, reply.body
    assert reply.slug == ("" if status == 201 else "wrong-media-type")


async def test_repeated_keys_are_422_nested_ones_too(org: Org) -> None:
    hours = ", ".join(f'"{day}": []' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    body = f'{{"holidays": [], "business_hours": {{{hours}, "mon": []}}, "holidays": []}}'.encode()
    headers = {"Content-Type": "application/json"}
    reply = await org.admin.ask("PATCH", "", headers=headers, data=body)
    errors = reply.expect(422, "validation")["errors"]

    named = {it["pointer"] for it in errors if it["detail"] == "must be given only once"}
    assert named == {"/holidays", "/business_hours/mon"}
