"""The addresses of this console, below `/admin/banking/banktransfer/`; each is `admin:banking_banktransfer_<name>`."""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from banking.console import adjusting, closing, giving, queue, review, settling, undoing, unlinked

View = Callable[..., HttpResponseBase]

PAGES: list[tuple[str, View, str]] = [
    ("queue/", queue.queue_view, "queue"),
    ("queue/<int:transfer_id>/", queue.focus_view, "focus"),
    ("queue/<int:transfer_id>/meanwhile/", queue.meanwhile_view, "meanwhile"),
    ("review/", review.review_view, "review"),
    ("review/decided/", review.decided_view, "decided"),
    ("review/approve/", review.bulk_view, "bulk"),
    ("review/switch/", review.switch_view, "switch"),
    ("undo/", undoing.undos_view, "undos"),
    ("undo/<int:undo_id>/", undoing.confirm_view, "undo_confirm"),
    ("closing/", closing.closing_view, "closing"),
    ("closing.<str:format>", closing.closing_file, "closing_file"),
    ("for/<int:customer_id>/", unlinked.unlinked_view, "unlinked"),
    ("for/<int:customer_id>/<int:transfer_id>/", unlinked.take_view, "take"),
    ("<int:transfer_id>/choose/", settling.choose, "choose"),
    ("<int:transfer_id>/topup/", settling.topup, "topup"),
    ("<int:transfer_id>/skip/", settling.skip, "skip"),
    ("<int:transfer_id>/unskip/", settling.unskip, "unskip"),
    ("<int:transfer_id>/approve/", settling.approve, "approve"),
    ("<int:transfer_id>/reject/", settling.reject, "reject"),
    ("<int:transfer_id>/reopen/", settling.reopen, "reopen"),
    ("<int:transfer_id>/unlink/", settling.unlink, "unlink"),
    ("<int:transfer_id>/hide/", settling.hide, "hide"),
    ("<int:transfer_id>/name/", settling.name, "name"),
    ("<int:transfer_id>/link/", giving.link_view, "link"),
    ("<int:transfer_id>/undo/", undoing.undo_view, "undo"),
    ("<int:transfer_id>/adjust/", adjusting.adjust_view, "adjust"),
]


def patterns(guarded: Callable[[Any], Any]) -> list[URLPattern]:
    """Return the pages, each behind the admin's login."""
    return [path(address, guarded(view), name=f"banking_banktransfer_{name}") for address, view, name in PAGES]
