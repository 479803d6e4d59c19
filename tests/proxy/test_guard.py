"""Where the gateway does not go: hostile addresses, and names that mean something else later."""

import socket
import time
from typing import Any

import pytest

from n2store.errors import DomainError
from proxy import calling, guard
from proxy.calling import Call
from proxy.errors import HostRefused, InvalidUrl, UpstreamUnreachable
from proxy.guard import Place, Url, allowed, is_public
from proxy.lanes import Lane

HOSTS = ("*.tpos.vn", "*.pancake.vn", "34tinhthanh.com", "img.vietqr.io", "http://127.0.0.1:8123")

HOSTILE = [
    # This machine and its network, in every spelling of an address.
    "http://127.0.0.1/", "https://127.0.0.1/", "http://127.0.0.1:8000/admin/", "http://127.1/", "http://127.0.1/",
    "http://0/", "http://0.0.0.0/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/",
    "http://017700000001/", "http://0177.0.0.1/", "http://127.0.0.1.:80/", "http://localhost/", "http://LOCALHOST/",
    "http://localhost.localdomain/", "http://[::1]/", "http://[0:0:0:0:0:0:0:1]/", "http://[::]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/", "http://[fe80::1%25eth0]/",
    "http://[fc00::1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://10.0.0.5/",
    "http://172.16.0.1/", "http://192.168.1.1/", "http://100.64.0.1/", "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/", "http://100.100.100.200/", "http://168.63.129.16/", "http://0xa9fea9fe/",
    "http://2852039166/", "http://metadata.google.internal/", "http://[::ffff:169.254.169.254]/",
    # Names that only look like ours.
    "https://eviltpos.vn/", "https://tpos.vn.evil.test/", "https://tpos.vn/", "https://evil-pancake.vn/",
    "https://34tinhthanh.com.attacker.example/", "https://34tinhthanh.com@127.0.0.1/", "https://a@34tinhthanh.com/",
    "https://34tinhthanh.com:pass@evil.test/", "https://evil.test#34tinhthanh.com", "https://evil.test?34tinhthanh.com",
    "https://evil.test/34tinhthanh.com", "https://34tinhthanh.com%2eevil.test/", "https://34tinhthanh.com%00.evil.test/",
    "https://34tinhthanh.com./", "https://ⓔⓥⓘⓛ.test/", "https://xn--34tinhthanh-com.test/", "https://.tpos.vn/",
    "https://*.tpos.vn/", "https://-.tpos.vn/", "https://a..tpos.vn/", "https://127.0.0.1.nip.io/",
    # Other ways in: schemes, ports, broken texts.
    "https://34tinhthanh.com:22/", "https://34tinhthanh.com:6379/", "https://34tinhthanh.com:80/",
    "https://34tinhthanh.com:99999/", "https://34tinhthanh.com:x/", "http://34tinhthanh.com/", "ftp://34tinhthanh.com/",
    "file:///etc/passwd", "file://34tinhthanh.com/etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "dict://127.0.0.1/",
    "unix:///run/web.sock", "data:text/html,x", "javascript:alert(1)", "//34tinhthanh.com/", "34tinhthanh.com", "",
    "https://", "https:///x", "https:34tinhthanh.com", "https://[::1/", "https://34tinhthanh.com/\r\nX-Evil: 1",
    "https://34tinhthanh.com/a b", "https://34tinhthanh.com\\@127.0.0.1/", "https://34tinhthanh.com\t.evil.test/",
    "https://127.0.0.1\\.34tinhthanh.com/", "https://34tinhthanh.com/" + "x" * 9_000, "http://127.0.0.1:8124/",
    "https://127.0.0.1:8123/", "http://user@127.0.0.1:8123/", "http://localhost:8123/", "http://127.0.0.1:8123@evil.test/",
]  # fmt: skip


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_addresses_are_refused_before_anything_is_looked_up(url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _nobody_looks_up)

    with pytest.raises((HostRefused, InvalidUrl)):
        allowed(url, HOSTS)


def _nobody_looks_up(*_args: Any, **_more: Any) -> Any:
    raise AssertionError("A hostile address was looked up.")


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("https://img1.tpos.vn/a.png", "img1.tpos.vn", "/a.png"),
        ("https://IMG1.TPOS.VN:443/a.png?x=1&y=[2]", "img1.tpos.vn", "/a.png?x=1&y=[2]"),
        ("https://34tinhthanh.com/api/search?q=hà%20nội", "34tinhthanh.com", "/api/search?q=h%C3%A0%20n%E1%BB%99i"),
        ("https://img.vietqr.io", "img.vietqr.io", "/"),
        ("http://127.0.0.1:8123/x", "127.0.0.1", "/x"),
    ],
)
def test_our_own_places_are_allowed(url: str, host: str, target: str) -> None:
    found = allowed(url, HOSTS)

    assert (found.place.host, found.target) == (host, target)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1:248:1893:25c8:1946", True), ("64:ff9b::5db8:d822", True),
        ("127.0.0.1", False), ("127.255.255.254", False), ("0.0.0.1", False), ("10.1.2.3", False),
        ("172.31.255.255", False), ("192.168.0.1", False), ("100.127.255.255", False), ("169.254.169.254", False),
        ("168.63.129.16", False), ("192.0.0.8", False), ("198.19.0.1", False), ("203.0.113.9", False),
        ("224.0.0.1", False), ("255.255.255.255", False), ("240.0.0.1", False), ("::", False), ("::1", False),
        ("::ffff:10.0.0.1", False), ("::ffff:93.184.216.34", True), ("::7f00:1", False), ("fe80::1%eth0", False),
        ("fec0::1", False), ("fd12::1", False), ("ff02::1", False), ("2002:a00:1::", False), ("2002:5db8:d822::", True),
        ("64:ff9b::a00:1", False), ("64:ff9b:1::a00:1", False), ("2001:db8::1", False), ("2001::1", False),
        ("100::1", False), ("no address", False),
    ],
)  # fmt: skip
def test_an_address_is_public_or_not(address: str, public: bool) -> None:
    assert is_public(address) is public


LANE = Lane("images", width=1, waiting_max=0)


def _call(place: Place) -> Call:
    return Call(
        lane=LANE, method="GET", url=Url(place, "/"), headers={}, timeout_s=2.0, whole_s=2.0, answer_bytes_max=1_000
    )


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.5", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
def test_a_good_name_with_a_bad_address_is_refused_even_beside_a_good_one(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_m: _found("93.184.216.34", address))
    monkeypatch.setattr(socket, "socket", _nobody_connects)

    with pytest.raises(HostRefused):
        calling.call(_call(Place("https", f"{address.translate({46: 45, 58: 45})}.tpos.vn", 443)))


def test_a_name_is_looked_up_once_and_what_it_means_later_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [_found("93.184.216.34"), _found("127.0.0.1")]
    connected: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_m: answers.pop(0))
    monkeypatch.setattr(socket.socket, "connect", lambda _self, where: connected.append(where) or _refuse())
    post = _call(Place("https", "changing.tpos.vn", 443))

    with pytest.raises(UpstreamUnreachable):
        calling._send(post, time.monotonic() + 2)

    assert connected == [("93.184.216.34", 443)]
    assert len(answers) == 1


def test_a_place_on_this_machine_leads_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_m: _found("93.184.216.34"))

    with pytest.raises(HostRefused):
        guard.addresses(Place("http", "localhost", 8123))


def _found(*addresses: str) -> list[Any]:
    families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
    return [
        (family, socket.SOCK_STREAM, 6, "", (address, 443)) for family, address in zip(families, addresses, strict=True)
    ]


def _nobody_connects(*_args: Any, **_more: Any) -> Any:
    raise AssertionError("A refused address was connected to.")


def _refuse() -> None:
    raise ConnectionRefusedError


def test_a_lane_is_given_back_after_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_m: _found("10.0.0.1"))

    for _ in range(3):
        with pytest.raises(DomainError) as refused:
            calling.call(_call(Place("https", "inner.tpos.vn", 443)))
        assert refused.value.code == "HOST_REFUSED"
