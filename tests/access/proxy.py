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
OTHERS: list[tuple[str, str]] = [("post", "/api/token")]
"""Method and address."""
ADDRESSES = [*PASSING, *(address for _method, address in OTHERS)]
