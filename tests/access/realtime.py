"""Addresses of the inbox, chat history and kept values. `<>` stands for an id or a key."""

READS = [
    "/api/realtime/pending-customers",
    "/api/realtime/new-messages",
    "/api/realtime/summary",
    "/api/realtime/poll",
    "/api/realtime/kv/<>",
    "/api/chat/conversations",
    "/api/chat/conversations/<>",
    "/api/chat/messages/<>",
]
SEARCHES = ["/api/chat/search"]
"""Without words they answer 400."""
WRITES: list[tuple[str, str]] = [
    ("post", "/api/realtime/mark-replied"),
    ("post", "/api/realtime/clear-pending"),
    ("post", "/api/realtime/mark-seen"),
    ("delete", "/api/realtime/cleanup"),
    ("delete", "/api/realtime/clear-all"),
    ("post", "/api/realtime/ticket"),
    ("put", "/api/realtime/kv/<>"),
    ("delete", "/api/realtime/kv/<>"),
]
"""Method and address."""
