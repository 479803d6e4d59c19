"""What requests about transfers answer, and how the API document tells of them."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from banking.lists.reading import KEY, Listing, page_of
from n2store.json_answers import answer
from n2store.narrowing import Filter
from n2store.windows import window_of

FOUND = {200: OpenApiTypes.OBJECT}
DONE = dict.fromkeys((200, 400, 403, 404), OpenApiTypes.OBJECT)
PAGING = [OpenApiParameter("page", int), OpenApiParameter("limit", int), OpenApiParameter("cursor", str)]
PERIOD = [
    OpenApiParameter("startDate", str, description="First Vietnam day, or an instant."),
    OpenApiParameter("endDate", str, description="Last Vietnam day, or an instant."),
]
SEARCH = OpenApiParameter("search", str, description="Literal; case and diacritics do not matter.")
TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
FLAG = {"type": "boolean"}
PER_PAGE_MAX = 500


def body(*required: str, **properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a JSON body."""
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {"application/json": schema | ({"required": list(required)} if required else {})}


def listed(
    request: Request, listing: Listing, narrowed: Filter, *, limit: int, limit_max: int = PER_PAGE_MAX
) -> HttpResponse:
    """Answer the page of a list that the request asks for."""
    page = page_of(listing, narrowed, window_of(request, limit=limit, limit_max=limit_max, key=KEY))
    return answer(page.data, pagination=page.block)
