"""A host of pictures and of all that only pretends to be one. Loopback only."""

from dataclasses import dataclass, field

from typing_extensions import override

from n2store.simulator.answering import Asked, Neighbour, Reply, Said
from n2store.simulator.pancake_http import PIXEL

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><script>alert(1)</script>"


@dataclass
class Images(Neighbour):
    """Pictures by path: `/a.png`, and oddities. `leads_to`: where `/away` redirects."""

    leads_to: str = field(default="", kw_only=True)

    @override
    def answer(self, path: str, query: object, authorization: str) -> Said:
        return 404, {}

    @override
    def reply(self, asked: Asked) -> Reply:
        png = {"Content-Type": "image/png"}
        odd = {
            "/a.png": Reply(200, PIXEL, png),
            "/chunked.png": Reply(200, PIXEL, png, None),
            "/unnamed": Reply(200, PIXEL),
            "/big.png": Reply(200, PIXEL + bytes(11 * 1024 * 1024), png),
            "/big-chunked.png": Reply(200, PIXEL + bytes(11 * 1024 * 1024), png, None),
            "/announced.png": Reply(200, PIXEL, png, 10**9),
            "/cut.png": Reply(200, PIXEL[:20], png, len(PIXEL), then_cut=True),
            "/x.svg": Reply(200, SVG, {"Content-Type": "image/svg+xml"}),
            "/x.html": Reply(200, HTML, {"Content-Type": "text/html"}),
            "/liar.png": Reply(200, HTML, png),
            "/liar-svg.png": Reply(200, SVG, png),
            "/away": Reply(302, b"", {"Location": self.leads_to}),
            "/loop": Reply(302, b"", {"Location": "/loop"}),
            "/near": Reply(301, b"", {"Location": "/a.png"}),
        }
        return odd.get(asked.path, Reply(404, b"no such picture"))
