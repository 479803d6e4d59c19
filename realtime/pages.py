"""What the shop's pages are called: as Pancake says, else as TPOS does; the id only where neither has told."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from n2store.wire import stored
from proxy.models import PageToken
from realtime.models import PageName
from realtime.models.chat import ID_LENGTH_MAX
from realtime.models.pages import NAME_LENGTH_MAX


def keep_names(rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep the names of pages as Pancake lists them: `id`, `name`. What has not changed is not written."""
    told = {str(row.get("id")): stored(str(row["name"])[:NAME_LENGTH_MAX]) for row in rows if row.get("name")}
    told = {id: name for id, name in told.items() if 0 < len(id) <= ID_LENGTH_MAX and name.strip()}
    known = dict(PageName.objects.filter(pk__in=told).values_list("page_id", "name"))
    now = timezone.now()
    fresh = [PageName(page_id=id, name=name, told_at=now) for id, name in told.items() if known.get(id) != name]
    if fresh:
        PageName.objects.bulk_create(
            fresh, update_conflicts=True, unique_fields=["page_id"], update_fields=["name", "told_at"]
        )


def names() -> dict[str, str]:
    """Return the names that are known, by page. One query; a shop has a few pages."""
    said = PageToken.objects.exclude(name="").values_list("page_id", "name")
    rows = said.union(PageName.objects.values_list("page_id", "name"), all=True)
    return dict(rows)
