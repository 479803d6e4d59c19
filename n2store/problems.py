"""The one place where a refusal becomes HTTP: `{"success": false, "error": "<sentence>", "code": "<stable_code>"}`."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views import defaults
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from n2store.errors import DomainError

ADMIN_PATH = "/admin/"


def problem(error: str, code: str, **more: Any) -> dict[str, Any]:
    """Return the body of every refusal."""
    return {"success": False, "error": error, "code": code, **more}


def render(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an exception of an API view; what nobody foresaw is left to Django and is a bug."""
    if isinstance(error, DomainError):
        return Response(problem(str(error), error.code), status=error.status)
    if isinstance(error, ProtectedError):
        return Response(problem("Other records still need this one.", "protected"), status=status.HTTP_409_CONFLICT)
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        response.data = problem(_first_sentence(error.detail), "invalid", fields=error.detail)
    elif isinstance(error, Http404):
        response.data = problem("Not found.", "not_found")
    elif isinstance(error, exceptions.APIException):
        response.data = problem(str(error.detail), str(error.get_codes()))
    return response


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
    return JsonResponse(problem("Not Found", "not_found", path=request.path), status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer what Django itself refuses, such as a body that is too large or a foreign Host."""
    if isinstance(exception, RequestDataTooBig):
        return JsonResponse(problem("The body is too large.", "too_large"), status=413)
    return JsonResponse(problem("Bad Request", "bad_request"), status=400)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer an unhandled exception without a word of its text."""
    if request.path.startswith(ADMIN_PATH):
        return defaults.server_error(request)
    return JsonResponse(problem("Internal Server Error", "internal_error"), status=500)
