"""Pages of our own, drawn as one of the admin's; apart from the screens, for template tags reach the consoles early."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


def drawn(
    request: HttpRequest, template: str, context: dict[str, Any], *, title: Any, of: type[Model], status: int = 200
) -> HttpResponse:
    """Return a page of our own, drawn as one of the admin's pages `of` a model."""
    request.current_app = admin.site.name
    common = admin.site.each_context(request) | {
        "waits": getattr(request, "waits", {}),  # Counted for the sidebar just now.
        "title": title,
        "opts": of._meta,  # noqa: SLF001 -- Django's own documented name
    }
    return TemplateResponse(request, f"admin/{template}", common | context, status=status)
