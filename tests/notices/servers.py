"""Servers in this process, real ones: mail as it arrives, webhooks as they are called, and servers with bad manners."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder, *names):
    """A self-signed certificate for these names or addresses; the file of it and the server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    alternatives = [x509.IPAddress(ipaddress.ip_address(n)) if n[0].isdigit() else x509.DNSName(n) for n in names]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, both = folder / f"{names[0]}.pem", folder / f"{names[0]}-key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both.write_bytes(private + public.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return public, context


class Post(Controller):
    """A mail server on a free port. What came stands in ``mails``; it says ``answers`` to ``RCPT`` and ``DATA``."""

    def __init__(self, *, tls=None, starttls=None, password="", **settings):
        self.mails, self.answers, self.users, self._password = [], {}, [], password
        self.served = []
        if password:
            settings |= {"authenticator": self._check, "auth_required": True}
        super().__init__(
            self,
            hostname="127.0.0.1",
            port=0,
            ssl_context=tls,
            tls_context=starttls,
            require_starttls=starttls is not None,
            server_hostname="post.example",
            **settings,
        )

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    def factory(self):
        server = super().factory()
        self.served.append(server)
        # A connection that is TLS from the first byte counts as clear for the library.
        server._auth_require_tls = self.ssl_context is None
        return server

    def stop(self, no_assert=False):
        """Hang up on whoever is still there first: the library leaves them to be collected, with a warning."""
        over = threading.Event()

        def hang_up():
            for server in self.served:
                if server.transport is not None:
                    server.transport.abort()
            self.loop.call_later(0.02, over.set)

        self.loop.call_soon_threadsafe(hang_up)
        over.wait(5)
        super().stop(no_assert)

    def _check(self, server, session, envelope, mechanism, data):
        self.users.append((data.login.decode(), session.ssl is not None or self.ssl_context is not None))
        return AuthResult(success=data.password.decode() == self._password, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):
        if self.answers.get("DATA"):
            return self.answers["DATA"].pop(0)
        self.mails.append(envelope)
        return "250 taken"


class Gruff:
    """A server that says these lines one after the other, each after a line from us, and then hangs up.

    With ``taken`` it reads a whole mail after the last of them and takes it, and hangs up without a good bye.
    """

    def __init__(self, *lines, taken=False):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._lines, self._taken, self.heard = lines, taken, []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(5)

    def _serve(self):
        with suppress(OSError):
            while True:
                peer, _ = self._listening.accept()
                with peer, peer.makefile("rb") as said, suppress(OSError):
                    for line in self._lines:
                        peer.sendall(line.encode() + b"\r\n")
                        heard = said.readline()
                        self.heard.append(heard)
                        if not heard:
                            break
                    if self._taken:
                        for line in said:
                            if line == b".\r\n":
                                peer.sendall(b"250 taken\r\n")
                                break


class Receiver:
    """A webhook's receiver: what came stands in ``calls``; it answers what ``answers`` says, then 200."""

    def __init__(self, tls=None):
        self.calls, self.answers = [], []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                status, headers, answer = receiver.answers.pop(0) if receiver.answers else (200, {}, b"ok")
                if status is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in {"Content-Length": str(len(answer)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(answer)

            def do_GET(self):
                receiver.calls.append((self.path, {}, b"GET"))
                self.send_error(405)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        # A refused handshake is no reason to write to the terminal.
        self._server.handle_error = lambda *_: None
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
