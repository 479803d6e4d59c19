"""Pancake and pages.fm over HTTP: they say what they were asked, take messages, show pictures. Loopback only."""

from dataclasses import dataclass

from typing_extensions import override

from n2store.simulator.answering import Asked, Neighbour, Reply, Said, reply

WINDOW_CLOSED = {
    "success": False, "message": "Tin nhắn này được gửi ngoài khoảng thời gian cho phép.", "e_code": 10,
    "e_subcode": 2018278,
}  # fmt: skip
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e366"
    "0000000049454e44ae426082"
)
"""The smallest picture: one pixel, PNG."""


@dataclass
class PancakeHttp(Neighbour):
    """One server that plays both; what it was asked stands in `calls`."""

    @override
    def answer(self, path: str, query: object, authorization: str) -> Said:
        return 404, {}

    @override
    def reply(self, asked: Asked) -> Reply:
        steps = asked.path.strip("/").split("/")
        if "avatar" in steps or "avatars" in steps:
            unknown = steps[-1].startswith("unknown")
            return Reply(404, b"") if unknown else Reply(200, PIXEL, {"Content-Type": "image/png"})
        if asked.path.startswith("/api/public_api/v1/") and asked.method == "POST" and b"too late" in asked.body:
            return reply(WINDOW_CLOSED)
        if steps[-1] == "odd-status":
            return Reply(799, b"{}")
        if steps[-1] == "odd-line":
            return reply({"success": True}, Expires="0\r\nno header at all")
        if steps[-1] == "odd-header":
            return Reply(200, b"{}", {"Content-Type": "application/json", "ETag": "a\x01b", "Expires": "0"})
        return reply({"success": True, "path": asked.path}, Set_Cookie="jwt=theirs", Server="cowboy")
