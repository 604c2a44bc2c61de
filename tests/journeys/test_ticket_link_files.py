"""Files on the page behind a mailed link: sent with an answer, shown, saved, and refused."""

import io
from urllib.parse import urljoin

import aiohttp
import pytest

from tests.support.desk import Org
from tests.support.link_visitor import LinkVisitor, make_link_visitor
from tests.support.marks import on_sqlite
from tests.support.visitor import encode

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
async def visitor(org: Org) -> LinkVisitor:
    return await make_link_visitor(org)


async def test_files_go_with_an_answer_and_come_back(visitor: LinkVisitor) -> None:
    await visitor.open_link()
    await visitor.send("/reply", ("leak.png", PNG), ("näme <b>.txt", b"words"), body="See here.")
    assert visitor.page.notices == ["Your message was sent."]
    message = (await visitor.agent.get("/tickets/1/messages")).expect(200)["items"][-1]
    assert [(it["name"], it["size"]) for it in message["attachments"]] == [
        ("leak.png", len(PNG)),
        ("näme _b_.txt", 5),
    ]
    url = visitor.page.link("näme _b_.txt")
    async with visitor.web.get(url) as reply:
        assert (reply.status, await reply.read()) == (200, b"words")
        assert reply.headers["Content-Disposition"].startswith("attachment;")
        assert reply.headers["Referrer-Policy"] == "no-referrer"
    image = visitor.page.find("img")
    async with visitor.web.get(urljoin(visitor.page.url, image.attributes["src"])) as reply:
        assert (reply.status, reply.content_type) == (200, "image/png")
        assert reply.headers["Content-Disposition"].startswith("inline;")


async def test_files_without_words_are_sent_by_their_names(visitor: LinkVisitor) -> None:
    await visitor.open_link()
    form = visitor.page.form("/reply")
    for _ in range(2):
        body = encode(form, ("leak.png", PNG))
        await visitor.ask("POST", form.action, data=body)
    assert [text for _, text in visitor.page.messages[1:]] == ["leak.png"]
    assert len(visitor.page.find_all("img")) == 1


@on_sqlite
async def test_files_that_are_not_taken_leave_the_text(visitor: LinkVisitor) -> None:
    limits = {"attachment_max_bytes": 100, "attachments_per_message": 2}
    (await visitor.org.admin.patch("", limits)).expect(200)
    await visitor.open_link()
    for files, status in (
        ([("big.txt", b"x" * 101)], 413),
        ([("a.txt", b"a"), ("b.txt", b"b"), ("c.txt", b"c")], 422),
        ([("virus.exe", b"MZ")], 422),
    ):
        await visitor.send("/reply", *files, body="Kept all the same.")
        assert visitor.status == status, files
        assert visitor.page.faults != []
        assert visitor.page.form("/reply").fields["body"] == "Kept all the same."
    assert (await visitor.agent.get("/tickets/1/messages")).expect(200)["items"] == []


@on_sqlite
@pytest.mark.parametrize(("body", "status"), [(b"x" * 2_000_000, 413), (b"caf\xe9", 400)])
async def test_a_text_that_cannot_be_read_is_refused_on_the_form(
    visitor: LinkVisitor, body: bytes, status: int
) -> None:
    await visitor.open_link()
    form = visitor.page.form("/reply")
    with aiohttp.MultipartWriter("form-data") as data:
        for name, value in {**form.fields, "body": io.BytesIO(body)}.items():
            data.append(value).set_content_disposition("form-data", name=name)
    await visitor.ask("POST", form.action, data=data)
    assert visitor.status == status
    assert visitor.page.faults != []
    await visitor.send("/reply", body="Sent from there.")
    assert visitor.page.notices == ["Your message was sent."]


@on_sqlite
async def test_files_of_notes_and_of_other_tickets_are_not_there(visitor: LinkVisitor) -> None:
    other = await visitor.org.customer("Otto")
    await other.file("Secret")
    for caller, number, kind in ((other, 2, "reply"), (visitor.agent, 1, "note")):
        body = aiohttp.FormData({"body": "x", "kind": kind})
        body.add_field("file", b"secret", filename="secret.txt")
        url = f"{visitor.http}/v1/orgs/{visitor.org.id}/tickets/{number}/attachments"
        headers = {"Authorization": f"Bearer {caller.token}"}
        async with visitor.web.post(url, data=body, headers=headers) as reply:
            assert reply.status == 201, await reply.text()
            (file,) = (await reply.json())["attachments"]
        await visitor.open(f"/t/{visitor.token()}/files/{file['id']}")
        assert visitor.status == 404
    await visitor.open(f"/t/{visitor.token()}/files/x")
    assert visitor.status == 404


@on_sqlite
async def test_sizes_have_the_decimal_sign_of_the_language(visitor: LinkVisitor) -> None:
    (await visitor.org.admin.patch("", {"language": "de"})).expect(200)
    await visitor.open_link()
    await visitor.send("/reply", ("leak.bin", b"x" * 1500), body="Hier.")
    assert "1,5 kB" in visitor.page.text
    assert "je 26,2 MB" in visitor.page.text
