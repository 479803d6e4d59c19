"""PayOS's signature: the public vectors hold, and nothing that was changed does."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payos._crypto import CryptoProvider

from banking.payos.signature import digest_of, is_authentic, signed

VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("payos_vectors.json").read_text(encoding="utf-8"))
DATA = [vector for vector in VECTORS if vector["kind"] == "data"]
BASE = VECTORS[0]
KEY = BASE["checksum_key"]


@pytest.mark.parametrize("vector", DATA, ids=lambda vector: vector["id"])
def test_the_public_vectors_verify(vector: dict[str, Any]) -> None:
    assert is_authentic(vector["data"], vector["signature"], vector["checksum_key"])


@pytest.mark.parametrize("vector", [each for each in VECTORS if each["kind"] != "data"], ids=lambda each: each["id"])
def test_a_request_is_signed_as_the_vector_says(vector: dict[str, Any]) -> None:
    signature = CryptoProvider().create_signature_of_payment_request(vector["data"], vector["checksum_key"])

    assert signature == vector["signature"]


def test_the_documentations_sample_verifies() -> None:
    data = {
        "orderCode": 123, "amount": 3000, "description": "VQRIO123", "accountNumber": "12345678",
        "reference": "TF230204212323", "transactionDateTime": "2023-02-04 18:25:00", "currency": "VND",
        "paymentLinkId": "124c33293c43417ab7879e14c8d9eb18", "code": "00", "desc": "Thành công",
        "counterAccountBankId": "", "counterAccountBankName": "", "counterAccountName": "", "counterAccountNumber": "",
        "virtualAccountName": "", "virtualAccountNumber": "",
    }  # fmt: skip
    key = "1a54716c8f0efb2744fb28b6e38b25da7f67a925d98bc1c18bd8faaecadd7675"

    assert is_authentic(data, "412e915d2871504ed31be63c8f62a149a4410d34c4c42affc9006ef9917eaa03", key)


@pytest.mark.parametrize("vector", DATA, ids=lambda vector: vector["id"])
def test_any_change_of_the_content_is_noticed(vector: dict[str, Any]) -> None:
    data, signature, key = vector["data"], vector["signature"], vector["checksum_key"]
    first = next(iter(data))
    changed = [
        data | {"amount": data["amount"] + 1},
        data | {"orderCode": data["orderCode"] + 1},
        data | {"new": "x"},
        {name: value for name, value in data.items() if name != first},
        {name: ("text" if value is None else value) for name, value in data.items()} | {"amount": 1},
    ]

    assert [is_authentic(each, signature, key) for each in changed] == [False] * len(changed)


@pytest.mark.parametrize(
    "signature",
    ["", BASE["signature"].upper(), BASE["signature"][:-1], BASE["signature"] + "0", "z" * 64, None, 7, b"0" * 64],
)
def test_only_the_right_sixty_four_digits_count(signature: Any) -> None:
    assert not is_authentic(BASE["data"], signature, KEY)


@pytest.mark.parametrize("data", [None, [], "x", 7, BASE["data"] | {"inner": {"a": 1}}])
def test_what_cannot_be_signed_is_not_authentic(data: Any) -> None:
    assert not is_authentic(data, BASE["signature"], KEY)


def test_an_empty_key_signs_nothing() -> None:
    assert not is_authentic(BASE["data"], BASE["signature"], "")


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_breaks_it(name: str, value: str) -> None:
    data = BASE["data"] | {"x" + name: value}

    assert is_authentic(data, BASE["signature"], KEY) is False
    try:
        right = signed(data, KEY)
    except UnicodeEncodeError:
        return
    assert is_authentic(data, right, KEY)


def test_half_a_character_is_no_error() -> None:
    assert not is_authentic(BASE["data"] | {"description": "\ud800"}, BASE["signature"], KEY)


def test_the_digest_does_not_depend_on_order() -> None:
    data = BASE["data"]

    assert digest_of(dict(reversed(data.items()))) == digest_of(data)
    assert digest_of(data | {"amount": 1}) != digest_of(data)
