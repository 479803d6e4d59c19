"""`POST /api/payos/webhook`: what PayOS hears. Nothing outside is asked before the answer."""

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, JsonResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from banking import operations
from banking.models import Provider
from banking.payos import moving
from banking.payos.client import PayosNotConfigured
from banking.payos.schema import BadNotice, envelope_of, notice_of
from banking.payos.signature import is_authentic
from n2store.errors import DomainError
from n2store.problems import problem

logger = logging.getLogger(__name__)

BODY_MAX_BYTES = 64 * 1024
RETRY_AFTER_S = 5


class TooLarge(DomainError):
    """More than a delivery can be."""

    status, code = 413, "TOO_LARGE"


class WrongSignature(DomainError):
    """PayOS did not sign this."""

    status, code = 401, "UNAUTHORIZED"


@csrf_exempt
def webhook(request: HttpRequest) -> JsonResponse:
    """Take one delivery. 200 for all that is genuine and kept; a 5xx only where sending it again helps."""
    if request.method != "POST":
        return JsonResponse(problem("Method Not Allowed", "METHOD_NOT_ALLOWED"), status=405, headers={"Allow": "POST"})
    try:
        data = _genuine(request)
        taken = moving.take_notice(notice_of(data), data)
    except DomainError as error:
        return _refused(error)
    except DatabaseError:
        logger.exception("A PayOS delivery was not stored; PayOS or the job tells of it again.")
        answer = problem("Not stored. Please repeat.", "UNAVAILABLE")
        return JsonResponse(answer, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
    if taken.outcome in {"unmatched", "review"}:
        logger.error("PayOS delivery for order %s: %s %s", data["orderCode"], taken.outcome, taken.reason)
    return JsonResponse({"success": True})


def _genuine(request: HttpRequest) -> dict[str, Any]:
    """Return the `data` of a delivery that PayOS has signed.

    Raises:
        PayosNotConfigured, TooLarge, BadNotice, WrongSignature.
    """
    if not settings.PAYOS_CHECKSUM_KEY:
        raise PayosNotConfigured("PayOS is not configured")
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise TooLarge("Payload too large") from error
    except UnreadablePostError as error:
        raise BadNotice("The body ended early.") from error
    if len(body) > BODY_MAX_BYTES:
        raise TooLarge("Payload too large")
    data, signature = envelope_of(body)
    if not is_authentic(data, signature, settings.PAYOS_CHECKSUM_KEY):
        raise WrongSignature("The signature is wrong.")
    return data


def _refused(error: DomainError) -> JsonResponse:
    """Say why, and count it; what was sent is not kept."""
    logger.warning("A PayOS delivery was refused: %s", error.code)
    try:
        operations.count_refusal(provider=Provider.PAYOS, reason=error.code.lower(), at=timezone.now())
    except OperationalError:
        logger.exception("A refusal was not counted: the database does not answer.")
    return JsonResponse(problem(str(error), error.code), status=error.status)
