"""Which address leads where."""

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

from banking.payos.page import topup_page
from n2store.health import health
from n2store.metrics import metrics

# What is asked most comes first: each pattern before it costs every request.
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("wallets.urls")),
    path("api/", include("customers.urls")),
    path("api/", include("banking.urls")),
    path("api/v2/analytics/", include("n2store.analytics.api")),
    path("api/", include("tickets.urls")),
    path("", include("proxy.urls")),
    path("api/", include("realtime.urls")),
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("wallet/topup", topup_page, name="topup"),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("health", health),
    path("metrics", metrics),
    path("api/auth/", include("n2store.login")),
    path("api/docs/", login_required(SpectacularSwaggerView.as_view(url_name="schema")), name="docs"),
    path("api/redoc/", login_required(SpectacularRedocView.as_view(url_name="schema")), name="redoc"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
]

handler400 = "n2store.problems.bad_request"
handler404 = "n2store.problems.not_found"
handler500 = "n2store.problems.server_error"
