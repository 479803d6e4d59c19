"""Addresses of the neighbours' sockets."""

READS = [
    "/api/realtime/status",
    "/api/realtime/tpos/status",
]
WRITES = [
    ("post", "/api/realtime/start"),
    ("post", "/api/realtime/stop"),
    ("post", "/api/realtime/tpos/start"),
    ("post", "/api/realtime/tpos/stop"),
]
