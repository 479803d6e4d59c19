"""Which pages of other addresses may call us from a browser: those of `PAGE_ORIGINS`, and they bring no cookies."""

from corsheaders.middleware import CorsMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from typing_extensions import override


class PagesElsewhere(CorsMiddleware):
    """The library's answers to a browser that asks first, without a body: 204, on every path and without a login."""

    @override
    def check_preflight(self, request: HttpRequest) -> HttpResponseBase | None:
        """Return the answer to such a question, or None when it is another request."""
        answer = super().check_preflight(request)
        if answer is not None:
            answer.status_code = 204
            del answer.headers["Content-Length"]
        return answer
