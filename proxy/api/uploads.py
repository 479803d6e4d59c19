"""`/api/upload/image`: pictures of the shop's pages, kept by us, and shown at `/media/…`."""

import base64
import binascii
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.roles import IsStaffMember, Role, caller_of
from proxy import uploads
from proxy.api.doors import GatewayView, TokenBeside, UnreadSession
from proxy.authority import Right
from proxy.bodies import body_of
from proxy.errors import BodyTooLarge, InvalidCall
from proxy.jsons import object_in, sound
from proxy.passing import as_picture
from proxy.upstreams import MEGABYTE

BODY_BYTES_MAX = 21 * MEGABYTE
"""As large as a picture of the largest size is in base64, and a little more."""
NAME = re.compile(rf"{uploads.FOLDER}/[0-9a-f]{{2}}/[0-9a-f]{{64}}\.(?P<ending>jpg|png)")
DATA_URI = re.compile(r"data:[\w./+-]*;base64,", re.ASCII)
FOR_EVER = "public, max-age=31536000, immutable"


class UploadImage(GatewayView):
    """Give a picture to keep, or take it back."""

    needs = Right.UPLOAD
    door = "upload"
    parser_classes = [MultiPartParser]

    @extend_schema(request=OpenApiTypes.OBJECT, responses={200: OpenApiTypes.OBJECT, 400: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """Keep the picture of `image` (base64, with or without `data:…;base64,`), or of the file `file`."""
        content, given_name, folder = _form(request) if _is_form(request) else _json(request)
        by = caller_of(request.user).name
        kept = uploads.keep(content, by=by, at=timezone.now(), given_name=given_name, folder=folder)
        return Response({
            "success": True, "url": request.build_absolute_uri(f"/media/{kept.name}"), "fileName": given_name,
            "folderPath": folder, "width": kept.width, "height": kept.height, "bytes": kept.bytes,
        })  # fmt: skip

    @extend_schema(request=OpenApiTypes.OBJECT, responses={200: OpenApiTypes.OBJECT, 404: OpenApiTypes.OBJECT})
    def delete(self, request: Request) -> Response:
        """Forget a picture that the caller gave; an owner may take back anybody's."""
        url = object_in(body_of(request, bytes_max=MEGABYTE).all()).get("url")
        if not isinstance(url, str) or not url:
            raise InvalidCall("Missing image URL")
        name = _name_in(url[:2_000])
        caller = caller_of(request.user)
        uploads.remove(name, by=caller.name, any_persons=Role.OWNER in caller.roles)
        return Response({"success": True, "message": "Image deleted"})


class UploadHealth(APIView):
    """What can be uploaded."""

    authentication_classes = [TokenBeside, UnreadSession]
    permission_classes = [IsStaffMember]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Tell formats and limits."""
        return Response({
            "status": "ok", "service": "N2Store uploads", "features": ["upload", "delete"],
            "supportedFormats": [f"image/{name.lower()}" for name in uploads.FORMATS],
            "limits": {"bytes": uploads.IMAGE_BYTES_MAX, "pixels": uploads.PIXELS_MAX},
        })  # fmt: skip


@extend_schema(exclude=True)
class Kept(APIView):
    """A kept picture. Its name holds the digest of its content, which nobody guesses: whoever has it may see it."""

    authentication_classes = []
    permission_classes = []

    def get(self, request: Request, name: str) -> HttpResponseBase:
        """Return the picture, to be kept for ever."""
        known = NAME.fullmatch(name)
        if known is None:
            raise Http404
        try:
            picture = default_storage.open(name)
        except FileNotFoundError:
            raise Http404 from None
        response = FileResponse(picture, content_type=uploads.KINDS[known["ending"]])
        return as_picture(response, FOR_EVER)


def _name_in(url: str) -> str:
    """Return the name of the kept picture that an address shows.

    Raises:
        ImageNotFound: it shows none.
    """
    try:
        name = unquote(urlsplit(url).path).removeprefix("/media/")
    except ValueError:  # Brackets that are no address.
        name = ""
    if not NAME.fullmatch(name):
        raise uploads.ImageNotFound("There is no such picture, or it is not yours.")
    return name


def _is_form(request: Request) -> bool:
    return (request.content_type or "").startswith("multipart/form-data")


def _form(request: Request) -> tuple[bytes, str, str]:
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES_MAX:
        raise BodyTooLarge("The picture is larger than 15 MB.")
    file = request.FILES.get("file") or request.FILES.get("image")
    if not isinstance(file, UploadedFile):
        raise InvalidCall("Missing required fields: image, fileName")
    folder = sound({"folderPath": request.POST.get("folderPath") or uploads.FOLDER})["folderPath"]
    return file.read(), str(file.name or ""), folder


def _json(request: Request) -> tuple[bytes, str, str]:
    given: dict[str, Any] = object_in(body_of(request, bytes_max=BODY_BYTES_MAX).all())
    image, name, folder = given.get("image"), given.get("fileName"), given.get("folderPath") or uploads.FOLDER
    if not isinstance(image, str) or not image or not isinstance(name, str) or not name:
        raise InvalidCall("Missing required fields: image, fileName")
    prefix = DATA_URI.match(image)
    try:
        content = base64.b64decode(image[prefix.end() if prefix else 0 :], validate=True)
    except (binascii.Error, ValueError):
        raise uploads.InvalidImage("The picture is not base64.") from None
    return content, name, str(folder)
