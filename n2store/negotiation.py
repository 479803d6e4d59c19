"""What an answer looks like is not negotiated: the API speaks JSON, whatever a page says it accepts."""

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from typing_extensions import override


class FirstRenderer(BaseContentNegotiation):
    """The view's first renderer; the parser is chosen by the content type, as everywhere."""

    @override
    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Return the parser of the request's content type, if the view has one."""
        given = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == given), None)

    @override
    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> Any:
        """Return the first renderer and its media type."""
        first = next(iter(renderers))
        return first, first.media_type
