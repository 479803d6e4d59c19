import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banking.sepay.parser import REQUIRED, BadDelivery, Notice, parse
from tests.factories.banking import delivery


def refused(body: bytes | dict[str, Any] | list[Any], content_type: str = "application/json") -> dict[str, Any]:
    """Return the answer to a body that must be refused."""
    with pytest.raises(BadDelivery) as caught:
        parse(body if isinstance(body, bytes) else json.dumps(body).encode(), content_type=content_type)
    return caught.value.body


def test_the_sample_is_read_field_by_field() -> None:
    assert parse(json.dumps(delivery()).encode()) == Notice(
        sepay_id=92704001,
        gateway="ACB",
        transferred_at=datetime(2026, 1, 16, 7, 2, 37, tzinfo=UTC),  # 14:02:37 in Vietnam
        account_number="75918",
        sub_account="",
        code="",
        content="0909318264 chuyen tien GD 6474IBT2gX7FLXYW 160126-14:02:37",
        direction="in",
        amount_vnd=350_000,
        accumulated_vnd=18_250_000,
        reference_code="FT26016000111222",
        description="ACB: TK 75918 +350,000 VND",
    )


def test_a_form_body_says_the_same_as_json() -> None:
    payload = delivery(code=..., subAccount=...)

    form = parse(urlencode(payload).encode(), content_type="application/x-www-form-urlencoded; charset=utf-8")

    assert form == parse(json.dumps(payload).encode())


def test_unknown_fields_and_absent_optional_ones_are_fine() -> None:
    payload = delivery(code=..., content=..., subAccount=..., referenceCode=..., description=..., new_field={"a": 1})

    notice = parse(json.dumps(payload).encode())

    assert (notice.code, notice.content, notice.description) == ("", "", "")


def test_missing_fields_are_named_in_the_order_of_the_payload() -> None:
    assert refused(delivery(accumulated=..., gateway=None)) == {
        "success": False, "error": "Missing required fields", "missing": ["gateway", "accumulated"],
    }  # fmt: skip


@pytest.mark.parametrize("body", [[], [1], "text"])
def test_an_array_or_text_lacks_everything(body: Any) -> None:
    assert refused(json.dumps(body).encode())["missing"] == list(REQUIRED)


@pytest.mark.parametrize("body", [b"1", b"null", b"true", b"1.5"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    assert refused(body) == {"success": False, "error": "Invalid data - expected JSON object"}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"{'id': 1}", b'{"id": 1} x', b'{"id": NaN}', b'{"id": Infinity}', b'{"id": 1, "id": 2}',
        b"\xff\xfe", b'{"content": "\xc3("}', b"\x1f\x8b\x08\x00", b"[" * 60_000, b'{"id": ' + b"9" * 5_000 + b"}",
    ],
)  # fmt: skip
def test_malformed_json_is_refused(body: bytes) -> None:
    assert refused(body)["error"] == "SyntaxError"


@pytest.mark.parametrize("value", ["IN", "In", "", " in", "transfer", 1, True, ["in"], {"in": 1}])
def test_a_direction_is_exactly_in_or_out(value: Any) -> None:
    assert refused(delivery(transferType=value)) == {
        "success": False, "error": 'Invalid transfer_type - must be "in" or "out"',
    }  # fmt: skip


def test_0_dong_is_an_amount() -> None:
    assert parse(json.dumps(delivery(transferAmount=0)).encode()).amount_vnd == 0


@pytest.mark.parametrize("value", [-1, -350_000, 1.5, 350_000.0, 2**53 + 1, 10**30, "350000", "", True, [1], {}])
def test_an_amount_is_whole_dong_and_not_negative(value: Any) -> None:
    assert refused(delivery(transferAmount=value))["field"] == "transferAmount"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", 0), ("id", -5), ("id", 2**63), ("id", "1"), ("id", 1.0), ("id", False),
        ("accumulated", 1.5), ("accumulated", "1"), ("accumulated", 2**53 + 1), ("accumulated", True),
        ("transactionDate", "2026-01-16"), ("transactionDate", "2026-02-30 10:00:00"), ("transactionDate", 5),
        ("transactionDate", "2026-01-16T14:02:37Z"), ("transactionDate", ""),
        ("gateway", 5), ("gateway", "x" * 101), ("accountNumber", 75918), ("accountNumber", "1" * 51),
        ("code", "x" * 101), ("code", 5), ("content", ["a"]), ("content", "a\x00b"), ("content", "\ud800"),
        ("referenceCode", {}), ("subAccount", 1), ("description", False),
    ],
)  # fmt: skip
def test_a_value_that_can_never_be_stored_is_named(field: str, value: Any) -> None:
    answer = refused(delivery(**{field: value}))

    assert (answer["success"], answer["field"]) == (False, field)


def test_the_largest_values_that_can_be_stored_are_taken() -> None:
    notice = parse(json.dumps(delivery(id=2**63 - 1, transferAmount=2**53, accumulated=-1)).encode())

    assert (notice.sepay_id, notice.amount_vnd, notice.accumulated_vnd) == (2**63 - 1, 2**53, -1)


@given(st.binary(max_size=300))
def test_no_bytes_bring_the_parser_down(body: bytes) -> None:
    try:
        assert isinstance(parse(body), Notice)
    except BadDelivery as error:
        assert error.body["success"] is False


@given(
    st.dictionaries(
        st.sampled_from([*delivery(), "other"]),
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.lists(st.integers())),
    )
)
def test_no_types_bring_the_parser_down(changes: dict[str, Any]) -> None:
    try:
        assert isinstance(parse(json.dumps(delivery(**changes)).encode()), Notice)
    except BadDelivery as error:
        assert error.body["success"] is False
