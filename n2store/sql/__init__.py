"""Database functions. A migration installs each file with `sql_file`; the functions live beside the app they serve."""

from pathlib import Path

from django.db import migrations


def sql_file(folder: Path, name: str, *, drop: str) -> migrations.RunSQL:
    """Return the operation that runs `folder/name`, and `drop` when the migration is taken back.

    A file holds the newest text of its function, and each migration that changed the function runs it: see ADR 2.
    """
    return migrations.RunSQL((folder / name).read_text(encoding="utf-8"), drop)
