"""`/api/realtime/{start,stop,status}` and the same below `tpos/`: the neighbours' sockets, as the old pages ask."""

import re
from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.errors import DomainError
from n2store.roles import IsStaffMember, caller_of
from n2store.wire import instant
from realtime.api.given import BODY, OBJECT
from realtime.frames import Provider
from realtime.upstream import commands, reading
from realtime.upstream.commands import Asked
from realtime.upstream.reading import Standing

ROOM = "tomato.tpos.vn"
PAGES_MAX = 200
ID = re.compile(r"[A-Za-z0-9_.-]{1,50}")
USER_ID = re.compile(r"[A-Za-z0-9_.-]{1,100}")
ROOM_NAME = re.compile(r"[A-Za-z0-9.-]{1,100}")
TOKEN = re.compile(r"[\x21-\x7e]{1,8000}")
COOKIE = re.compile(r"[\x20-\x7e]{0,16000}")


class MissingValues(DomainError):
    """A start lacks what it needs."""

    code = "MISSING_PARAMETERS"


class PancakeStart(APIView):
    """Pages call it on every load."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_realtime_start", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> Response:
        """Have Pancake's socket held with these values. Does not wait for the connection: see the status."""
        body = _body(request)
        token, user_id, pages = body.get("token"), body.get("userId"), body.get("pageIds")
        if not token or not user_id or pages in (None, "", 0, False):
            raise MissingValues("Missing parameters: token, userId, pageIds required")
        asked = Asked(
            provider=Provider.PANCAKE,
            owner=_matching("userId", user_id, USER_ID),
            token=_matching("token", token, TOKEN),
            page_ids=_pages(pages),
            cookie=_matching("cookie", body.get("cookie") or "", COOKIE),
        )
        commands.start(asked, caller=caller_of(request.user))
        return _done(_("Pancake's connection is being held."))


class TposStart(APIView):
    """The same for TPOS."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_realtime_tpos_start", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> Response:
        """Have TPOS's socket held with this token."""
        body = _body(request)
        if not body.get("token"):
            raise MissingValues("Missing token")
        asked = Asked(
            provider=Provider.TPOS,
            owner=_matching("room", body.get("room") or ROOM, ROOM_NAME),
            token=_matching("token", body["token"], TOKEN),
        )
        commands.start(asked, caller=caller_of(request.user))
        return _done(_("TPOS's connection is being held."))


class PancakeStop(APIView):
    """Until somebody starts it again."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_realtime_stop", request=None, responses=OBJECT)
    def post(self, request: Request) -> Response:
        """Have Pancake's sockets closed."""
        commands.stop(Provider.PANCAKE, caller=caller_of(request.user))
        return _done(_("Pancake's connection is closed."))


class TposStop(APIView):
    """The same for TPOS."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_realtime_tpos_stop", request=None, responses=OBJECT)
    def post(self, request: Request) -> Response:
        """Have TPOS's sockets closed."""
        commands.stop(Provider.TPOS, caller=caller_of(request.user))
        return _done(_("TPOS's connection is closed."))


class PancakeStatus(APIView):
    """The old keys are about one account; `accounts` names all."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_realtime_status", responses=OBJECT)
    def get(self, request: Request) -> Response:
        """Return whether messages can arrive, and how each channel and page stands."""
        return Response(pancake_status())


class TposStatus(APIView):
    """The same for TPOS."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_realtime_tpos_status", responses=OBJECT)
    def get(self, request: Request) -> Response:
        """Return whether events can arrive."""
        return Response(tpos_status())


def pancake_status() -> dict[str, Any]:
    """Return the status of Pancake's sockets, as it goes over the wire."""
    standings = reading.standings(Provider.PANCAKE)
    one = reading.chosen(standings)
    return {
        "connected": one is not None and one.connected,
        "userId": one.account.owner if one else None,
        "pageCount": len(one.account.page_ids) if one else 0,
        **_common(one),
        "accounts": [_account(each) for each in standings],
    }


def tpos_status() -> dict[str, Any]:
    """Return the status of TPOS's sockets, as it goes over the wire."""
    standings = reading.standings(Provider.TPOS)
    one = reading.chosen(standings)
    detail = one.detail if one else {}
    return {
        "connected": one is not None and one.connected,
        "room": one.account.owner if one else ROOM,
        **_common(one),
        "pingInterval": detail.get("ping_interval_ms"),
        "pingTimeout": detail.get("ping_timeout_ms"),
        "lastPingTime": detail.get("last_ping_at"),
        "accounts": [_account(each) for each in standings],
    }


def _common(one: Standing | None) -> dict[str, Any]:
    return {
        "hasToken": one is not None and one.account.wanted,
        "reconnectAttempts": one.seen.attempts if one and one.seen else 0,
        "state": str(one.phase) if one else "off",
        "error": one.error if one else "",
    }


def _account(one: Standing) -> dict[str, Any]:
    """Return one account; a token is never among it."""
    seen, detail = one.seen, one.detail
    pages = detail.get("pages", {})
    return {
        "id": one.account.pk,
        "owner": one.account.owner,
        "connected": one.connected,
        "state": str(one.phase),
        "error": one.error,
        "reconnectAttempts": seen.attempts if seen else 0,
        "connectedAt": instant(seen.connected_at) if seen else None,
        "lastFrameAt": instant(seen.last_frame_at) if seen else None,
        "nextTryAt": instant(seen.next_try_at) if seen else None,
        "tokenEndsAt": instant(one.account.token_until),
        "userChannel": detail.get("user_channel"),
        "pagesChannel": detail.get("pages_channel"),
        "pages": [
            {"id": id, "state": pages.get(id, {}).get("state", "off"), "reason": pages.get(id, {}).get("reason", "")}
            for id in one.account.page_ids
        ],
    }


def _body(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request; none at all is an empty one.

    Raises:
        ValidationError: it is no object.
    """
    if not isinstance(request.data, dict):
        raise ValidationError("The body must be a JSON object")
    return dict(request.data)


def _pages(given: object) -> tuple[str, ...]:
    """Return the pages, each once.

    Raises:
        ValidationError: it is no list of ids.
    """
    if not isinstance(given, list):
        raise ValidationError({"pageIds": "must be a list of page ids"})
    if len(given) > PAGES_MAX:
        raise ValidationError({"pageIds": f"holds {PAGES_MAX} pages at most"})
    return tuple(dict.fromkeys(_matching("pageIds", one, ID) for one in given))


def _matching(name: str, given: object, form: re.Pattern[str]) -> str:
    """Return a text, or a number's digits, of the form that the value has.

    Raises:
        ValidationError: it is of another form.
    """
    text = str(given) if type(given) is int else given
    if not isinstance(text, str) or not form.fullmatch(text):
        raise ValidationError({name: "is not valid"})
    return text


def _done(message: str) -> Response:
    return Response({"success": True, "message": message})


urlpatterns = [
    path("start", PancakeStart.as_view()),
    path("stop", PancakeStop.as_view()),
    path("status", PancakeStatus.as_view()),
    path("tpos/start", TposStart.as_view()),
    path("tpos/stop", TposStop.as_view()),
    path("tpos/status", TposStatus.as_view()),
]
