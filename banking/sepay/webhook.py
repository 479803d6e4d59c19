"""`POST /api/sepay/webhook`: the answers SePay receives. Contract: nothing is acknowledged that is not stored."""

import json
import logging
import time
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from banking import operations, retrying
from banking.models import Provider
from banking.sepay import parser, signature

logger = logging.getLogger(__name__)

BODY_MAX_BYTES = 64 * 1024
RETRY_AFTER_S = 5
PROOF = {
    "Authorization": "HTTP_AUTHORIZATION",
    "X-SePay-Signature": "HTTP_X_SEPAY_SIGNATURE",
    "X-SePay-Timestamp": "HTTP_X_SEPAY_TIMESTAMP",
}
"""The headers that show who sends, and where WSGI puts them; `request.headers` would rename all there are."""


@csrf_exempt
def webhook(request: HttpRequest) -> HttpResponse:
    """Take one delivery. 2xx only for what is stored or was stored before; a retry cures every 5xx."""
    started = time.perf_counter()
    if request.method != "POST":
        return JsonResponse({"success": False, "error": "Method Not Allowed"}, status=405, headers={"Allow": "POST"})
    try:
        body = _body(request)
        keys, secrets = settings.SEPAY_API_KEYS, settings.SEPAY_HMAC_SECRETS
        proof = {name: request.META[key] for name, key in PROOF.items() if key in request.META}
        signature.check(proof, body, keys=keys, secrets=secrets, now_s=time.time())
        notice = parser.parse(body, content_type=request.content_type or "")
    except (signature.Unauthorized, signature.NotConfigured) as error:
        logger.error("SePay delivery refused: %s", error)
        return _refused({"success": False, "error": str(error)}, status=error.status, reason=error.code)
    except parser.BadDelivery as error:
        return _refused(error.body, status=error.status, reason=error.reason)
    return _taken(body, notice, started)


def _taken(body: bytes, notice: parser.Notice, started: float) -> HttpResponse:
    """Take a genuine delivery, or keep it until it can be taken."""
    try:
        taken = operations.take_sepay_notice(notice, body=body.decode())
    except OperationalError:
        logger.exception("SePay delivery not stored; SePay sends it again.")
        return _not_taken(queued=False)
    except Exception as error:  # Whatever it was, what is genuine is not lost.
        logger.exception("SePay delivery not taken; it is queued.")
        return _not_taken(queued=_queue(body, notice, error))
    if not taken.is_new:
        return JsonResponse({"success": True, "message": "Duplicate transaction - already processed"})
    answer = {
        "success": True,
        "id": taken.transfer_id,
        "message": "Transaction recorded successfully",
        "processing_time_ms": round((time.perf_counter() - started) * 1000),
    }
    return HttpResponse(json.dumps(answer), content_type="application/json")


def ping(request: HttpRequest) -> JsonResponse:
    """Tell that the endpoint lives and whether a key is configured; never which."""
    configured = bool(settings.SEPAY_API_KEYS or settings.SEPAY_HMAC_SECRETS)
    return JsonResponse(
        {
            "success": True,
            "message": "SePay webhook endpoint is healthy",
            "timestamp": timezone.now().isoformat(),
            "api_key_configured": configured,
        }
    )


def _body(request: HttpRequest) -> bytes:
    too_large = parser.TooLarge("Payload too large", reason="too_large", limit_bytes=BODY_MAX_BYTES)
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise too_large from error
    except UnreadablePostError as error:
        raise parser.BadDelivery("SyntaxError", reason="malformed", message="The body ended early.") from error
    if len(body) > BODY_MAX_BYTES:
        raise too_large
    return body


def _queue(body: bytes, notice: parser.Notice, error: Exception) -> bool:
    """Keep a delivery that could not be taken; True only if it is stored."""
    try:
        return retrying.queue(body=body.decode(), provider=Provider.SEPAY, external_id=notice.sepay_id, error=error)
    except DatabaseError:
        logger.exception("SePay delivery not queued either; SePay sends it again.")
        return False


def _not_taken(*, queued: bool) -> JsonResponse:
    answer = {"success": False, "error": "Failed to process webhook", "queued_for_retry": queued}
    if queued:
        return JsonResponse(answer, status=500)
    return JsonResponse(answer, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})


def _refused(answer: dict[str, Any], *, status: int, reason: str) -> JsonResponse:
    try:
        operations.count_refusal(provider=Provider.SEPAY, reason=reason, at=timezone.now())
    except OperationalError:
        logger.exception("A refusal was not counted: the database does not answer.")
    return JsonResponse(answer, status=status)
