import hashlib
import hmac

import pytest

from banking.sepay.signature import NotConfigured, Unauthorized, check

BODY = b'{"id": 1}'
NOW = 1_768_550_557.0


def signed(secret: str = "s3cret", timestamp: str = "1768550557", body: bytes = BODY) -> dict[str, str]:
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-SePay-Signature": f"sha256={digest}", "X-SePay-Timestamp": timestamp}


def judged(headers: dict[str, str], *, keys: list[str] | None = None, secrets: list[str] | None = None) -> str:
    try:
        check(headers, BODY, keys=keys or [], secrets=secrets or [], now_s=NOW)
    except Unauthorized as error:
        return str(error)
    return "accepted"


@pytest.mark.parametrize("value", ["Apikey abc", "apikey abc", "APIKEY   abc ", "abc", "Apikey\tabc"])
def test_the_key_is_taken_with_its_scheme_in_any_case_or_bare(value: str) -> None:
    assert judged({"Authorization": value}, keys=["abc"]) == "accepted"


@pytest.mark.parametrize(
    "value", ["Apikey abd", "Bearer abc", "", "Apikey", "Apikey ", "Apikey abc abc", "Apikey abcd", "ApikeyABC", "ábc"]
)
def test_any_other_key_or_scheme_is_refused(value: str) -> None:
    assert judged({"Authorization": value}, keys=["abc"]) == "Unauthorized - Invalid API Key"


def test_a_missing_header_is_refused_with_its_own_words() -> None:
    assert judged({}, keys=["abc"]) == "Unauthorized - Missing Authorization header"


def test_while_a_key_is_changed_both_are_good() -> None:
    assert [judged({"Authorization": f"Apikey {key}"}, keys=["old", "new"]) for key in ("old", "new")] == [
        "accepted",
        "accepted",
    ]


def test_without_any_key_nothing_is_believed() -> None:
    with pytest.raises(NotConfigured):
        check({"Authorization": "Apikey "}, BODY, keys=[], secrets=[], now_s=NOW)


def test_a_signature_over_time_and_body_is_accepted() -> None:
    assert judged(signed(), secrets=["s3cret"]) == "accepted"
    assert judged(signed(), secrets=["older", "s3cret"]) == "accepted"


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "Unauthorized - Invalid timestamp"),
        (signed(secret="other"), "Unauthorized - Invalid signature"),
        (signed(body=b'{"id": 2}'), "Unauthorized - Invalid signature"),
        (signed(timestamp="1768550256"), "Unauthorized - Timestamp out of range"),
        (signed(timestamp="1768550858"), "Unauthorized - Timestamp out of range"),
        (signed(timestamp="soon"), "Unauthorized - Invalid timestamp"),
        (signed() | {"X-SePay-Timestamp": "1768550558"}, "Unauthorized - Invalid signature"),
        (signed() | {"X-SePay-Signature": "sha256="}, "Unauthorized - Invalid signature"),
        (signed() | {"X-SePay-Timestamp": "١٧٦٨٥٥٠٥٥٧"}, "Unauthorized - Invalid timestamp"),
    ],
)
def test_a_wrong_or_old_signature_is_refused(headers: dict[str, str], words: str) -> None:
    assert judged(headers, secrets=["s3cret"]) == words


def test_a_signed_delivery_is_judged_by_its_signature_even_with_a_good_key() -> None:
    headers = signed(secret="other") | {"Authorization": "Apikey abc"}

    assert judged(headers, keys=["abc"], secrets=["s3cret"]) == "Unauthorized - Invalid signature"


def test_with_both_configured_the_key_alone_is_enough() -> None:
    assert judged({"Authorization": "Apikey abc"}, keys=["abc"], secrets=["s3cret"]) == "accepted"
