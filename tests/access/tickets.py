"""Addresses of tickets and return orders. `<>` stands for a code or an id."""

READS = [
    "/api/ticket",
    "/api/ticket/stats",
    "/api/ticket/<>",
    "/api/return-orders",
    "/api/return-orders/",
    "/api/return-orders/stats",
    "/api/return-orders/<>",
    "/api/v2/tickets",
    "/api/v2/tickets/",
    "/api/v2/tickets/stats",
    "/api/v2/tickets/<>",
    "/api/v2/tickets/<>/money",
    "/api/v2/tickets/<>/can-delete",
]
WRITES: list[tuple[str, str]] = [
    ("post", "/api/ticket"),
    ("put", "/api/ticket/<>"),
    ("delete", "/api/ticket/<>"),
    ("post", "/api/ticket/<>/action"),
    ("post", "/api/return-orders/batch"),
    ("put", "/api/return-orders/<>"),
    ("delete", "/api/return-orders/<>"),
    ("post", "/api/v2/tickets"),
    ("post", "/api/v2/tickets/"),
    ("patch", "/api/v2/tickets/<>"),
    ("delete", "/api/v2/tickets/<>"),
    ("post", "/api/v2/tickets/<>/notes"),
    ("post", "/api/v2/tickets/<>/resolve"),
    ("post", "/api/v2/tickets/<>/resolve-credit"),
    ("post", "/api/v2/tickets/<>/write-off"),
    ("post", "/api/v2/tickets/<>/claims"),
]
"""Method and address."""
