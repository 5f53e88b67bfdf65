"""Calling an address of somebody else: only public ones, the one that was judged, no redirect, no flood, no proxy."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from common.outgoing import AddressForbidden, CallFailed, call, safe_session
from common.outgoing.session import JudgingResolver, judged_socket
from common.tests.receiver import Reply, receiving


class NameServer:
    """Answers each look-up with the next list of addresses; the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), []

    def __call__(self, host: str, port: int) -> list[tuple]:
        self.asked.append(host)
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]


@pytest.fixture(autouse=True)
def _only_the_first_loopback_address_is_open(settings):
    """127.0.0.1 plays the public internet; 127.0.0.2 stays the private network."""
    settings.OUTGOING_MAY_REACH = ["127.0.0.1/32"]


def test_a_call_reaches_the_receiver_under_its_own_name():
    with receiving() as receiver:
        answer = call("POST", f"http://hooks.example.com:{receiver.port}/in?a=1", data=b"{}", look_up=NameServer(["127.0.0.1"]))

    assert (answer.status, answer.body, answer.is_cut) == (200, b"thanks", False)
    assert receiver.received[0].path == "/in?a=1"
    assert receiver.received[0].headers["host"] == f"hooks.example.com:{receiver.port}"


@pytest.mark.parametrize(
    "answers",
    [["127.0.0.2"], ["127.0.0.1", "127.0.0.2"], ["10.0.0.8"], ["169.254.169.254"], ["::1"], ["::ffff:10.0.0.1"], ["0.0.0.0"],
     ["127.0.0.1", "fe80::1%eth0"], ["64:ff9b::a9fe:a9fe"], ["100.64.0.1"], ["8.8.8.8", "192.168.0.1"]],
)  # fmt: skip
def test_a_name_with_any_closed_address_is_refused_before_a_connection(answers):
    with receiving(host="127.0.0.2") as private, receiving() as public:
        for port in (private.port, public.port):
            with pytest.raises(AddressForbidden):
                call("POST", f"http://hooks.example.com:{port}/", data=b"{}", look_up=NameServer(answers))

    assert private.received == public.received == []


def test_a_name_that_answers_otherwise_the_second_time_gains_nothing():
    names = NameServer(["127.0.0.1"], ["127.0.0.2"])

    async def call_twice(port: int) -> list[int]:
        async with safe_session(look_up=names) as session:
            return [(await session.post(f"http://rebind.example.com:{port}/", data=b"{}")).status for _ in range(2)]

    with receiving() as public, receiving(host="127.0.0.2") as private:
        statuses = asyncio.run(call_twice(public.port))
        seen = list(names.asked)
        with pytest.raises(AddressForbidden):
            call("POST", f"http://rebind.example.com:{private.port}/", data=b"{}", look_up=names)

    assert statuses == [200, 200]
    assert seen == ["rebind.example.com"]  # one look-up, and the connection went where it had been judged
    assert private.received == []


@pytest.mark.parametrize("host", ["127.0.0.2", "[::1]", "2130706434", "0x7f.0.0.2", "[::ffff:127.0.0.2]"])
def test_an_address_instead_of_a_name_is_refused_too(host):
    with receiving(host="127.0.0.2") as private, pytest.raises(AddressForbidden):
        call("GET", f"http://{host}:{private.port}/")

    assert private.received == []


def test_the_last_gate_holds_even_for_who_comes_around_the_others():
    """A session of aiohttp with our connector and none of our checks before it."""

    async def connect(port: int) -> None:
        connector = aiohttp.TCPConnector(resolver=JudgingResolver(NameServer(["127.0.0.2"])), socket_factory=judged_socket)
        async with aiohttp.ClientSession(connector=connector) as session:
            await session.get(f"http://127.0.0.2:{port}/")

    with receiving(host="127.0.0.2") as private, pytest.raises(aiohttp.ClientConnectorError):
        asyncio.run(connect(private.port))

    assert private.received == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status):
    with receiving() as elsewhere, receiving(lambda request: Reply(status, {"Location": f"{elsewhere.url}/stolen"})) as receiver:
        answer = call("POST", f"{receiver.url}/", data=b"{}")

    assert (answer.status, answer.headers["location"]) == (status, f"{elsewhere.url}/stolen")
    assert elsewhere.received == []


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    with receiving() as proxy, receiving() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        call("POST", f"{receiver.url}/", data=b"{}")

    assert proxy.received == []
    assert len(receiver.received) == 1


def test_cookies_are_not_kept():
    async def call_twice(url: str) -> None:
        async with safe_session() as session:
            await session.post(url, data=b"{}")
            await session.post(url, data=b"{}")

    with receiving(lambda request: Reply(headers={"Set-Cookie": "a=b"})) as receiver:
        asyncio.run(call_twice(f"{receiver.url}/"))

    assert [("cookie" in request.headers) for request in receiver.received] == [False, False]


def test_a_long_answer_is_cut_and_a_compressed_one_is_not_blown_up():
    bomb = gzip.compress(b"0" * 10_000_000)
    with receiving(lambda request: Reply(body=b"a" * 500_000)) as long:
        answer = call("POST", f"{long.url}/", data=b"{}", max_bytes=1000)
    with receiving(lambda request: Reply(headers={"Content-Encoding": "gzip"}, body=bomb)) as packed:
        squeezed = call("POST", f"{packed.url}/", data=b"{}", max_bytes=100_000)

    assert (len(answer.body), answer.is_cut) == (1000, True)
    assert squeezed.body == bomb


def test_an_answer_that_never_ends_is_given_up():
    release = threading.Event()

    def hang(request):
        release.wait(30)
        return Reply()

    with receiving(hang) as receiver:
        with pytest.raises(CallFailed) as failed:
            call("POST", f"{receiver.url}/", data=b"{}", timeout_s=0.2)
        release.set()

    assert failed.value.kind == "timeout"


def test_what_fails_is_named_without_telling_of_our_network():
    with receiving() as gone:
        pass
    with pytest.raises(CallFailed) as closed:
        call("GET", f"{gone.url}/")
    with pytest.raises(CallFailed) as unknown:
        call("GET", "https://nowhere.example.com/", look_up=NameServer([]))
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].sendall(b"220 smtp ready\r\n\r\n"), daemon=True).start()
        with pytest.raises(CallFailed) as garbled:
            call("GET", f"http://127.0.0.1:{server.getsockname()[1]}/", timeout_s=5)

    assert [closed.value.kind, unknown.value.kind, garbled.value.kind] == ["connect", "dns", "protocol"]
    assert "nowhere.example.com" in str(unknown.value)


@pytest.fixture
def certified(tmp_path, monkeypatch):
    """A TLS server for hooks.example.com whose issuer this process trusts."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks.example.com")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example.com")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    public, private = tmp_path / "certificate.pem", tmp_path / "key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    with receiving(context=context) as receiver:
        yield receiver


def test_the_certificate_is_checked_against_the_name_and_not_the_address(certified, monkeypatch):
    names = NameServer(["127.0.0.1"])

    answer = call("POST", f"https://hooks.example.com:{certified.port}/", data=b"{}", look_up=names)
    with pytest.raises(CallFailed) as other_name:
        call("POST", f"https://other.example.com:{certified.port}/", data=b"{}", look_up=names)
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(CallFailed) as unknown_issuer:
        call("POST", f"https://hooks.example.com:{certified.port}/", data=b"{}", look_up=names)

    assert answer.status == 200
    assert [other_name.value.kind, unknown_issuer.value.kind] == ["tls", "tls"]
    assert len(certified.received) == 1
