"""What was weak in the old servers, case by case, and the tests that hold each of them closed."""

import ast
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings as django_settings
from django.test import Client
from rest_framework.test import APIClient
from typing_extensions import override

from n2store.launch.place import PROJECT
from n2store.simulator.answering import Asked, Neighbour, Reply, Said

FACEBOOK, IMAGES, GUARD, DOORS = (f"proxy/test_{name}.py" for name in ("facebook", "images", "guard", "doors"))
FORWARDING, TOKENS, UPLOADS = (f"proxy/test_{name}.py" for name in ("forwarding", "tokens", "uploads"))
FEEDS, HOLDING, INBOX = (
    "realtime/upstream/test_feeds_api.py",
    "realtime/upstream/test_holding.py",
    "realtime/api/test_inbox.py",
)
HERE = "proxy/test_weaknesses.py"

HELD_BY: dict[int, tuple[str, list[tuple[str, str]]]] = {
    1: ("an open proxy: any address, method and header", [
        (GUARD, "test_hostile_addresses_are_refused_before_anything_is_looked_up"),
        (IMAGES, "test_the_list_is_only_asked"),
        (IMAGES, "test_a_service_of_the_list_is_asked_with_the_headers_it_wants"),
        (IMAGES, "test_a_header_that_is_more_than_a_header_is_refused"),
    ]),
    2: ("pictures of any kind and size under our name", [(IMAGES, "test_what_is_no_picture_is_not_shown")]),
    3: ("paths in an avatar's id", [(IMAGES, "test_an_id_is_no_path"), (FACEBOOK, "test_an_id_is_no_path")]),
    4: ("the shop's token for whoever asks", [
        (TOKENS, "test_nobody_gets_a_token_they_did_not_log_in_for"),
        (TOKENS, "test_a_form_that_lacks_something_gets_no_cached_token"),
    ]),
    5: ("order lines without a login", [(HERE, "test_dropped_addresses_are_nobodys")]),
    6: ("credentials in the source", [(HERE, "test_no_credential_stands_in_the_source")]),
    7: ("certificates not looked at", [(HERE, "test_a_certificate_nobody_vouches_for_is_refused")]),
    8: ("tokens in addresses", [
        (FACEBOOK, "test_comments_stream_through_and_the_token_leaves_the_address"),
        (FACEBOOK, "test_conversations_are_told_as_the_pages_read_them"),
        ("proxy/test_logs.py", "test_no_secret_stands_in_any_line_of_the_gates_log"),
    ]),
    9: ("whole addresses in logs", [
        ("proxy/test_logs.py", "test_no_secret_stands_in_any_line_of_the_gates_log"),
        ("proxy/test_logs.py", "test_the_front_writes_neither_queries_nor_headers_and_says_itself_who_calls"),
    ]),
    10: ("feeds that anybody takes over", [
        (HOLDING, "test_a_viewer_may_repeat_what_holds_and_change_nothing"),
        (HOLDING, "test_two_browsers_with_different_tokens_do_not_take_turns"),
        (FEEDS, "test_who_only_looks_may_not_stop"),
    ]),
    11: ("a request that ends the process", [(FEEDS, "test_values_of_another_form_are_refused_and_nothing_changes")]),
    12: ("a broken row that stops every start", [(HOLDING, "test_an_account_that_cannot_be_opened_stops_no_other")]),
    13: ("sockets for anybody", [
        ("realtime/test_sockets.py", "test_strangers_are_refused_before_the_handshake"),
        ("realtime/test_sockets.py", "test_our_own_pages_and_those_named_in_the_settings_are_welcome"),
    ]),
    14: ("the list of customers for anybody", [
        ("n2store/test_access.py", "test_strangers_are_asked_to_log_in"),
        (INBOX, "test_clear_pending_is_the_owners_and_wants_a_word"),
        (INBOX, "test_cleanup_and_clear_all_are_the_owners"),
    ]),
    15: ("a store that anybody writes", [
        ("n2store/test_access.py", "test_strangers_change_nothing"),
        ("realtime/api/test_keyvalue.py", "test_values_and_namespaces_are_bounded"),
        ("realtime/api/test_keyvalue.py", "test_a_key_that_cannot_be_one_is_a_400"),
    ]),
    16: ("one customer's wallet told to all", [
        ("realtime/test_streams.py", "test_only_the_exact_topic_is_heard"),
        ("realtime/test_streams.py", "test_another_wallet_is_not_heard"),
    ]),
    17: ("streams without bounds", [
        ("realtime/test_access.py", "test_one_more_is_429_until_one_is_left"),
        ("realtime/test_topics.py", "test_what_is_no_exact_topic_is_refused"),
    ]),
    18: ("markup of customers in pages", [
        ("realtime/inbox/test_understanding.py", "test_no_markup_reaches_a_browser_or_a_table"),
    ]),
    19: ("bodies of 100 MB everywhere", [
        ("n2store/test_problems.py", "test_a_body_beyond_every_bound_is_a_413"),
        (FORWARDING, "test_a_body_without_a_length_or_too_long_is_refused_before_anybody_is_called"),
    ]),
    20: ("no limit on how often", [
        ("proxy/test_rates.py", "test_who_asks_too_often_waits_for_the_next_minute_and_others_do_not"),
        ("proxy/test_rates.py", "test_callers_without_a_login_are_counted_by_their_addresses"),
    ]),
    21: ("stacks and addresses in errors", [("n2store/test_problems.py", "test_a_bug_says_nothing_of_itself")]),
    22: ("any page may act with the server's secrets", [
        (DOORS, "test_a_browser_that_asks_first_hears_which_pages_may"),
        (HERE, "test_every_header_and_method_of_the_old_pages_may_be_sent"),
        ("realtime/test_streams.py", "test_a_page_of_another_origin_reads_only_when_it_is_named"),
    ]),
    23: ("packets made of texts", [(FEEDS, "test_a_room_cannot_carry_anything_else")]),
    24: ("page tokens in clear, and wiped by a bad one", [
        (FACEBOOK, "test_the_pages_come_from_tpos_and_are_kept_sealed"),
        (FACEBOOK, "test_an_answer_without_pages_replaces_nothing"),
        (FACEBOOK, "test_while_tpos_is_ill_an_older_token_serves"),
    ]),
    25: ("a bot that anybody turns", [
        (HERE, "test_dropped_addresses_are_nobodys"),
        ("proxy/test_logs.py", "test_telegrams_token_stands_in_no_log"),
    ]),
    26: ("paid models for free", [
        ("proxy/test_gemini.py", "test_who_only_looks_does_not_spend_the_shops_money"),
        ("proxy/test_gemini.py", "test_what_is_no_question_goes_nowhere"),
    ]),
    27: ("uploads of anything, and deleting anything", [
        (UPLOADS, "test_what_is_no_picture_is_refused_and_nothing_kept"),
        (UPLOADS, "test_what_hides_behind_a_picture_does_not_survive"),
        (UPLOADS, "test_only_kept_pictures_are_removed"),
        (UPLOADS, "test_a_viewer_uploads_nothing"),
    ]),
    28: ("headers that anybody sets for all", [(HERE, "test_dropped_addresses_are_nobodys")]),
    29: ("looking that changes", [(HERE, "test_dropped_addresses_are_nobodys")]),
    30: ("messages sent twice", [
        ("proxy/test_sent_once.py", "test_an_end_that_nobody_knows_is_said_so_and_never_sent_again"),
        (FACEBOOK, "test_a_send_that_nobody_confirmed_is_not_repeated"),
        ("proxy/test_odd_texts.py", "test_an_answer_that_confirms_nothing_is_never_told_as_sent"),
        (FORWARDING, "test_what_an_ill_neighbour_says_comes_through_and_a_post_goes_out_once"),
    ]),
    31: ("their cookies and headers under our name", [
        (FORWARDING, "test_a_workbook_comes_through_bit_by_bit"),
        ("proxy/test_recorded_calls.py", "test_recorded_calls_reach_the_neighbour_and_its_bytes_come_back"),
        (FORWARDING, "test_what_an_ill_neighbour_says_comes_through_and_a_post_goes_out_once"),
    ]),
    32: ("redirects followed blindly", [
        (IMAGES, "test_a_redirect_into_the_network_is_refused"),
        (HERE, "test_a_neighbour_leads_nowhere_else"),
        (HERE, "test_what_a_post_is_redirected_to_is_not_asked"),
    ]),
}  # fmt: skip


def test_every_weakness_is_held_by_tests_that_exist() -> None:
    named = {(file, name) for _what, tests in HELD_BY.values() for file, name in tests}
    missing = [(file, name) for file, name in sorted(named) if name not in _tests_in(PROJECT / "tests" / file)]

    assert (list(HELD_BY), missing) == (list(range(1, 33)), [])
    assert all(tests for _what, tests in HELD_BY.values())


def _tests_in(file: Path) -> set[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, kinds)}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/tpos/order/900001/lines"), ("get", "/tpos/order-ref/NJD/2026/1/lines"), ("get", "/dynamic-headers"),
        ("post", "/dynamic-headers/set"), ("post", "/dynamic-headers/reset"), ("post", "/api/telegram/webhook"),
        ("post", "/api/telegram/send"), ("post", "/api/telegram/setWebhook"), ("post", "/api/telegram/deleteWebhook"),
        ("get", "/upload"), ("post", "/upload-batch"), ("get", "/products"), ("get", "/attributes"),
        ("post", "/api/admin/migrate"), ("get", "/api/anything/of/tpos"), ("post", "/api/deepseek"),
    ],
)  # fmt: skip
def test_dropped_addresses_are_nobodys(api: APIClient, client: Client, method: str, path: str) -> None:
    assert (getattr(api, method)(path).status_code, getattr(client, method)(path).status_code) == (404, 404)


SECRETS = {
    "a token with claims": re.compile(r"eyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{15,}"),
    "a page's token": re.compile(r"\bEAA[A-Za-z0-9]{40,}"),
    "a key of Google's": re.compile(r"\bAIza[\w-]{30,}"),
    "a bot's token": re.compile(r"\b\d{8,10}:AA[\w-]{30,}"),
    "a key of Amazon's": re.compile(r"\bAKIA[A-Z0-9]{16}\b"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
}


def test_no_credential_stands_in_the_source() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    files = [PROJECT / name for name in listed.splitlines() if not name.startswith(("tests/", "locale/"))]
    texts = {file: file.read_text(errors="ignore") for file in files if file.is_file()}

    found = [
        (str(file), what) for file, text in texts.items() for what, secret in SECRETS.items() if secret.search(text)
    ]
    unproven = [str(file) for file, text in texts.items() if file.suffix == ".py" and "verify=False" in text]

    assert (found, unproven) == ([], [])
    assert len(texts) > 500


@contextmanager
def _https_without_a_voucher(folder: Path) -> Iterator[tuple[str, list[bytes]]]:
    """Answer as a server whose certificate it has signed itself; what it is told is collected."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = folder / "made.pem"
    kind = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem.write_bytes(key.private_bytes(*kind) + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    told: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listening.accept()
                except OSError:
                    return
                with plain:
                    try:
                        with context.wrap_socket(plain, server_side=True) as sealed:
                            told.append(sealed.recv(4_096))
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        yield f"https://localhost:{listening.getsockname()[1]}", told
        listening.shutdown(socket.SHUT_RDWR)


def test_a_certificate_nobody_vouches_for_is_refused(api: APIClient, settings: Any, tmp_path: Path) -> None:
    with _https_without_a_voucher(tmp_path) as (address, told):
        settings.PANCAKE_BASE_URL = settings.TPOS_BASE_URL = address
        settings.TPOS_USERNAME, settings.TPOS_PASSWORD = "lan", "a-password"

        passed = api.get("/api/pancake/pages?access_token=t")
        asked = api.get("/api/odata/Tag")

    assert [passed.json()["code"], asked.json()["code"]] == ["UPSTREAM_UNREACHABLE", "TPOS_TIMEOUT"]
    assert told == []


OLD_HEADERS = (
    "content-type", "authorization", "accept", "tposappversion", "x-tpos-lang", "x-requested-with",
    "x-page-access-token", "x-auth-data", "x-user-id", "idempotency-key", "x-n2store-token",
)  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_header_and_method_of_the_old_pages_may_be_sent(client: Client, settings: Any, method: str) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.github.io"]

    answer = client.options(
        "/api/odata/Tag",
        headers={
            "Origin": "https://shop.github.io", "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": ", ".join(OLD_HEADERS),
        },
    )  # fmt: skip

    allowed = {name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert answer.status_code == 204
    assert set(OLD_HEADERS) <= allowed
    assert method in answer.headers["Access-Control-Allow-Methods"]


def test_no_origin_is_welcome_by_default() -> None:
    assert django_settings.CORS_ALLOWED_ORIGINS == []


class Leading(Neighbour):
    """Redirects whoever asks: `/…/away` to `to`, `/…/near` to itself."""

    to: str = ""

    @override
    def answer(self, path: str, query: object, authorization: str) -> Said:
        return 404, {}

    @override
    def reply(self, asked: Asked) -> Reply:
        match asked.path.rsplit("/", 1)[-1]:
            case "away":
                return Reply(302, b"", {"Location": self.to})
            case "oddly":
                return Reply(302, b"", {"Location": " /api/v1/a b/\u00c3\u00a0\x01 "})
            case "near":
                return Reply(302, b"", {"Location": "/api/v1/there?page=1"})
        return Reply(200, b"{}", {"Content-Type": "application/json"})


@pytest.fixture
def leading(settings: Any) -> Iterator[Leading]:
    with Leading().serving() as played:
        settings.PANCAKE_BASE_URL = played.url
        yield played


@pytest.mark.parametrize(
    "to",
    [
        "http://10.0.0.5/",
        "https://evil.test/",
        "//evil.test/",
        "http://127.0.0.1:9/",
        "file:///etc/passwd",
        "",
        "http://[::1",
        "http://a:b/",
    ],
)
def test_a_neighbour_leads_nowhere_else(api: APIClient, leading: Leading, to: str) -> None:
    leading.to = to

    answer = api.get("/api/pancake/away?access_token=t")

    assert (answer.status_code, answer.json()["code"], len(leading.calls)) == (502, "UPSTREAM_REDIRECTS", 1)
    assert "evil" not in answer.content.decode()


def test_a_redirect_that_stays_there_is_followed(api: APIClient, leading: Leading) -> None:
    assert api.get("/api/pancake/near?access_token=t").status_code == 200
    assert [call.target for call in leading.calls] == ["/api/v1/near?access_token=t", "/api/v1/there?page=1"]


def test_a_redirect_that_no_browser_would_write_is_followed_as_one_would(api: APIClient, leading: Leading) -> None:
    assert api.get("/api/pancake/oddly?access_token=t").status_code == 200
    assert leading.calls[1].target == "/api/v1/a%20b/%C3%A0%01"


@pytest.mark.parametrize("step", ["near", "away"])
def test_what_a_post_is_redirected_to_is_not_asked(api: APIClient, leading: Leading, step: str) -> None:
    leading.to = f"{leading.url}/api/v1/there"

    answer = api.post(f"/api/pancake/{step}?access_token=t")

    assert (answer.status_code, answer.json()["code"], len(leading.calls)) == (502, "UPSTREAM_REDIRECTS", 1)
