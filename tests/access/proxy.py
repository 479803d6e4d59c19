"""Addresses of the gateway. `<>` stands for the rest of a path. Who may is tested in `tests/proxy/test_doors.py`."""

PASSING = [
    "/api/odata/<>",
    "/api/rest/<>",
    "/api/facebook-graph/<>",
    "/api/Product/<>",
    "/api/FastSaleOrder/<>",
    "/api/SaleOnline_Order/<>",
    "/api/fastsaleorder/<>",
    "/api/pancake/<>",
    "/api/pancake-official/<>",
    "/api/pancake-direct/<>",
]
"""Calls that pass through, of any method."""
OTHERS: list[tuple[str, str]] = [
    ("post", "/api/token"),
    ("get", "/api/image-proxy"),
    ("get", "/api/fb-avatar"),
    ("get", "/api/pancake-avatar"),
    ("get", "/api/proxy"),
    ("post", "/api/proxy"),
    ("post", "/api/facebook-send"),
    ("post", "/api/gemini/chat"),
    ("post", "/api/refresh-tokens"),
    ("get", "/api/pages"),
    ("get", "/api/pages/<>/conversations"),
    ("get", "/api/pages/<>/conversations/find-by-psid"),
    ("post", "/api/pages/<>/conversations/<>/read"),
    ("post", "/api/pages/<>/messages"),
    ("post", "/api/pages/<>/upload"),
    ("post", "/api/pages/<>/comments/<>/private-reply"),
    ("get", "/api/conversations/<>/messages"),
    ("post", "/api/upload/image"),
    ("delete", "/api/upload/image"),
    ("get", "/facebook/crm-teams"),
    ("get", "/facebook/live-campaigns"),
    ("get", "/facebook/comments"),
    ("get", "/facebook/comments/stream"),
    ("get", "/facebook/comment-orders"),
    ("get", "/facebook/livevideo"),
]
"""Method and address."""
READS = ["/api/debug/time", "/api/upload/health", "/facebook/health"]
ADDRESSES = [*PASSING, *(address for _method, address in OTHERS)]
