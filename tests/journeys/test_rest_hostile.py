"""Bad input of every kind: a clear no, a request id, and never a 5xx."""

import asyncio
import gzip
import io
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.support.desk import PASSWORD, Org, Tenants
from tests.support.marks import on_sqlite
from tests.support.rest import Caller, Reply
from tests.support.sqlite_file import make_sqlite_url
from tests.support.timed_desk import timed_desk
from tests.support.waiting import PATIENCE

JSON = {"Content-Type": "application/json"}
TICKET = b'{"subject": "A", "description": "B"}'
MEBI = 1_048_576

NOT_JSON: dict[str, bytes] = {
    "empty": b"",
    "blank": b"  \n",
    "half": b'{"subject": "A"',
    "not utf-8": b'{"subject": "\xff\xfe", "description": "B"}',
    "utf-16": '{"subject": "A"}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + TICKET,
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "deep and closed": b"[" * 50_000 + b"]" * 50_000,
    "NaN": b'{"subject": NaN}',
    "infinity": b'{"subject": Infinity}',
    "two documents": TICKET + TICKET,
    "a control character": b'{"subject": "A\x01", "description": "B"}',
    "NUL bytes": b"\0" * 1000,
    "single quotes": b"{'subject': 'A'}",
    "form": b"subject=A&description=B",
}
NOT_RIGHT: dict[str, bytes] = {
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "a text": b'"A"',
    "nothing": b"{}",
    "NUL": b'{"subject": "A\\u0000", "description": "B"}',
    "lone surrogate": b'{"subject": "A\\ud800", "description": "B"}',
    "lone surrogate in a block": b'{"subject": "A", "description": "B\\udfff"}',
    "lone surrogate as a key": b'{"subject": "A", "description": "B", "\\ud800": 1}',
    "huge integer": b'{"subject": ' + b"9" * 100_000 + b"}",
    "huge float": b'{"subject": 1e999}',
    "negative zero": b'{"subject": -0.0}',
    "unknown field": b'{"subject": "A", "description": "B", "x": 1}',
    "another's field": b'{"subject": "A", "description": "B", "status": "closed"}',
    "number 2": b'{"subject": 2, "description": "B"}',
    "blank subject": b'{"subject": " ", "description": "B"}',
    "long subject": b'{"subject": "' + b"A" * 201 + b'", "description": "B"}',
    "long description": b'{"subject": "A", "description": "' + b"B" * 65_537 + b'"}',
    "no category": b'{"subject": "A", "description": "B", "category": "none"}',
    "no priority": b'{"subject": "A", "description": "B", "priority": "highest"}',
    "null priority": b'{"subject": "A", "description": "B", "priority": null}',
    "a thousand fields": b"{" + b",".join(b'"%d": 1' % n for n in range(3000)) + b"}",
    "a name of its own": b'{"__proto__": {}, "__class__": 1, "subject": "A", "description": "B"}',
}


async def send(caller: Caller, data: bytes, headers: dict[str, str] | None = None) -> Reply:
    headers = {**JSON, **(headers or {}), "Content-Length": str(len(data))}
    return await caller.ask("POST", "/tickets", data=io.BytesIO(data), headers=headers)


def is_problem(reply: Reply, status: int, slug: str) -> dict[str, Any]:
    document: dict[str, Any] = reply.expect(status, slug)
    assert {"type", "title", "status", "detail", "request_id"} <= set(document)
    assert document["status"] == status
    return document


async def test_what_is_not_json_is_malformed(org: Org) -> None:
    customer = await org.customer()
    for how, body in NOT_JSON.items():
        reply = await send(customer, body)
        assert (reply.status, reply.slug) == (400, "malformed"), f"{how} {reply.body.decode()}"
        is_problem(reply, 400, "malformed")
    (await send(customer, TICKET)).expect(201)


async def test_what_is_not_a_ticket_is_refused_field_by_field(org: Org) -> None:
    customer = await org.customer()
    for how, body in NOT_RIGHT.items():
        reply = await send(customer, body)
        assert (reply.status, reply.slug) == (422, "validation"), f"{how} {reply.body.decode()}"
        errors = is_problem(reply, 422, "validation")["errors"]
        assert all(set(it) == {"pointer", "detail"} for it in errors), how
        assert len(reply.body) < 200_000
    assert (await org.admin.get("/queues")).expect(200)["open"] == 0


@on_sqlite
async def test_every_bad_field_is_told_at_once(org: Org) -> None:
    body = b'{"subject": "", "description": 5, "priority": "x", "category": "", "who": 1}'
    errors = (await send(await org.customer(), body)).expect(422, "validation")["errors"]
    pointers = {it["pointer"] for it in errors}
    assert pointers == {"/subject", "/description", "/priority", "/category", "/who"}
    params = {"limit": "x", "sort": "x", "status": "x", "cursor": "", "who": "1", "customer": "-1"}
    errors = (await org.admin.get("/tickets", **params)).expect(422, "validation")["errors"]
    assert {it["parameter"] for it in errors} == set(params)


@pytest.mark.parametrize(
    "type_",
    ["text/plain", "", "application/x-www-form-urlencoded", "multipart/mixed; boundary=x",
     "application/xml", "application/json-patch+json", "\u00e9", "application/json, text/plain"],
)  # fmt: skip
@on_sqlite
async def test_another_media_type_is_refused(org: Org, type_: str) -> None:
    reply = await send(await org.customer(), TICKET, {"Content-Type": type_})
    is_problem(reply, 415, "wrong-media-type")


@on_sqlite
async def test_json_with_a_charset_is_json(org: Org) -> None:
    customer = await org.customer()
    for type_ in ("application/json; charset=utf-8", "Application/JSON", "application/json;x=y"):
        (await send(customer, TICKET, {"Content-Type": type_})).expect(201)


@on_sqlite
async def test_a_body_may_be_as_large_as_the_setting_says_and_no_larger(org: Org) -> None:
    customer = await org.customer()
    just, over = (TICKET + b" " * (size - len(TICKET)) for size in (MEBI, MEBI + 1))
    (await send(customer, just)).expect(201)
    is_problem(await send(customer, over), 413, "too-large")
    is_problem(await send(customer, b" " * 8 * MEBI), 413, "too-large")

    async def dribble() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    reply = await customer.ask("POST", "/tickets", data=dribble(), headers=JSON)
    is_problem(reply, 413, "too-large")
    (await send(customer, TICKET)).expect(201)


@on_sqlite
async def test_a_body_is_refused_by_its_length_before_it_comes(org: Org) -> None:
    customer = await org.customer()
    host, port = customer.http.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /v1/orgs/{org.id}/tickets HTTP/1.1\r\nHost: desk\r\n"
        f"Authorization: Bearer {customer.token}\r\nContent-Length: {MEBI + 1}\r\n"
        "Content-Type: application/json\r\n\r\n{"
    )
    writer.write(head.encode())
    async with asyncio.timeout(PATIENCE):
        assert b" 413 " in await reader.readline()
    writer.close()


@on_sqlite
async def test_a_compressed_body_is_refused_unread(org: Org) -> None:
    customer = await org.customer()
    for encoding in ("gzip", "deflate", "br", "zstd", "x"):
        reply = await send(customer, TICKET, {"Content-Encoding": encoding})
        is_problem(reply, 415, "wrong-media-type")
    bomb = gzip.compress(b" " * 50 * MEBI)
    is_problem(await send(customer, bomb, {"Content-Encoding": "gzip"}), 415, "wrong-media-type")
    (await send(customer, TICKET, {"Content-Encoding": "identity"})).expect(201)


async def test_ids_that_are_none_lead_nowhere(org: Org) -> None:
    customer = await org.customer()
    await customer.file()
    ids = ["0", "-1", "x", "1.0", "1e3", "%00", "\u0661", "\u00b2", "9" * 16, "9" * 40, "9" * 7000]
    ids += ["9007199254740993", "9223372036854775808", "0x1", "1%20", "+1", "1_000", "%F0%9F%98%80"]
    ids += ["0" * 19 + "1" + "9" * 30, "%ff", "1;x", "1'--"]
    for id_ in ids:
        for path in (f"/tickets/{id_}", f"/users/{id_}", f"/tickets/{id_}/messages"):
            reply = await org.admin.get(path)
            assert reply.status in {404, 422, 400, 414}, f"{path[:60]} {reply.body.decode()}"
            assert reply.status == 404 or len(id_) > 5000, path[:60]
    for org_id in ("0", "999", "100000", "x", "9" * 40, "%00"):
        url = f"//v1/orgs/{org_id}/tickets"
        is_problem(await org.admin.ask("GET", url), 404, "not-found")
        body = {"email": org.admin.email, "password": PASSWORD}
        reply = await org.stranger.ask("POST", f"//v1/orgs/{org_id}/sessions", body)
        assert reply.status in {401, 404}


async def test_queries_of_any_kind_are_answered_or_refused(org: Org) -> None:
    customer = await org.customer()
    await customer.file()
    names = ["q", "status", "assignee", "customer", "tag", "category", "limit", "cursor", "sort"]
    names += ["created_after", "updated_after", "created_before", "priority"]
    values = ["%00", "%ff", "%ed%a0%80", "%f0%9f%98%80", "", "%", "%zz", "9" * 30, "-1", "1e9"]
    values += ["0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59", "2026-01-01", "null"]
    values += ["2026-01-01T00:00:00Z", "2016-12-31T23:59:60Z", "true", "[]", "%0a", "'", "a" * 3000]
    for name in names:
        for value in values:
            url = f"{org.admin.http}/v1/orgs/{org.id}/tickets?{name}={value}"
            async with org.web.get(
                URL(url, encoded=True),
                headers={"Authorization": f"Bearer {org.admin.token}"},
            ) as response:
                assert response.status in {200, 422}, f"{url[:150]} {await response.text()}"


@on_sqlite
async def test_an_unknown_query_parameter_is_refused_on_every_kind_of_route(org: Org) -> None:
    number = (await (await org.customer()).file())["number"]
    for method, path, body in (
        ("GET", "/me", None),
        ("GET", "", None),
        ("PATCH", f"/tickets/{number}", {"priority": "high"}),
        ("POST", f"/tickets/{number}/claim", {}),
        ("POST", "/sessions", {"email": org.admin.email, "password": PASSWORD}),
    ):
        more = {} if body is None else {"body": body}
        reply = await org.admin.ask(method, path, params={"nonsense": "1"}, **more)
        errors = is_problem(reply, 422, "validation")["errors"]
        assert [it["parameter"] for it in errors] == ["nonsense"]
    assert (await org.admin.ticket(number))["version"] == 1


@on_sqlite
async def test_unknown_routes_and_methods_are_problems_too(org: Org) -> None:
    for path in ("//", "//v1", "//nothing", "/nothing", "//v1/orgs", "/tickets/", "//docs/x"):
        is_problem(await org.admin.get(path), 404, "not-found")
    others = [("DELETE", "/tickets"), ("PUT", "/tickets/1"), ("POST", "/me")]
    others += [("OPTIONS", "/tickets"), ("TRACE", "/tickets")]
    for method, path in others:
        reply = await org.admin.ask(method, path)
        is_problem(reply, 405, "method-not-allowed")
        assert {"GET", "HEAD"} <= set(reply.headers["Allow"].split(","))
    reply = await org.admin.ask("HEAD", "/tickets/1/claim")
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")


@on_sqlite
async def test_request_ids_are_each_their_own(org: Org) -> None:
    ids = {(await org.stranger.get("/me")).json["request_id"] for _ in range(20)}
    assert len(ids) == 20


RAW = {
    "bad length": b"POST /v1/orgs/1/tickets HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
    "bad chunk": b"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "both lengths": b"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bytes as a token": b"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
    "a scheme alone": b"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\r\n\r\n",
    "two tokens": b"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    b"Authorization: Bearer x\r\n\r\n",
    "bytes as a key": b"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    b"Idempotency-Key: \xff\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    "bytes as a version": b"PATCH {path}/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    b"If-Match: \xff\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    "bytes as a type": b"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    b"Content-Type: \xff/\xfe\r\nContent-Length: 2\r\n\r\n{}",
    "a long line": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a long header": b"GET {path} HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "many headers": b"GET {path} HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    "bytes in the path": b"GET /v1/orgs/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "a foreign host": b"GET http://elsewhere/healthz HTTP/1.1\r\nHost: elsewhere\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100,
    "upgrade": b"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\n\r\n",
    "expect": b"POST {path} HTTP/1.1\r\nHost: x\r\nExpect: a miracle\r\n"
    b"Content-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("how", RAW)
@on_sqlite
async def test_bytes_that_are_hardly_http_make_no_5xx(org: Org, how: str) -> None:
    path = f"/v1/orgs/{org.id}/tickets".encode()
    sent = RAW[how].replace(b"{path}", path).replace(b"{token}", org.admin.token.encode())
    host, port = org.desk.server.http_address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(sent)
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read(65_536)
    except ConnectionResetError:
        answer = b""
    finally:
        writer.close()
    assert not answer or 100 <= int(answer.split(b" ")[1]) < 500, answer
    (await org.admin.get("/me")).expect(200)


@on_sqlite
async def test_half_a_body_and_gone_is_nobodys_trouble(org: Org) -> None:
    host, port = org.desk.server.http_address.split(":")
    head = f"POST /v1/orgs/{org.id}/tickets HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
    head += f"Content-Type: application/json\r\nAuthorization: Bearer {org.admin.token}\r\n\r\n"
    for _ in range(5):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(head.encode() + b'{"subject"')
        await writer.drain()
        writer.transport.abort()
    (await org.admin.get("/me")).expect(200)


@on_sqlite
async def test_texts_are_kept_as_written_with_plain_line_ends(org: Org) -> None:
    customer = await org.customer()
    body = "One\r\nTwo\rThree\nFour\tFive <b>&amp;</b> \U0001f600 \u202e {x} %s \\n"
    ticket = await customer.file("  A \u00e9 subject  ", description=body)
    assert ticket["subject"] == "A \u00e9 subject"
    assert ticket["description"] == body.replace("\r\n", "\n").replace("\r", "\n")


# -- brakes: on a server of their own, for they are off elsewhere, and at a clock that stands


async def test_brakes_hold_a_token_an_organization_and_strangers(
    web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with timed_desk(make_sqlite_url(tmp_path, "brakes.db"), rate_limit=2) as desk:
        org = await Tenants(desk, web).found()
        agent, other = await org.agent(), await org.agent()
        replies = [await agent.get("/me") for _ in range(12)]
        assert [reply.status for reply in replies[:10]] == [200] * 10  # five seconds' worth at once
        for reply in replies[10:]:
            is_problem(reply, 429, "rate-limited")
            assert reply.headers["Retry-After"] == "1"
        (await other.get("/me")).expect(200)
        desk.later(seconds=1)
        assert [(await agent.get("/me")).status for _ in range(3)] == [200, 200, 429]
        await brakes_hold(org)


async def brakes_hold(org: Org) -> None:
    # An organization: ten times a token's.
    crowd = [await org.agent() for _ in range(16)]
    statuses = [(await caller.get("/me")).status for caller in crowd for _ in range(9)]
    assert statuses.count(429) > 10
    # Strangers: ten failures a minute for an e-mail.
    for email in ("a@x.example", org.admin.email):
        path, body = "/sessions", {"email": email, "password": "wrong password"}
        tries = [await org.stranger.post(path, body) for _ in range(10)]
        assert [reply.status for reply in tries] == [401] * 10
        refused = await org.stranger.post(path, body)
        is_problem(refused, 429, "rate-limited")
        assert int(refused.headers["Retry-After"]) >= 1
        for same in (email.upper(), f"  {email} "):
            reply = await org.stranger.post(path, {**body, "email": same})
            is_problem(reply, 429, "rate-limited")
