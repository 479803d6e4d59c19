"""Storing frames, and having them understood, in one transaction.

Note [A frame that cannot be understood]
----------------------------------------
A batch is understood in one savepoint. If that fails, it is taken back and done again frame by frame, each in a
savepoint of its own: the one that fails is kept with its error, the others lose nothing. What fails because the
database is away, or because of a deadlock, is no fault of a frame: it comes out, and the whole batch is tried again.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction

from n2store.batches import delete_in_batches
from n2store.wire import stored
from realtime.frames import KeptFrame
from realtime.models import Frame
from realtime.upstream.heard import REPEAT_WINDOW_S, Care, Heard, as_text, keys_of
from realtime.upstream.understanding import understand_all

logger = logging.getLogger(__name__)

ERROR_MAX_CHARS = 500
PRUNE = """
    DELETE FROM realtime_frame WHERE id IN (
        SELECT id FROM realtime_frame WHERE received_at < %s ORDER BY received_at LIMIT %s)
"""
PASSING_SQLSTATES = ("08", "40", "53", "57P")
"""The database is away or busy, or chose us as a deadlock's victim: the same later may well succeed."""

# The payloads go in binary: as text each of their many quotes would be escaped in Python.
STORE = f"""
    WITH counted AS (
        INSERT INTO realtime_framekind AS kept (provider, event, known, count, first_at, last_at)
        SELECT * FROM unnest(
            %(kind_provider)s::text[], %(kind_event)s::text[], %(kind_known)s::bool[], %(kind_count)s::bigint[],
            %(kind_at)s::timestamptz[], %(kind_at)s::timestamptz[])
        ON CONFLICT (provider, event) DO UPDATE
        SET count = kept.count + excluded.count, last_at = greatest(kept.last_at, excluded.last_at)
    )
    INSERT INTO realtime_frame (provider, account_id, topic, event, page_id, payload, key, error, received_at)
    SELECT f.provider, (SELECT a.id FROM realtime_account a WHERE a.id = f.account), f.topic, f.event, f.page,
        f.payload, f.key, f.error, f.at
    FROM unnest(
        %(provider)s::text[], %(account)s::bigint[], %(topic)s::text[], %(event)s::text[], %(page)s::text[],
        %(payload)b::text[], %(key)s::text[], %(before)s::text[], %(error)s::text[], %(at)s::timestamptz[]
    ) WITH ORDINALITY AS f(provider, account, topic, event, page, payload, key, before, error, at, place)
    WHERE f.before IS NULL OR NOT EXISTS (
        SELECT FROM realtime_frame k
        WHERE k.key = f.before AND k.received_at > f.at - interval '{REPEAT_WINDOW_S} seconds')
    ORDER BY f.place
    ON CONFLICT (key) DO NOTHING
    RETURNING id, key
"""  # noqa: S608 -- a constant of ours


@dataclass(frozen=True, slots=True)
class _Row:
    heard: Heard
    key: str
    before: str | None
    payload: str
    error: str = ""


def keep(heard: Sequence[Heard]) -> list[KeptFrame]:
    """Store each frame once, have the new ones understood, and return those, in their order. One transaction.

    A repeat of a frame is counted and nothing else. `kept` of each frame is called once all of it is committed.

    Raises:
        DatabaseError: the database is away, or the like; nothing was stored, and the same may be tried again.
    """
    rows = _rows(heard)
    with transaction.atomic():
        ids = _store(heard, rows)
        frames = [_frame(ids[row.key], row.heard) for row in rows if row.key in ids]
        meant = {row.key for row in rows if row.heard.care is Care.UNDERSTAND}
        by_key = {row.key: frame for row, frame in zip((r for r in rows if r.key in ids), frames, strict=True)}
        _understand([frame for key, frame in by_key.items() if key in meant])
    for one in heard:
        if one.kept is not None:
            one.kept()
    return frames


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one frame that had not been understood."""

    frame_id: int
    event: str
    error: str
    """Empty when it is understood now."""


def replay(*, since: datetime, preview: bool = False, batch: int = 200) -> Iterator[Replayed]:
    """Try again, oldest first, what was received since then and could not be understood; `preview` takes it back."""
    after = 0
    while True:
        failed = Frame.objects.exclude(error="").exclude(key__startswith="text:").filter(received_at__gte=since)
        ids = list(failed.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:batch])
        if not ids:
            return
        for id in ids:
            if (done := _replay_one(id, preview=preview)) is not None:
                yield done
        after = ids[-1]


def prune(*, before: datetime) -> int:
    """Forget the frames received before a moment, a batch at a time, and return how many."""
    return sum(delete_in_batches(PRUNE, before))


def _replay_one(id: int, *, preview: bool) -> Replayed | None:
    with transaction.atomic():
        row = Frame.objects.select_for_update(skip_locked=True).exclude(error="").filter(pk=id).first()
        if row is None:
            return None  # Somebody else has it, or has understood it.
        frame = KeptFrame(
            id=row.pk, provider=row.provider, account_id=row.account_id, topic=row.topic, event=row.event,
            payload=json.loads(row.payload), received_at=row.received_at,
        )  # fmt: skip
        error = _try(frame)
        if preview:
            transaction.set_rollback(True)
        else:
            Frame.objects.filter(pk=id).update(error=error)
        return Replayed(id, row.event, error)


def _rows(heard: Sequence[Heard]) -> list[_Row]:
    """Return what is to be stored; of a frame that comes twice in one batch the first."""
    rows: dict[str, _Row] = {}
    for one in heard:
        if one.care is Care.COUNT:
            continue
        key, before = keys_of(one)
        if key in rows or before in rows:
            continue
        if one.care is Care.KEEP:
            key, error = f"text:{key}", "nobody can read this"
        else:
            error = ""
        rows[key] = _Row(one, key, before, as_text(one.payload), error)
    return list(rows.values())


def _store(heard: Sequence[Heard], rows: list[_Row]) -> dict[str, int]:
    """Write the rows, count all, and return the ids of the rows that are new, by key."""
    kinds = Counter((str(one.provider), stored(one.event[:100]), one.known) for one in heard)
    latest = max(one.received_at for one in heard)
    counted = {(provider, event): (known, 0) for provider, event, known in kinds}
    for (provider, event, known), count in kinds.items():
        counted[provider, event] = (known, counted[provider, event][1] + count)
    ordered = sorted(counted.items())
    values: dict[str, list[Any]] = {
        "kind_provider": [provider for (provider, _), _ in ordered],
        "kind_event": [event for (_, event), _ in ordered],
        "kind_known": [known for _, (known, _) in ordered],
        "kind_count": [count for _, (_, count) in ordered],
        "kind_at": [latest for _ in ordered],
        "provider": [str(row.heard.provider) for row in rows],
        "account": [row.heard.account_id for row in rows],
        "topic": [stored(row.heard.topic[:200]) for row in rows],
        "event": [stored(row.heard.event[:100]) for row in rows],
        "page": [stored(row.heard.page_id[:50]) for row in rows],
        "payload": [row.payload for row in rows],
        "key": [row.key for row in rows],
        "before": [row.before for row in rows],
        "error": [row.error for row in rows],
        "at": [row.heard.received_at for row in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE, values)
        return {key: id for id, key in cursor.fetchall()}


def _frame(id: int, one: Heard) -> KeptFrame:
    return KeptFrame(
        id=id, provider=one.provider.value, account_id=one.account_id, topic=one.topic, event=one.event,
        payload=one.payload, received_at=one.received_at,
    )  # fmt: skip


def _understand(frames: list[KeptFrame]) -> None:
    """See Note [A frame that cannot be understood]."""
    if not frames:
        return
    try:
        with transaction.atomic():
            understand_all(frames)
    except Exception as error:
        if is_passing(error):
            raise
    else:
        return
    for frame in frames:
        if error_text := _try(frame):
            Frame.objects.filter(pk=frame.id).update(error=error_text)


def _try(frame: KeptFrame) -> str:
    """Have a frame understood in a savepoint, and return why not, or nothing."""
    try:
        with transaction.atomic():
            understand_all([frame])
    except Exception as error:
        if is_passing(error):
            raise
        logger.exception("Frame %d (%s) is kept, and could not be understood.", frame.id, frame.event)
        return stored(f"{type(error).__name__}: {error}"[:ERROR_MAX_CHARS])
    return ""


def is_passing(error: BaseException) -> bool:
    """Whether the same is worth trying again: the database was away or busy, and no frame is to blame."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    return sqlstate is None or sqlstate.startswith(PASSING_SQLSTATES)
