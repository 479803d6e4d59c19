"""`/facebook/…`: what TPOS knows of the shop's live sales, as the page of the live sale asks for it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.roles import IsStaffMember
from proxy.api.doors import TokenBeside, UnreadSession
from proxy.api.forwarding import ForwardToTpos, Going, bearer_of, lowered
from proxy.calling import Answer
from proxy.errors import InvalidCall, UpstreamUnsuitable
from proxy.passing import passed_on
from proxy.retrying import READS
from proxy.upstreams import TPOS, TPOS_STREAM, Upstream, headers_out

ID = re.compile(r"[\w-]{1,128}", re.ASCII)
CURSOR = re.compile(r"[\w=%.+/-]{1,2000}", re.ASCII)
TOKEN = re.compile(r"[\w.~+/=-]{1,8000}", re.ASCII)
ROWS_MAX = 200
ENDPOINTS = ("crm-teams", "live-campaigns", "comments", "comments/stream", "comment-orders", "livevideo")

Question = tuple[str, str]
"""Path and query at TPOS."""


def crm_teams(request: Request) -> Question:
    """Ask for the shop's accounts and pages."""
    return "/odata/CRMTeam/ODataService.GetAllFacebook", "$expand=Childs"


def live_campaigns(request: Request) -> Question:
    """Ask for the live sales, the newest first."""
    top = _number(request, "top", 20)
    path = "/odata/SaleOnline_LiveCampaign/ODataService.GetAvailables"
    return path, f"$orderby=DateCreated%20desc&$top={top}"


def comments(request: Request) -> Question:
    """Ask for the comments of a live sale, the newest first."""
    query = f"{_of_post(request)}&limit={_number(request, 'limit', 50)}&order=reverse_chronological"
    after = request.query_params.get("after", "")
    if after and not CURSOR.fullmatch(after):
        raise InvalidCall("after is not valid.")
    return "/api/facebook-graph/comment", query + (f"&after={quote(after, safe='')}" if after else "")


def comment_stream(request: Request) -> Question:
    """Ask to be told of comments as they come."""
    return "/api/facebook-graph/comment/stream", _of_post(request)


def comment_orders(request: Request) -> Question:
    """Ask which comments became orders."""
    post = request.query_params.get("postId", "")
    if not ID.fullmatch(post):
        raise InvalidCall("postId is missing, or not valid.")
    return "/odata/SaleOnline_Facebook_Post/ODataService.GetCommentOrders", f"$expand=orders&PostId={post}"


def live_videos(request: Request) -> Question:
    """Ask for a page's videos."""
    page = _id(request, "pageid")
    kind = request.query_params.get("facebook_Type", "page")
    if not ID.fullmatch(kind):
        raise InvalidCall("facebook_Type is not valid.")
    return "/api/facebook-graph/livevideo", f"pageid={page}&limit={_number(request, 'limit', 10)}&facebook_Type={kind}"


@extend_schema(exclude=True)  # What is answered is TPOS's.
class AskTpos(ForwardToTpos):
    """One question to TPOS, put together from a few fields; TPOS's answer comes back as it is."""

    upstream: Upstream = replace(TPOS, methods=READS)
    question: Callable[[Request], Question] = staticmethod(crm_teams)

    def get(self, request: Request, rest: str = "") -> HttpResponseBase:
        """Ask TPOS."""
        return passed_on(self.answer_of(request))

    def answer_of(self, request: Request) -> Answer:
        """Return TPOS's answer."""
        target, query = self.question(request)
        return self.ask(request, Going(self.upstream, target, query, headers_out(self.upstream, lowered(request))))


@extend_schema(exclude=True)
class StreamComments(AskTpos):
    """Comments as they come. The caller's TPOS token may stand in the query: an EventSource sends no headers."""

    upstream: Upstream = TPOS_STREAM
    question = staticmethod(comment_stream)

    def ask(self, request: Request, going: Going) -> Answer:
        """Call with the token of the query, if there is one; it goes on in a header."""
        token = request.query_params.get("token", "")
        if token and not bearer_of(request):
            if not TOKEN.fullmatch(token):
                raise InvalidCall("token is not valid.")
            request.META["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return super().ask(request, going)


@extend_schema(exclude=True)
class LiveVideos(AskTpos):
    """A page's videos, within `{success, status, data}`."""

    question = staticmethod(live_videos)

    def get(self, request: Request, rest: str = "") -> HttpResponseBase:
        """Return them."""
        answer = self.answer_of(request)
        try:
            data: Any = json.loads(answer.read())
        except (ValueError, RecursionError):
            raise UpstreamUnsuitable(TPOS.name, "TPOS answers what nobody can read.") from None
        return Response({"success": answer.status < 400, "status": answer.status, "data": data})


class FacebookHealth(APIView):
    """Whether these addresses are served; nobody is asked."""

    authentication_classes = [TokenBeside, UnreadSession]
    permission_classes = [IsStaffMember]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Tell it as the old server did."""
        return Response({
            "status": "OK", "service": "N2Store live sale", "endpoints": [f"/facebook/{name}" for name in ENDPOINTS],
            "timestamp": timezone.now().isoformat(),
        })  # fmt: skip


def _of_post(request: Request) -> str:
    return f"pageid={_id(request, 'pageid')}&postId={_id(request, 'postId')}&facebook_type=Page"


def _id(request: Request, name: str) -> str:
    value: str = request.query_params.get(name, "")
    if not ID.fullmatch(value):
        raise InvalidCall(f"{name} is missing, or not valid.")
    return value


def _number(request: Request, name: str, usual: int) -> int:
    text = request.query_params.get(name, "")
    return min(max(int(text), 1), ROWS_MAX) if text.isdecimal() and len(text) < 10 and int(text) else usual
