"""The one place where a refusal becomes HTTP: `{"success": false, "error": "…", "code": "…", "message": "…"}`.

`error` is an English sentence for programmers, `message` what staff read, `code` what programs compare.
"""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views import defaults
from rest_framework import exceptions, status
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from n2store import audit
from n2store.errors import DomainError
from n2store.messages import message_of
from n2store.models import Outcome
from n2store.roles import caller_of

ADMIN_PATH = "/admin/"
CODES = {"not_authenticated": "AUTH_REQUIRED", "authentication_failed": "AUTH_EXPIRED"}
"""The framework's codes where the shop has its own; the others are written in capitals."""


def problem(error: str, code: str, params: dict[str, object] | None = None, **more: Any) -> dict[str, Any]:
    """Return the body of every refusal; `params` fill the message that staff read."""
    return {"success": False, "error": error, "code": code, "message": message_of(code, error, params or {}), **more}


def render(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an exception of an API view; what nobody foresaw is left to Django and is a bug."""
    response = _answer(error, context)
    if response is not None and context.get("request") is not None:
        _keep_refusal(context["request"], response)
    return response


def _answer(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, DomainError):
        return Response(problem(str(error), error.code, error.params, **error.beside), status=error.status)
    if isinstance(error, ProtectedError):
        return Response(problem("Other records still need this one.", "PROTECTED"), status=status.HTTP_409_CONFLICT)
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        response.data = problem(_first_sentence(error.detail), "INVALID", fields=error.detail)
    elif isinstance(error, Http404):
        response.data = problem("Not found.", "NOT_FOUND")
    elif isinstance(error, exceptions.APIException):
        code = str(error.get_codes())
        response.data = problem(_in_english(error, context.get("request")), CODES.get(code, code.upper()))
    return response


def _in_english(error: exceptions.APIException, request: Request | None) -> str:
    """Return the framework's own sentence in English, whatever language the caller reads; any other as it stands."""
    own, said = type(error).default_detail, str(error.detail)
    parts = {} if request is None else {"method": request.method, "media_type": request.content_type}
    if said != str(own).format_map(parts) and not isinstance(error, exceptions.AuthenticationFailed):
        return said
    with translation.override("en"):
        return str(own).format_map(parts)


def _keep_refusal(request: Request, response: Response) -> None:
    """Write into the audit log that a member of staff was refused a change, or a look that is not theirs."""
    caller = caller_of(request.user)
    looked_only = request.method in SAFE_METHODS and response.status_code != status.HTTP_403_FORBIDDEN
    if not caller.name or looked_only:
        return
    said: dict[str, Any] = response.data
    audit.record(
        actor=caller.name,
        action=f"{request.method} {request.path}",
        outcome=Outcome.REFUSED,
        code=said["code"],
        detail=said["error"],
        address=request.META.get("REMOTE_ADDR") or None,
    )


def _first_sentence(detail: Any) -> str:
    """Return the first message of a nested validation error, with the field it belongs to."""
    if isinstance(detail, dict):
        field, inner = next(iter(detail.items()))
        return _first_sentence(inner) if field == "non_field_errors" else f"{field}: {_first_sentence(inner)}"
    return _first_sentence(detail[0]) if isinstance(detail, list) else str(detail)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer an unknown path: a page in the admin; elsewhere the old servers' two keys, and ours."""
    if request.path.startswith(ADMIN_PATH):
        return defaults.page_not_found(request, exception)
    return JsonResponse(problem("Not Found", "NOT_FOUND", path=request.path), status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer what Django itself refuses, such as a body that is too large or a foreign Host; a page in the admin."""
    if isinstance(exception, RequestDataTooBig):
        return JsonResponse(problem("The body is too large.", "TOO_LARGE"), status=413)
    if request.path.startswith(ADMIN_PATH):
        return defaults.bad_request(request, exception)
    return JsonResponse(problem("Bad Request", "BAD_REQUEST"), status=400)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer an unhandled exception without a word of its text."""
    if request.path.startswith(ADMIN_PATH):
        return defaults.server_error(request)
    return JsonResponse(problem("Internal Server Error", "INTERNAL_ERROR"), status=500)
