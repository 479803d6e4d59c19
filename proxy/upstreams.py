"""The neighbours that pages may reach through us, and how. Who is not in this table is not reached.

`base` names the setting with the server's address, which for the demo and the tests is the simulator's. Headers are
listed by name: what is not listed neither goes out nor comes back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from proxy.calling import Call, Readable
from proxy.errors import InvalidUrl, UpstreamNotConfigured
from proxy.guard import Place, Url, configured
from proxy.lanes import Lane
from proxy.retrying import NEVER, READS, READS_AGAIN, Retry

MEGABYTE = 1024 * 1024
ALL_METHODS = READS | {"POST", "PUT", "PATCH", "DELETE"}
LANGUAGES = "vi-VN,vi;q=0.9,en-US;q=0.8,en;q=0.7"
BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"
)
_TEXT = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
VERSION = re.compile(r"\d{1,5}(?:\.\d{1,5}){3}")

GOES_OUT = frozenset({"accept", "accept-encoding", "content-type", "if-none-match", "if-modified-since", "range"})
COMES_BACK = frozenset({
    "accept-ranges", "cache-control", "content-disposition", "content-encoding", "content-language", "content-range",
    "content-type", "etag", "expires", "last-modified", "odata-version", "retry-after", "tposappversion", "vary",
})  # fmt: skip
"""Not among them: cookies, upstream's CORS, security and server headers, and all that belong to one connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A neighbour: where it is, what may be asked, how long it may take and how much it may say."""

    name: str
    base: str
    prefix: str = "/"
    """What stands before the caller's path."""
    methods: frozenset[str] = ALL_METHODS
    sends: Mapping[str, str] = field(default_factory=dict)
    """Headers that always go out, whatever the caller says. `{base}` is the server's address."""
    goes_out: frozenset[str] = GOES_OUT
    """The caller's headers that go out, where `sends` does not say otherwise."""
    takes_bearer: bool = False
    """Whether the caller's own `Authorization: Bearer` goes out, and the shop's where there is none."""
    timeout_s: float = 15.0
    whole_s: float = 120.0
    body_bytes_max: int = 25 * MEGABYTE
    answer_bytes_max: int = 100 * MEGABYTE
    retry: Retry = READS_AGAIN
    lane: Lane

    @property
    def place(self) -> Place:
        """The server.

        Raises:
            UpstreamNotConfigured: the setting does not name one that is safe to call.
        """
        try:
            return configured(str(getattr(settings, self.base)).rstrip("/"))
        except (InvalidUrl, ValueError):
            raise UpstreamNotConfigured(self.name, f"{self.base} is not the address of a server.") from None

    def request(
        self, method: str, where: Url | str, headers: Mapping[str, str], body: bytes | Readable | None = None
    ) -> Call:
        """Return a call within this neighbour's bounds, for `calling.call` to send. `where`: a path and query there."""
        return Call(
            lane=self.lane, method=method, url=Url(self.place, where) if isinstance(where, str) else where,
            headers=headers, body=body, timeout_s=self.timeout_s, whole_s=self.whole_s,
            answer_bytes_max=self.answer_bytes_max, retry=self.retry,
        )  # fmt: skip


_TPOS = {
    "accept-language": LANGUAGES,
    "origin": "{base}",
    "referer": "{base}/",
    "user-agent": BROWSER,
    "x-tpos-lang": "vi",
}
_TPOS_LANE = Lane("tpos", width=40, waiting_max=24)
_PANCAKE = {
    "accept": "application/json, text/plain, */*",
    "accept-language": "vi,en-US;q=0.9,en;q=0.8",
    "user-agent": BROWSER,
}
_PANCAKE_LANE = Lane("pancake", width=20, waiting_max=12)

TPOS = Upstream(
    name="tpos", base="TPOS_BASE_URL", sends=_TPOS, takes_bearer=True, lane=_TPOS_LANE,
    goes_out=GOES_OUT | {"tposappversion", "x-requested-with"},
)  # fmt: skip
TPOS_REST = Upstream(
    name="tpos-rest", base="TPOS_BASE_URL", prefix="/rest/", takes_bearer=True, lane=_TPOS_LANE,
    sends=_TPOS | {"accept": "*/*", "content-type": "application/json;IEEE754Compatible=false;charset=utf-8"},
    goes_out=GOES_OUT | {"tposappversion"},
)  # fmt: skip
TPOS_STREAM = Upstream(
    name="tpos-stream", base="TPOS_BASE_URL", methods=READS, sends=_TPOS, takes_bearer=True,
    timeout_s=60.0, whole_s=600.0, lane=Lane("tpos-stream", width=12, waiting_max=0),
)  # fmt: skip
PANCAKE = Upstream(
    name="pancake", base="PANCAKE_BASE_URL", prefix="/api/v1/", lane=_PANCAKE_LANE,
    sends=_PANCAKE | {"origin": "{base}", "referer": "{base}/multi_pages"},
)  # fmt: skip
PANCAKE_OFFICIAL = Upstream(
    name="pancake-official", base="PAGES_FM_BASE_URL", prefix="/api/public_api/v1/",
    sends=_PANCAKE | {"origin": "{base}", "referer": "{base}/"},
    lane=Lane("pancake-official", width=16, waiting_max=8),
)  # fmt: skip
FACEBOOK = Upstream(
    name="facebook", base="FACEBOOK_GRAPH_URL", sends={"accept": "application/json"}, goes_out=frozenset(),
    answer_bytes_max=4 * MEGABYTE, whole_s=30.0, lane=Lane("facebook", width=12, waiting_max=6),
)  # fmt: skip
GEMINI = Upstream(
    name="gemini", base="GEMINI_API_URL", methods=frozenset({"POST"}), sends={"accept": "application/json"},
    goes_out=frozenset(), body_bytes_max=20 * MEGABYTE, answer_bytes_max=4 * MEGABYTE, timeout_s=60.0, whole_s=90.0,
    retry=NEVER, lane=Lane("gemini", width=4, waiting_max=2),
)  # fmt: skip
IMAGES = Upstream(
    name="images", base="", methods=READS, goes_out=frozenset(), answer_bytes_max=10 * MEGABYTE, whole_s=15.0,
    lane=Lane("images", width=12, waiting_max=6, many_hosts=True),
)  # fmt: skip
ADDRESSES = Upstream(
    name="addresses", base="", methods=READS | {"POST"}, answer_bytes_max=10 * MEGABYTE, body_bytes_max=MEGABYTE,
    whole_s=15.0, lane=Lane("addresses", width=6, waiting_max=2, many_hosts=True),
)  # fmt: skip
"""What `/api/proxy` fetches: lists of provinces and wards, and pictures of QR codes."""

UPSTREAMS = {
    upstream.name: upstream
    for upstream in (TPOS, TPOS_REST, TPOS_STREAM, PANCAKE, PANCAKE_OFFICIAL, FACEBOOK, GEMINI, IMAGES, ADDRESSES)
}


def lanes() -> set[Lane]:
    """Return the lanes of all upstreams."""
    return {upstream.lane for upstream in UPSTREAMS.values()}


def headers_out(upstream: Upstream, given: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that go to an upstream; names in `given` are in lower case."""
    base = upstream.place.origin if upstream.base else ""
    sent = {name: value for name, value in given.items() if name in upstream.goes_out and value}
    if not VERSION.fullmatch(sent.get("tposappversion", "")):
        sent.pop("tposappversion", None)
        if upstream.takes_bearer:
            sent["tposappversion"] = settings.TPOS_APP_VERSION
    sent.setdefault("accept", "*/*")
    sent.setdefault("accept-encoding", "identity")
    return sent | {name: value.format(base=base) for name, value in upstream.sends.items()}


def headers_back(given: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of an answer that come back; one that is no text does not."""
    return {name: value for name, value in given.items() if name in COMES_BACK and _TEXT.fullmatch(value)}
