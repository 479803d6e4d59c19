"""SePay's list of transactions: what its webhook may have failed to tell. Read only, with a token of its own.

Three questions a second are allowed; ours share one pace (`SEPAY_API_CALLS_PER_S`). Rows stay as SePay writes them:
ids and amounts are text. Source: SePay's page on its transactions API.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from django.conf import settings

from n2store.clock import VIETNAM
from n2store.errors import DomainError
from proxy.pace import Pace, TooBusy

logger = logging.getLogger(__name__)

PATH = "/userapi/transactions/list"
ROWS_MAX = 5_000
PAGES_MAX = 40
BODY_MAX_BYTES = 32 * 1024 * 1024
CONNECT_TIMEOUT_S = 3.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")

Row = Mapping[str, Any]
"""One transaction as SePay's list writes it."""


class SepayListError(DomainError):
    """SePay did not answer a question about its list."""


class SepayUnavailable(SepayListError):
    """SePay is not reached, too slow, or answers what nobody can read; later it may."""

    status, code = 503, "SEPAY_LIST_UNAVAILABLE"


class SepayBusy(SepayUnavailable):
    """SePay wants fewer questions, or our own pace had no turn in time."""

    code = "SEPAY_LIST_BUSY"


class SepayRefused(SepayListError):
    """SePay says no: to our token, or to the question. Asking again changes nothing. `params`: status."""

    status, code = 502, "SEPAY_LIST_REFUSED"


class SepayNotConfigured(SepayListError):
    """No token is set, or the address is not safe to send it to."""

    status, code = 503, "SEPAY_LIST_NOT_CONFIGURED"


@dataclass(frozen=True, slots=True)
class Found:
    """Rows in the order of their ids, each once. Not `complete`: SePay has more than was asked for.

    `from_begin`: nothing is left out before the last of them.
    """

    rows: tuple[Row, ...]
    complete: bool
    from_begin: bool = True


@dataclass(frozen=True, slots=True)
class SepayList:
    """A connection to the list with one token. Threads may share it."""

    base_url: str
    token: str = field(repr=False)
    timeout_s: float
    pace: Pace

    def between(self, account_number: str, begin: datetime, end: datetime) -> Found:
        """Return an account's transactions from one moment to another, both included, to the second."""
        return self._all({"account_number": account_number, "transaction_date_min": _wall_time(begin)}, until=end)

    def since(self, account_number: str, id: int) -> Found:
        """Return an account's transactions from an id on, that one included."""
        return self._all({"account_number": account_number, "since_id": str(id)})

    def by_reference(self, reference: str, account_number: str | None = None) -> Found:
        """Return the transactions with a bank reference."""
        given = {"reference_number": reference}
        return self._all(given | ({"account_number": account_number} if account_number else {}))

    def _all(self, given: dict[str, str], *, until: datetime | None = None) -> Found:
        """Ask until nothing is left out. SePay does not say at which end a full page stops, so both are asked."""
        bounded = given | ({"transaction_date_max": _wall_time(until)} if until else {})
        first = self._page(bounded)
        rows = _by_id(first)
        if len(first) < ROWS_MAX:
            return Found(tuple(rows.values()), complete=True)
        older = self._rest(rows, lambda: given | {"transaction_date_max": min(map(_moment, rows.values()))})
        newer = self._rest(rows, lambda: bounded | {"since_id": str(max(map(_number, rows.values())))})
        return Found(tuple(sorted(rows.values(), key=_number)), complete=older and newer, from_begin=older)

    def _rest(self, rows: dict[str, Row], narrowed: Callable[[], dict[str, str]]) -> bool:
        """Add to `rows` what further questions bring, each narrowed by what is known; True when that is all."""
        for _page in range(PAGES_MAX):
            known = len(rows)
            page = self._page(narrowed())
            rows |= _by_id(page)
            if len(page) < ROWS_MAX:
                return True
            if len(rows) == known:
                return False  # More rows in one second than a page holds.
        return False

    def _page(self, given: dict[str, str]) -> list[Row]:
        deadline = time.monotonic() + self.timeout_s
        try:
            self.pace.wait(deadline)
        except TooBusy:
            raise SepayBusy("SePay has no turn for us in time") from None
        status, body = self._call(given | {"limit": str(ROWS_MAX)}, time.monotonic() + self.timeout_s)
        if status == 429:
            raise SepayBusy("SePay wants fewer questions")
        if status >= 500 or status == 408:
            raise SepayUnavailable(f"SePay answers {status}", status=status)
        if status != 200:
            raise SepayRefused(f"SePay refuses: {status}", status=status)
        return _rows(body)

    def _call(self, parameters: Mapping[str, str], deadline: float) -> tuple[int, bytes]:
        """Send one request and return status and body, all within the deadline and a bounded size."""
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self.token}"}
        session = requests.Session()
        session.trust_env = False  # No password from files of this machine, no proxy: straight to SePay.
        left_s = max(deadline - time.monotonic(), 0.001)
        try:
            with (
                session,
                session.get(
                    self.base_url + PATH, params=parameters, headers=headers,
                    timeout=(min(CONNECT_TIMEOUT_S, left_s), left_s), allow_redirects=False, stream=True,
                ) as response,
            ):  # fmt: skip
                return response.status_code, _read(response, deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            # The error's text may quote the request; its kind does not.
            logger.warning("SePay's list: %s", type(error).__name__)
            raise SepayUnavailable(f"SePay is not reached: {type(error).__name__}") from None


def sepay_list() -> SepayList:
    """Return the client that the settings describe.

    Raises:
        SepayNotConfigured: they hold no token, or an address that is neither https nor this machine.
    """
    base_url, token = settings.SEPAY_API_URL.rstrip("/"), settings.SEPAY_API_TOKEN
    parts = urlsplit(base_url)
    if not token:
        raise SepayNotConfigured("SEPAY_API_TOKEN is not set")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise SepayNotConfigured("SEPAY_API_URL must be https")
    return _client(base_url, token, settings.SEPAY_API_TIMEOUT_S, settings.SEPAY_API_CALLS_PER_S)


@cache
def _client(base_url: str, token: str, timeout_s: float, calls_per_s: float) -> SepayList:
    return SepayList(base_url, token, timeout_s, Pace("sepay-list", calls_per_s))


def _read(response: requests.Response, deadline: float) -> bytes:
    """Read what arrives as it arrives: a server that drips is noticed."""
    body = bytearray()
    while chunk := response.raw.read1(64 * 1024, decode_content=True):
        body += chunk
        if len(body) > BODY_MAX_BYTES:
            raise SepayUnavailable("SePay answers too much")
        if time.monotonic() > deadline:
            raise SepayUnavailable("SePay is too slow")
    return bytes(body)


def _rows(body: bytes) -> list[Row]:
    """Return the rows of an answer. What a row holds is the reader's concern: one bad row spoils no other."""
    try:
        answer = json.loads(body, parse_float=str, parse_constant=str)  # Amounts never become binary fractions.
    except (ValueError, RecursionError):
        answer = None
    rows = answer.get("transactions") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise SepayUnavailable("SePay answers what nobody can read")
    return [row for row in rows if isinstance(row, dict)]


def _by_id(rows: list[Row]) -> dict[str, Row]:
    return {str(row.get("id")): row for row in sorted(rows, key=_number)}


def _number(row: Row) -> int:
    text = str(row.get("id"))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


def _moment(row: Row) -> str:
    return str(row.get("transaction_date"))


def _wall_time(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M:%S")
