"""Facebook conversations of the shop's pages, as the old Facebook server showed them, with the shop's own tokens."""

import re
import secrets
from datetime import UTC
from typing import Any, ClassVar

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from proxy.api.doors import GatewayView
from proxy.api.forwarding import bearer_of
from proxy.api.sent_once import sent_once
from proxy.authority import Right
from proxy.errors import BodyTooLarge, InvalidCall
from proxy.facebook import graph, pages, reading, sending
from proxy.facebook.graph import FacebookRefused
from proxy.jsons import sound
from proxy.upstreams import MEGABYTE

ID = re.compile(r"[\w-]{1,128}", re.ASCII)
COMMENT = re.compile(r"\d+_(\d+)")
FILE_BYTES_MAX = 25 * MEGABYTE
TEXT_LENGTH_MAX = 8_000
KINDS = frozenset({"image", "video", "audio"})
DONE = {200: OpenApiTypes.OBJECT, 400: OpenApiTypes.OBJECT, 403: OpenApiTypes.OBJECT}
REASONS: dict[Any, str] = {
    graph.REPLIED_BEFORE: "Bình luận này đã được trả lời riêng một lần, Facebook không cho trả lời riêng nữa.",
    graph.NO_PERMISSION: "Trang không có quyền trả lời riêng bình luận này.",
}
TOO_LATE = "Bình luận đã quá 7 ngày, Facebook không cho trả lời riêng nữa."


class PageView(GatewayView):
    """A door to Facebook with the shop's page tokens: for people of the shop only."""

    sends: ClassVar[bool] = False
    door = "send"

    def right(self, request: Request) -> Right:
        """Return the right to send where customers hear of it."""
        return Right.SEND if self.sends else super().right(request)


class RefreshTokens(PageView):
    """The shop's pages, asked from TPOS now."""

    sends = True

    @extend_schema(request=OpenApiTypes.OBJECT, responses=DONE)
    def post(self, request: Request) -> Response:
        """Ask TPOS, as the caller's bearer if there is one, else as the shop; a failure replaces nothing."""
        bearer = bearer_of(request)
        found = pages.refresh(bearer=bearer[7:].strip() if bearer else None)
        listed = [{"id": page.id, "name": page.name} for page in found]
        return Response({"success": True, "message": f"Loaded {len(found)} page tokens", "pages": listed})


class Pages(PageView):
    """The shop's pages as they are kept."""

    @extend_schema(responses=DONE)
    def get(self, request: Request) -> Response:
        """List them, without their tokens."""
        return Response({"success": True, "data": [{"id": page.id, "name": page.name} for page in pages.known()]})


class Conversations(PageView):
    """The inbox of a page."""

    @extend_schema(responses=DONE)
    def get(self, request: Request, page_id: str) -> Response:
        """Return the newest conversations."""
        token = pages.token_of(_id(page_id))
        fields = "id,participants,updated_time,unread_count,snippet,can_reply"
        answer = graph.ask(f"{page_id}/conversations", token, fields=fields)
        return Response({"success": True, "data": reading.conversations(answer, page_id)})


class FindByPsid(PageView):
    """The conversation with one customer."""

    @extend_schema(parameters=[OpenApiParameter("psid", str, required=True)], responses=DONE)
    def get(self, request: Request, page_id: str) -> Response:
        """Return it; that there is none is said with 200, as ever."""
        psid = request.query_params.get("psid", "")
        if not psid:
            raise InvalidCall("psid required")
        token = pages.token_of(_id(page_id))
        fields = "id,participants,updated_time,snippet"
        answer = graph.ask(f"{page_id}/conversations", token, user_id=_id(psid), fields=fields)
        for row in reading.rows_of(answer):
            customer = reading.other(row, page_id) or {}
            if customer.get("id") == psid:
                found = {
                    "id": row.get("id"), "psid": psid, "customer_name": customer.get("name") or reading.UNKNOWN,
                    "snippet": row.get("snippet") or "", "updated_time": row.get("updated_time"),
                }  # fmt: skip
                return Response({"success": True, "conversation": found})
        hint = "The customer may have written to another page, or long ago."
        return Response({"success": False, "error": "Conversation not found", "hint": hint})


class Messages(PageView):
    """The messages of a conversation, or a comment with its replies."""

    @extend_schema(parameters=[OpenApiParameter("page_id", str, required=True)], responses=DONE)
    def get(self, request: Request, conversation_id: str) -> Response:
        """Return them. An id of two numbers is a comment's: its page's post, and the comment."""
        page_id = request.query_params.get("page_id", "")
        if not page_id:
            raise InvalidCall("page_id required")
        token = pages.token_of(_id(page_id))
        if comment := COMMENT.fullmatch(_id(conversation_id)):
            inner = "id,message,from,created_time,attachment"
            answer = graph.ask(comment[1], token, fields=f"{inner},comments{{{inner}}}")
            rows = reading.comments(answer, conversation_id)
        else:
            fields = "id,message,from,created_time,attachments,sticker"
            answer = graph.ask(f"{conversation_id}/messages", token, fields=fields)
            rows = reading.messages(answer, conversation_id)
        return Response({"success": True, "data": {"messages": rows}})


class Send(PageView):
    """A reply to a customer, or to a comment where everybody reads it."""

    sends = True

    @extend_schema(request=OpenApiTypes.OBJECT, responses=DONE)
    def post(self, request: Request, page_id: str) -> Response:
        """Send `message`, or what was uploaded as `attachment_id`. `automatic`: no person wrote it."""
        given = sound(request.data)
        text, attachment = _text(given, "message"), _text(given, "attachment_id")
        conversation, psid = _text(given, "conversation_id"), _text(given, "recipient_id")
        if not text and not attachment:
            raise InvalidCall("message or attachment_id required")
        _id(page_id)
        kind = (_text(given, "attachment_type") or "image").lower()
        content: dict[str, Any] = {"text": text}
        if attachment:
            content = {"attachment": {"type": kind, "payload": {"attachment_id": attachment}}}

        def send() -> dict[str, Any]:
            token = pages.token_of(page_id)
            if comment := COMMENT.fullmatch(conversation):
                answer = sending.tell(f"{comment[1]}/comments", token, {"message": text})
                return _said(answer.get("id"), text, page_id)
            to = psid or _psid_of(conversation, page_id, token)
            if not to:
                raise InvalidCall("recipient_id required for inbox messages")
            message = sending.Message(
                page_id=page_id, recipient={"id": _id(to)}, content=content, may_be_late=True,
                by_person=given.get("automatic") is not True,
            )  # fmt: skip
            return _said(sending.send(message, token, now=timezone.now()).message_ids[0], text, page_id)

        return sent_once(request, given, send)


class Read(PageView):
    """The customer sees that the shop has read."""

    sends = True

    @extend_schema(request=None, responses=DONE)
    def post(self, request: Request, page_id: str, conversation_id: str) -> Response:
        """Mark a conversation as seen."""
        token = pages.token_of(_id(page_id))
        psid = _psid_of(_id(conversation_id), page_id, token)
        if not psid:
            return Response({"success": True, "message": "The conversation has nobody to tell."})
        answer = graph.tell(f"{page_id}/messages", token, {"recipient": {"id": psid}, "sender_action": "mark_seen"})
        return Response({"success": True, "data": answer})


class PrivateReply(PageView):
    """One message in private to who wrote a comment."""

    sends = True

    @extend_schema(request=OpenApiTypes.OBJECT, responses=DONE)
    def post(self, request: Request, page_id: str, comment_id: str) -> Response:
        """Send it; Facebook allows one for each comment, within 7 days."""
        text = _text(sound(request.data), "message")
        if not text:
            raise InvalidCall("message required")
        _id(page_id)
        path = f"{_id(comment_id)}/private_replies"
        return sent_once(request, {"message": text}, lambda: _replied(path, pages.token_of(page_id), text))


class UploadAttachment(PageView):
    """A file that Facebook keeps for later messages."""

    sends = True
    parser_classes = [MultiPartParser]

    @extend_schema(request={"multipart/form-data": OpenApiTypes.OBJECT}, responses=DONE)
    def post(self, request: Request, page_id: str) -> Response:
        """Pass the file of field `file` on and return what to send it by."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > FILE_BYTES_MAX:
            raise BodyTooLarge("The file is larger than 25 MB.")
        file = request.FILES.get("file")
        if not isinstance(file, UploadedFile):
            raise InvalidCall("No file uploaded")
        token = pages.token_of(_id(page_id))
        major = (file.content_type or "").partition("/")[0]
        kind = major if major in KINDS else "file"
        body, boundary = _form(file, kind)
        answer = graph.upload(
            f"{page_id}/message_attachments", token, body, f"multipart/form-data; boundary={boundary}"
        )
        id = answer.get("attachment_id")
        return Response({"success": True, "id": id, "attachment_id": id, "attachment_type": kind.upper()})


def _form(file: "UploadedFile[bytes]", kind: str) -> tuple[bytes, str]:
    """Return the form that Graph wants, and its boundary. The file's own name does not go out."""
    boundary = f"n2store-{secrets.token_hex(16)}"
    said = f'{{"attachment":{{"type":"{kind}","payload":{{"is_reusable":true}}}}}}'
    media = re.sub(r"[^\w.+/-]", "", file.content_type or "") or "application/octet-stream"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="message"\r\n\r\n{said}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="filedata"; filename="file"\r\n'
        f"Content-Type: {media}\r\n\r\n"
    )
    return head.encode() + file.read() + f"\r\n--{boundary}--\r\n".encode(), boundary


def _said(id: Any, text: str, page_id: str) -> dict[str, Any]:
    data = {"id": id, "message": text, "from": {"id": page_id}, "inserted_at": _now()}
    return {"success": True, "data": data}


def _now() -> str:
    return timezone.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _replied(path: str, token: str, text: str) -> dict[str, Any]:
    try:
        answer = sending.tell(path, token, {"message": text})
    except FacebookRefused as refused:
        reason = REASONS.get(refused.number) or (TOO_LATE if "7 days" in str(refused) else str(refused))
        refused.args, refused.beside = (reason,), refused.beside | {"facebook_error": refused.said}
        raise
    return {
        "success": True, "message_id": answer.get("message_id") or answer.get("id"), "message": text,
        "recipient_id": answer.get("recipient_id"), "info": "Private reply sent",
    }  # fmt: skip


def _psid_of(conversation_id: str, page_id: str, token: str) -> str:
    """Return who is on the other side of a conversation, or nothing."""
    if not conversation_id:
        return ""
    answer = graph.ask(_id(conversation_id), token, fields="participants")
    return str((reading.other(answer, page_id) or {}).get("id") or "")


def _id(text: str) -> str:
    """Return an id that is one: digits, letters, `_` and `-`."""
    if not ID.fullmatch(text):
        raise InvalidCall("An id is digits, letters, _ and -.")
    return text


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > TEXT_LENGTH_MAX:
        raise InvalidCall(f"{name} is a text of at most {TEXT_LENGTH_MAX} characters.")
    return value.strip()
