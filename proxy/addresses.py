"""The addresses that the process `gate` serves. The Caddyfile names the same; a test compares them."""

GATEWAY_PATHS = (
    "/api/token",
    "/api/odata/*",
    "/api/rest/*",
    "/api/facebook-graph/*",
    "/api/Product/*",
    "/api/FastSaleOrder/*",
    "/api/SaleOnline_Order/*",
    "/api/fastsaleorder/*",
    "/api/pancake/*",
    "/api/pancake-direct/*",
    "/api/pancake-official/*",
    "/api/facebook-send",
    "/api/gemini/*",
    "/api/image-proxy",
    "/api/fb-avatar",
    "/api/pancake-avatar",
    "/api/proxy",
    "/api/pages",
    "/api/pages/*",
    "/api/conversations/*",
    "/api/refresh-tokens",
    "/api/upload/*",
    "/facebook/*",
    "/media/*",
)
"""As the front matches them: `*` at the end stands for anything."""


def is_gateways(path: str) -> bool:
    """Tell whether an address is the gateway's."""
    return path in GATEWAY_PATHS or any(
        path.startswith(prefix[:-1]) for prefix in GATEWAY_PATHS if prefix.endswith("*")
    )
