"""Addresses of the live events below `/api/`. The streams themselves are answered by the push process."""

from django.urls import include, path

urlpatterns = [
    path("realtime/", include("realtime.api.inbox")),
    path("realtime/", include("realtime.api.feeds")),
    path("realtime/", include("realtime.api.news")),
    path("realtime/", include("realtime.api.doors")),
    path("realtime/", include("realtime.api.keyvalue")),
    path("chat/", include("realtime.api.chat")),
]
