"""A server that speaks as much of S3 as a store of files needs; signatures are not checked."""

import re
from itertools import count

from aiohttp import web

NOT_FOUND = "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>"


class ObjectServer:
    """Objects in memory, and the uploads that are not finished."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self._ids = count(1)

    async def handle(self, request: web.Request) -> web.Response:
        key, query, body = request.path, request.query, await request.read()
        assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256 ")
        if request.method == "PUT" and "partNumber" in query:
            self.uploads[query["uploadId"]][int(query["partNumber"])] = body
            return web.Response(headers={"ETag": '"part"'})
        if request.method == "PUT":
            self.objects[key] = body
            return web.Response(headers={"ETag": '"whole"'})
        if request.method == "POST":
            return self._post(request, key, body)
        if request.method == "DELETE" and "uploadId" in query:
            del self.uploads[query["uploadId"]]
            return web.Response(status=204)
        if request.method == "DELETE":
            self.objects.pop(key, None)
            return web.Response(status=204)
        return self._read(request, key)

    def _post(self, request: web.Request, key: str, body: bytes) -> web.Response:
        if "uploads" in request.query:
            upload = f"upload-{next(self._ids)}"
            self.uploads[upload] = {}
            found = f"<UploadId>{upload}</UploadId>"
            return _xml(f"<InitiateMultipartUploadResult>{found}</InitiateMultipartUploadResult>")
        if "delete" in request.query:
            names = re.findall(r"<Key>([^<]+)</Key>", body.decode())
            for name in names:
                self.objects.pop(f"{key.rstrip('/')}/{name}", None)
            gone = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in names)
            return _xml(f"<DeleteResult>{gone}</DeleteResult>")
        parts = self.uploads.pop(request.query["uploadId"])
        self.objects[key] = b"".join(parts[number] for number in sorted(parts))
        tag = "<ETag>whole</ETag>"
        return _xml(f"<CompleteMultipartUploadResult>{tag}</CompleteMultipartUploadResult>")

    def _read(self, request: web.Request, key: str) -> web.Response:
        content = self.objects.get(key)
        if content is None:
            return _xml(NOT_FOUND, 404)
        headers = {"ETag": '"whole"', "Last-Modified": "Mon, 01 Jun 2026 09:00:00 GMT"}
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
        if match is None:
            return web.Response(body=content, headers=headers)
        first, last = int(match[1]), min(int(match[2]), len(content) - 1)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        return web.Response(body=content[first : last + 1], status=206, headers=headers)


def _xml(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="application/xml")
