"""Asking PayOS, through its library: make a link, ask about one, cancel one.

The library signs and checks signatures on raw objects; its models are not used (ADR 0022). It never repeats a call by
itself here: a link that was made although the answer was lost would be made twice.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from payos import PayOS
from payos._core import exceptions as said
from payos._core.exceptions import APIError, PayOSError

from banking.payos import watching
from banking.payos.schema import BadNotice, Link, link_of
from banking.payos.watching import UPSTREAM
from n2store.errors import DomainError
from proxy import errors as ours
from proxy.watching.call import Watched

logger = logging.getLogger(__name__)

OFFICIAL = "https://api-merchant.payos.vn"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PATH = "/v2/payment-requests"
CHECKOUT = "https://pay.payos.vn/web/"
CHECKOUT_HOSTS = ("pay.payos.vn", "next.pay.payos.vn")
WAIT_S = 1.0
REST_S = 5.0
"""A PayOS that does not answer is left alone so long: who waits for it holds a thread that takes money. The breaker
opens after several failures only; this after the first."""
WRONG_KEYS = frozenset({"201", "214", "401"})
"""Signature refused, channel missing or paused, keys missing: nothing that the caller can mend."""


class PayosNotConfigured(DomainError):
    """The keys are not set, or the address is not PayOS's."""

    status, code = 503, "PAYOS_NOT_CONFIGURED"


class ProviderUnavailable(DomainError):
    """PayOS is away or takes none of our calls; nothing was made."""

    status, code = 503, "PROVIDER_UNAVAILABLE"


class ProviderBusy(ProviderUnavailable):
    """PayOS wants fewer calls."""


class ProviderError(DomainError):
    """PayOS refuses what we ask; nothing was made."""

    status, code = 502, "PROVIDER_ERROR"


class OutcomeUnknown(ProviderError):
    """No answer that can be believed: it may have been done, or not."""


class LinkNotFound(ProviderError):
    """PayOS knows no link with this code."""


class CodeTaken(ProviderError):
    """There is a link with this code already."""


def is_configured() -> bool:
    """Tell whether all three keys are set and the address may be asked."""
    return bool(settings.PAYOS_CLIENT_ID and settings.PAYOS_API_KEY and settings.PAYOS_CHECKSUM_KEY) and _is_safe(
        settings.PAYOS_API_URL
    )


def create(*, order_code: int, amount_vnd: int, memo: str, return_url: str, expires_at_s: int) -> Link:
    """Make a payment link. Nothing of the customer is told.

    Raises:
        PayosNotConfigured, ProviderUnavailable, ProviderError.
        CodeTaken: a link with this code exists.
        OutcomeUnknown: ask about the code.
    """
    body = {
        "orderCode": order_code, "amount": amount_vnd, "description": memo, "cancelUrl": return_url,
        "returnUrl": return_url, "expiredAt": expires_at_s,
    }  # fmt: skip
    return _call("POST", PATH, body=body, signature_request="create-payment-link")


def get(order_code: int) -> Link:
    """Return a link as PayOS has it, with the transfers that came.

    Raises:
        PayosNotConfigured, ProviderUnavailable, ProviderError, OutcomeUnknown.
        LinkNotFound: there is none with this code.
    """
    return _call("GET", f"{PATH}/{order_code}")


def cancel(order_code: int) -> Link:
    """Cancel a link; money that is on its way may still come.

    Raises:
        as `get`.
    """
    return _call("POST", f"{PATH}/{order_code}/cancel", body={})


def checkout_page(link: Link) -> str:
    """Return the address of PayOS's own page of a link; an address elsewhere is not passed on."""
    parts = urlsplit(link.checkout_url)
    is_theirs = parts.scheme == "https" and parts.hostname in CHECKOUT_HOSTS
    if is_theirs or (parts.hostname in LOOPBACK and settings.PAYOS_API_URL != OFFICIAL):
        return link.checkout_url
    return CHECKOUT + link.link_id if link.link_id.isalnum() else ""


class _Line:
    """The one call that a process has open, and the rest after one that was not answered."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._quiet_until = 0.0

    @contextmanager
    def taken(self, watch: Watched) -> Iterator[None]:
        """Have the line for one call.

        Raises:
            ProviderUnavailable: PayOS rests, or another call holds the line for too long.
        """
        if time.monotonic() < self._quiet_until or not self._turn.acquire(timeout=WAIT_S):
            watch.end(ours.UpstreamBusy(UPSTREAM, "PayOS did not answer the call before this one."))
            raise ProviderUnavailable("PayOS does not answer at the moment.")
        try:
            yield
        finally:
            self._turn.release()

    def rest(self) -> None:
        self._quiet_until = time.monotonic() + REST_S


def _call(method: str, path: str, **options: Any) -> Link:
    client, line = _client(), _line_of(os.getpid(), settings.PAYOS_API_URL)
    send = partial(client.post if method == "POST" else client.get, path, cast_to=dict, signature_response="body")
    try:
        with watching.call(method, path, timeout_s=settings.PAYOS_TIMEOUT_S) as watch, line.taken(watch):
            return _answer(partial(send, **options), path, line, watch)
    except ours.UpstreamOpen as held:
        raise ProviderUnavailable("PayOS fails again and again, so it is not asked now.") from held


def _answer(send: Callable[[], dict[str, Any]], path: str, line: _Line, watch: Watched) -> Link:
    try:
        return link_of(send())
    except said.ConnectionTimeoutError as error:
        line.rest()
        watch.end(ours.UpstreamTimeout(UPSTREAM, "PayOS did not answer in time."))
        raise OutcomeUnknown("PayOS did not answer in time.") from error
    except APIError as error:
        refusal = _refusal(error, path)
        if isinstance(refusal, OutcomeUnknown) and error.status_code == 200:
            watch.end(ours.UpstreamUnsuitable(UPSTREAM, "PayOS answers what nobody can read."))
        raise refusal from error
    except said.ConnectionError as error:
        watch.end(ours.UpstreamUnreachable(UPSTREAM, "PayOS is not reached."))
        raise ProviderUnavailable("PayOS is not reached.") from error
    except (PayOSError, httpx.HTTPError, BadNotice, AttributeError, TypeError, UnicodeError) as error:
        kind = ours.UpstreamCut if isinstance(error, httpx.TransportError) else ours.UpstreamUnsuitable
        watch.end(kind(UPSTREAM, "PayOS's answer cannot be used."))
        logger.warning("PayOS %s %s: %s", watch.method, path, type(error).__name__)
        raise OutcomeUnknown(f"PayOS's answer cannot be used: {type(error).__name__}") from error


def _refusal(error: APIError, path: str) -> DomainError:
    code, status = str(error.error_code or ""), error.status_code or 0
    if code == "231":
        return CodeTaken("The order code is used already.")
    if code == "101":
        return LinkNotFound("PayOS knows no such link.")
    if status == 429 or code == "429":
        return ProviderBusy("PayOS wants fewer calls.")
    if code in WRONG_KEYS or status == 401:
        logger.error("PayOS takes none of our calls (%s): check the keys and the channel.", code or status)
        return ProviderUnavailable("PayOS takes none of our calls.")
    if code == "20":
        logger.error("PayOS refuses %s: %s", path, error.error_desc)
        return ProviderError("PayOS refuses the request.")
    logger.warning("PayOS %s: status %s, code %s", path, status, code)
    return OutcomeUnknown("PayOS answers with an error.")


def _client() -> PayOS:
    if not is_configured():
        raise PayosNotConfigured("PayOS is not configured")
    return _client_of(
        os.getpid(), settings.PAYOS_CLIENT_ID, settings.PAYOS_API_KEY, settings.PAYOS_CHECKSUM_KEY,
        settings.PAYOS_API_URL, settings.PAYOS_TIMEOUT_S,
    )  # fmt: skip


@cache
def _client_of(_process: int, client_id: str, api_key: str, checksum_key: str, url: str, timeout_s: float) -> PayOS:
    """Return the one client of this process; threads may share it."""
    return PayOS(
        client_id=client_id, api_key=api_key, checksum_key=checksum_key, base_url=url.rstrip("/") + "/",
        timeout=timeout_s, max_retries=0, http_client=watching.client(),
    )  # fmt: skip


@cache
def _line_of(_process: int, _url: str) -> _Line:
    return _Line()


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return url.rstrip("/") == OFFICIAL or (parts.scheme == "http" and parts.hostname in LOOPBACK)
