"""Browsers and servers that are not the usual ones: storage blocked, younger functions missing, a proxy in front."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import BrowserContext, expect

from tests.browser.patient import Patient
from tests.conftest import Stack

# What a browser throws where the site's storage is blocked, as for a frame of another site.
BLOCKED = """
for (const name of ['localStorage', 'sessionStorage'])
  Object.defineProperty(window, name, {get() { throw new DOMException('blocked', 'SecurityError') }});
window.BroadcastChannel = function () { throw new DOMException('blocked', 'SecurityError') };
"""
# What Firefox, Safari or a page without TLS may lack.
LACKING = """
delete AbortSignal.any; delete AbortSignal.timeout; delete window.visualViewport; delete window.BroadcastChannel;
Object.defineProperty(Crypto.prototype, 'randomUUID', {value: undefined});
Object.defineProperty(Navigator.prototype, 'clipboard', {value: undefined});
const supports = CSS.supports; CSS.supports = (name, value) => name !== 'field-sizing' && supports.call(CSS, name, value);
"""


def certificate(folder: Path) -> Path:
    """A certificate for localhost that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "localhost.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def pump(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on until either side ends."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def tls_proxy(port: int, folder: Path) -> Iterator[str]:
    """A proxy that ends TLS and passes everything on to `port`; gives its origin."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(folder))
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(raw: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            context.wrap_socket(raw, server_side=True) as secure,
            socket.create_connection(("127.0.0.1", port)) as server,
        ):
            threading.Thread(target=pump, args=(server, secure), daemon=True).start()
            pump(secure, server)

    def accept() -> None:
        with contextlib.suppress(OSError):  # the listener is closed at the end
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"https://localhost:{listener.getsockname()[1]}"
    listener.close()


def test_with_storage_blocked_the_chat_works_as_long_as_its_page_is_open(
    profile: Callable[..., BrowserContext], stack: Stack
) -> None:
    context = profile()
    context.add_init_script(BLOCKED)
    patient = Patient(context.new_page()).open(stack.url)
    for _ in patient.walk(until="narrative"):
        pass
    patient.say("It hurts most days and I would like some help.")
    patient.asked_for("contact.name")
    page = patient.page
    page.get_by_role("button", name="Stop and delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop and delete").click()
    expect(page.get_by_role("heading", name="Your chat was stopped and deleted.")).to_be_focused()


def test_a_browser_without_younger_functions_goes_through_the_chat(
    profile: Callable[..., BrowserContext], stack: Stack
) -> None:
    context = profile()
    context.add_init_script(LACKING)
    patient = Patient(context.new_page()).open(stack.url)
    for _ in patient.walk(until="safety.now"):
        pass
    low = patient.box.evaluate("box => box.clientHeight")
    patient.box.fill("one\ntwo\nthree")
    assert patient.box.evaluate("box => box.clientHeight") > low
    assert patient.box.evaluate("box => box.scrollHeight <= box.clientHeight"), "the box did not grow with its words"


def test_behind_a_proxy_that_ends_tls_everything_comes_from_that_one_origin(
    profile: Callable[..., BrowserContext], stack: Stack, tmp_path: Path
) -> None:
    with tls_proxy(int(stack.url.rsplit(":", 1)[1]), tmp_path) as origin:
        page = profile(ignore_https_errors=True).new_page()
        asked: set[str] = set()
        page.on("request", lambda request: asked.add("/".join(request.url.split("/")[:3])))
        patient = Patient(page).open(origin)
        for _ in patient.walk(until="age_band"):
            pass
        assert asked == {origin}
        assert page.evaluate("isSecureContext")
        page.close()
