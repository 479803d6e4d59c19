"""Addresses of the gateway. The front sends them to `gate`: `proxy/addresses.py` and the Caddyfile name the same."""

from django.urls import URLPattern, URLResolver, path

from proxy.api.direct import ForwardDirect
from proxy.api.forwarding import PANCAKE_MOUNTS, TPOS_MOUNTS, ForwardToTpos
from proxy.api.token import TposToken
from proxy.upstreams import PANCAKE

urlpatterns: list[URLPattern | URLResolver] = [
    *(
        path(
            f"api/{name}/<path:rest>", ForwardToTpos.as_view(upstream=upstream, mount=f"/api/{name}/", becomes=becomes)
        )
        for name, (upstream, becomes) in TPOS_MOUNTS.items()
    ),
    *(
        path(f"api/{name}/<path:rest>", view.as_view(upstream=upstream, mount=f"/api/{name}/", becomes=upstream.prefix))
        for name, (view, upstream) in PANCAKE_MOUNTS.items()
    ),
    path(
        "api/pancake-direct/<path:rest>",
        ForwardDirect.as_view(upstream=PANCAKE, mount="/api/pancake-direct/", becomes=PANCAKE.prefix),
    ),
    path("api/token", TposToken.as_view()),
]
