"""`POST /api/facebook-send`: a message to a customer, as the old pages send it; once for each `Idempotency-Key`."""

import re
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from proxy.api.doors import GatewayView
from proxy.api.sent_once import sent_once
from proxy.authority import Right
from proxy.errors import InvalidCall
from proxy.facebook import pages
from proxy.facebook.graph import FacebookRefused
from proxy.facebook.sending import Message, send
from proxy.jsons import sound

ID = re.compile(r"[\w-]{1,128}", re.ASCII)
TOKEN = re.compile(r"[\x21-\x7e]{1,4000}")
TEXT_LENGTH_MAX = 8_000
IMAGES_MAX = 30
URL_LENGTH_MAX = 4_000


class FacebookSend(GatewayView):
    """Pictures and text to one customer. A page's token may come along; by default the shop's own is used."""

    acts_with_own_token = True
    needs = Right.SEND
    door = "send"

    @extend_schema(request=OpenApiTypes.OBJECT, responses={200: OpenApiTypes.OBJECT, 422: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """Send, and tell what Facebook took. `automatic`: no person wrote it, so that it goes within 24 hours only."""
        given = sound(request.data)
        message = _message(given, by_person=request.user is not None and given.get("automatic") is not True)
        token = given.get("pageToken") or request.META.get("HTTP_X_PAGE_ACCESS_TOKEN")
        if (token is None or token == "") and request.user is None:
            raise NotAuthenticated
        if token and (not isinstance(token, str) or not TOKEN.fullmatch(token)):
            raise InvalidCall("pageToken is not valid.")
        said = {name: value for name, value in given.items() if name != "pageToken"}
        return sent_once(request, said, lambda: _sent(message, token or pages.token_of(message.page_id)))


def _sent(message: Message, token: str) -> dict[str, Any]:
    try:
        sent = send(message, token, now=timezone.now())
    except FacebookRefused as refused:
        refused.status = refused.http_status  # type: ignore[misc]  # what Graph answered, as ever
        raise
    ids = sent.message_ids
    return {
        "success": True, "recipient_id": sent.recipient_id, "message_id": ids[-1] if ids else None,
        "message_ids": ids, "used_tag": sent.tag,
    }  # fmt: skip


def _message(given: dict[str, Any], *, by_person: bool) -> Message:
    """Read the fields of the old pages.

    Raises:
        InvalidCall: one is missing or of another kind.
    """
    page_id, psid, recipient = given.get("pageId"), given.get("psid"), given.get("recipient")
    if not page_id or not (psid or recipient):
        refused = InvalidCall("Missing required fields")
        refused.beside = {"required": ["pageId", "psid"]}
        raise refused
    if recipient is None:
        recipient = {"id": psid}
    if not isinstance(page_id, str) or not ID.fullmatch(page_id) or not _is_recipient(recipient):
        raise InvalidCall("pageId, psid and recipient are ids.")
    said, images = given.get("message") or "", given.get("imageUrls") or []
    if isinstance(said, str) and len(said) > TEXT_LENGTH_MAX:
        raise InvalidCall("The message is too long.")
    if not isinstance(said, str | dict) or not _are_images(images):
        raise InvalidCall("message is a text, imageUrls a list of https addresses.")
    return Message(
        page_id=page_id,
        recipient=recipient,
        text=said if isinstance(said, str) else "",
        content=said if isinstance(said, dict) else None,
        image_urls=tuple(images),
        may_be_late=bool(given.get("useTag")),
        by_person=by_person,
    )


def _is_recipient(recipient: Any) -> bool:
    return (
        isinstance(recipient, dict)
        and len(recipient) == 1
        and next(iter(recipient)) in {"id", "comment_id", "post_id"}
        and all(isinstance(id, str) and ID.fullmatch(id) for id in recipient.values())
    )


def _are_images(images: Any) -> bool:
    return (
        isinstance(images, list)
        and len(images) <= IMAGES_MAX
        and all(isinstance(url, str) and url.startswith("https://") and len(url) <= URL_LENGTH_MAX for url in images)
    )
