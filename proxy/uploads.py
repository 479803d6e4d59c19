"""Pictures that people give us to keep: decoded, drawn anew without what cameras write beside, named by their content.

What is kept is never what came: a file that is a picture and something else at once does not survive being drawn anew.
Equal pictures are one file. `keep` is for any room that takes pictures.
"""

import hashlib
import io
import struct
import warnings
from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import ExifTags, Image, UnidentifiedImageError
from PIL.Image import Transpose

from n2store.errors import DomainError, NotFound
from proxy.models import Upload
from proxy.upstreams import MEGABYTE

IMAGE_BYTES_MAX = 15 * MEGABYTE
PIXELS_MAX = 40_000_000
SIDE_MAX = 4_096
"""Pixels; larger pictures are made smaller."""
QUALITY = 88
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
KINDS = {"jpg": "image/jpeg", "png": "image/png"}
FOLDER = "uploads"
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
}  # fmt: skip
"""How a picture is turned upright, by what the camera wrote (EXIF's orientation)."""


class InvalidImage(DomainError):
    """No picture, too large, or broken."""

    status, code = 400, "INVALID_IMAGE"


class ImageNotFound(NotFound):
    """There is no such picture, or it is another person's."""

    code = "IMAGE_NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture drawn anew: its content, the ending of its name, and its size in pixels."""

    content: bytes
    ending: str
    width: int
    height: int

    @property
    def name(self) -> str:
        """Folder and digest of the content: the same picture, the same name."""
        digest = hashlib.sha256(self.content).hexdigest()
        return f"{FOLDER}/{digest[:2]}/{digest}.{self.ending}"


def keep(content: bytes, *, by: str, at: datetime, given_name: str = "", folder: str = "") -> Upload:
    """Keep a picture, once for each person that gives it, and return what is kept.

    Raises:
        InvalidImage: it is none that we keep.
    """
    drawn = draw(content)
    name = drawn.name
    if not default_storage.exists(name):
        stored = default_storage.save(name, ContentFile(drawn.content))
        if stored != name:  # Somebody gave the same at the same moment, and theirs was first.
            default_storage.delete(stored)
    kept, _new = Upload.objects.get_or_create(
        name=name,
        by=by,
        defaults={
            "at": at, "bytes": len(drawn.content), "width": drawn.width, "height": drawn.height,
            "given_name": given_name[:255], "folder": folder[:255],
        },
    )  # fmt: skip
    return kept


def remove(name: str, *, by: str, any_persons: bool = False) -> None:
    """Forget a picture; its file goes with the last person who gave it. `any_persons`: also what others gave.

    Raises:
        ImageNotFound: there is none, or it is another person's.
    """
    with transaction.atomic():
        rows = list(Upload.objects.select_for_update().filter(name=name).order_by("pk"))
        gone = [row.pk for row in rows if any_persons or row.by == by]
        if not gone:
            raise ImageNotFound("There is no such picture, or it is not yours.")
        Upload.objects.filter(pk__in=gone).delete()
        if len(gone) == len(rows):
            transaction.on_commit(lambda: default_storage.delete(name))


def draw(content: bytes) -> Drawn:
    """Return the picture drawn anew: upright, no larger than `SIDE_MAX`, JPEG, or PNG where it is seen through.

    Of a moving picture the first frame is kept.

    Raises:
        InvalidImage: it is none that we keep.
    """
    if len(content) > IMAGE_BYTES_MAX:
        raise InvalidImage("The picture is larger than 15 MB.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(content), formats=FORMATS)
            if opened.width * opened.height > PIXELS_MAX:
                raise InvalidImage("The picture has more than 40 million pixels.")
            opened.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidImage("This is no picture that can be read.") from error
    except (Image.DecompressionBombWarning, EOFError, MemoryError) as error:
        raise InvalidImage("This is no picture that can be read.") from error
    picture = _upright(opened)
    picture.thumbnail((SIDE_MAX, SIDE_MAX))
    seen_through = picture.has_transparency_data
    bare = _in_bytes(picture).convert("RGBA" if seen_through else "RGB")
    written = io.BytesIO()
    if seen_through:
        Image.frombytes(bare.mode, bare.size, bare.tobytes()).save(written, "PNG", optimize=True)
    else:
        Image.frombytes(bare.mode, bare.size, bare.tobytes()).save(written, "JPEG", quality=QUALITY, optimize=True)
    return Drawn(written.getvalue(), "png" if seen_through else "jpg", bare.width, bare.height)


def _upright(picture: Image.Image) -> Image.Image:
    """Return the picture as its camera was held; where that is not written so that it can be read, as it is."""
    try:
        turn = TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except (struct.error, OSError, ValueError, TypeError, SyntaxError, LookupError):
        turn = None
    return picture if turn is None else picture.transpose(turn)


def _in_bytes(picture: Image.Image) -> Image.Image:
    """Return the picture with eight bits for each value: of sixteen, conversion to RGB would keep the darkest alone."""
    return picture.point(lambda value: value / 256).convert("L") if picture.mode.startswith("I") else picture
