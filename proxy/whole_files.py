"""Files on this machine that are there whole or not at all, whenever the machine stops."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage

BEGUN = ".begun-"
"""How the names of unfinished files begin. One that a crash left behind may be deleted."""


class WholeFiles(FileSystemStorage):
    """Django's folder, but a file is written beside its place, brought to the disk, and only then gets its name."""

    def _save(self, name: str, content: "File[Any]") -> str:
        """Write a file and return its name, which is another where this one was taken meanwhile."""
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, begun = tempfile.mkstemp(prefix=BEGUN, dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            Path(begun).chmod(self.file_permissions_mode or 0o644)
            placed = self._placed(begun, name)
        finally:
            Path(begun).unlink(missing_ok=True)
        _sync_folder(path.parent)
        return placed

    def _placed(self, begun: str, name: str) -> str:
        """Give the file its name, or another where somebody took it meanwhile; return which."""
        while True:
            try:
                os.link(begun, self.path(name))
            except FileExistsError:
                name = self.get_available_name(name)
            else:
                return str(name).replace("\\", "/")


def _sync_folder(folder: Path) -> None:
    """Bring the name to the disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
