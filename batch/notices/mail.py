"""Sending e-mail over SMTP: never in clear text but to this machine itself, and never for longer than a few minutes."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage

from batch.core.errors import UsageError
from batch.core.harmless import legible
from batch.notices.letters import address
from batch.notices.undelivered import LATER, NotSent, TooLarge
from batch.notices.wording import short

_HOST, _PORT, _TLS = "REASSIGN_SMTP_HOST", "REASSIGN_SMTP_PORT", "REASSIGN_SMTP_TLS"
_USER, _PASSWORD, _FROM = "REASSIGN_SMTP_USER", "REASSIGN_SMTP_PASSWORD", "REASSIGN_SMTP_FROM"
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
#: Where a mail may go without TLS.
_HERE = ("localhost", "127.0.0.1", "::1")
#: Seconds for a connection; for one answer (a server may look through attachments first); and for the whole of it: a
#: server that answers a letter at a time would hold up the night.
_CONNECT, _ANSWER, _WHOLE = 20.0, 120.0, 240.0
#: Storage exceeded: about a message, that it is too large (RFC 1870).
_TOO_LARGE = 552


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in, and as whom. ``tls`` is ``starttls``, ``tls`` (from the first byte) or ``none``."""

    host: str
    port: int
    tls: str
    sender: Address
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> MailServer:
        """The server that the variables ``REASSIGN_SMTP_*`` name; ``UsageError`` names one that is missing or wrong."""
        host = _given(env, _HOST, "the mail server that takes mail from this machine").strip("[]")
        tls = env.get(_TLS, "").strip().casefold() or "starttls"
        if tls not in _PORTS:
            raise UsageError(f"{_TLS} is neither starttls, tls nor none.", "Leave it out for starttls.")
        if tls == "none" and host.casefold() not in _HERE:
            raise UsageError(
                f"{_TLS}=none would send mail in clear text to {host}.",
                f"That is for a server on this machine only (localhost). Set {_TLS}=starttls or tls.",
            )
        try:
            sender = address(_given(env, _FROM, "the address that mail comes from"))
        except UsageError as error:
            raise error if _FROM in error.what else UsageError(f"{_FROM}: {error.what}", error.todo) from None
        if not sender.addr_spec.isascii():
            raise UsageError(f"{_FROM} is not in plain ASCII.", "Write the domain as in DNS (xn--…).")
        user, password = _signing_in(env, tls)
        return cls(host=host, port=_port(env, tls), tls=tls, sender=sender, user=user, password=password)


def send(mail: EmailMessage, server: MailServer) -> None:
    """Hand the mail in; raises ``NotSent``. Certificate and host name are checked against what this system trusts.

    A server that offers no STARTTLS gets nothing. ``SSL_CERT_FILE`` can name a private certificate authority.
    """
    trouble = _sent(mail, server)
    if trouble is not None:  # outside of any handler: what the library raised may hold what was sent
        raise trouble


def _sent(mail: EmailMessage, server: MailServer) -> NotSent | None:
    handed_in = False
    try:
        with _connected(server) as connection:
            if server.tls == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, server.password)
            handed_in = True
            connection.send_message(mail)
    except Exception as error:
        trouble = _trouble(error, server)
        if handed_in and trouble.again and not _answered(error):
            trouble.after = LATER  # it may have been taken: at once it would come twice, or more often
        return trouble
    return None


def _answered(error: Exception) -> bool:
    return isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected)


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    """A connection that is cut after a while, whatever the server does; how it is left does not matter any more."""
    if server.tls == "tls":
        context = ssl.create_default_context()
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_CONNECT, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=_CONNECT)
    timer = threading.Timer(_WHOLE, _cut, [connection])
    timer.daemon = True
    timer.start()
    try:
        if connection.sock is not None:
            connection.sock.settimeout(_ANSWER)
        yield connection
        with suppress(OSError):
            connection.quit()
    finally:
        timer.cancel()
        connection.close()


def _cut(connection: smtplib.SMTP) -> None:
    # Not the method of a TLS socket: that one forgets its keys first, and another thread would go on in clear text.
    if connection.sock is not None:
        with suppress(OSError):
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


def _trouble(error: Exception, server: MailServer) -> NotSent:
    """What to tell of an error, the most particular first; the answer of the server is shown only without a secret."""
    at = f"The mail server {server.host}"
    match error:
        case smtplib.SMTPAuthenticationError():
            return NotSent(
                f"{at} refused the sign-in of {server.user} ({error.smtp_code}).",
                f"Check {_USER} and {_PASSWORD}, and whether this account may send by SMTP.",
                again=_passing(error.smtp_code),
            )
        case smtplib.SMTPRecipientsRefused():
            name, (code, text) = next(iter(error.recipients.items()))
            return _refused(f"{at} takes no mail for {name}", code, text, server)
        case smtplib.SMTPSenderRefused() | smtplib.SMTPDataError() if error.smtp_code == _TOO_LARGE:
            return TooLarge(f"{at} takes no mail of this size.", "Attach less: attach in [notify].", again=False)
        case smtplib.SMTPResponseException():
            return _refused(f"{at} did not take the mail", error.smtp_code, error.smtp_error, server)
        case smtplib.SMTPNotSupportedError():
            return _not_offered(at, str(error), server)
        case ssl.SSLCertVerificationError():
            return NotSent(
                f"The certificate of {server.host} is not trusted ({error.verify_message}).",
                f"{_HOST} has to be the name in the certificate; SSL_CERT_FILE can name a private authority.",
                again=True,
                after=LATER,
            )
    return _unreached(error, at, server)


def _unreached(error: Exception, at: str, server: MailServer) -> NotSent:
    check = f"Check {_HOST}, {_PORT} and {_TLS}, and whether this machine may connect there."
    match error:
        case ssl.SSLError():
            return NotSent(f"No TLS came about with {server.host}, port {server.port}.", check, again=True)
        case socket.gaierror():
            return NotSent(f"The name {server.host} was not found.", check, again=True)
        case TimeoutError():
            return NotSent(f"{at} did not answer in time.", check, again=True)
        case smtplib.SMTPServerDisconnected():
            how = "did not answer in time" if "timed out" in str(error) else "ended the connection"
            return NotSent(f"{at} {how}.", check, again=True)
        case smtplib.SMTPException():  # the library knows no other than that it cannot sign in
            return _not_offered(at, "AUTH", server)
        case OSError():
            why = error.strerror or type(error).__name__
            return NotSent(f"No connection to {server.host}, port {server.port} ({why}).", check, again=True)
    return NotSent(
        f"The mail could not be put in the terms of {server.host} ({type(error).__name__}).",
        f"Check the addresses, {_USER} and {_PASSWORD}: letters beyond ASCII are not for every server.",
        again=False,
    )


def _not_offered(at: str, text: str, server: MailServer) -> NotSent:
    if "STARTTLS" in text:
        todo = f"It is not sent in clear text. For a server with TLS from the first byte set {_TLS}=tls (port 465)."
        return NotSent(f"{at} does not offer STARTTLS on port {server.port}.", todo, again=True, after=LATER)
    if "AUTH" in text:
        todo = f"Leave {_USER} and {_PASSWORD} out when it takes mail without, or ask whoever runs it."
        return NotSent(f"{at} offers no way to sign in with a password.", todo, again=True, after=LATER)
    return NotSent(f"{at} takes no addresses with letters beyond ASCII.", "Use another address.", again=False)


def _refused(what: str, code: int, text: bytes | str, server: MailServer) -> NotSent:
    said = short(legible(text.decode("utf-8", "replace") if isinstance(text, bytes) else text), 200)
    if server.password and server.password in said:
        said = ""
    todo = "Ask whoever runs the mail server, or correct [notify] of the job."
    return NotSent(f"{what}: {code} {said}".rstrip() + ".", todo, again=_passing(code))


def _passing(code: int) -> bool:
    """4yz answers are for now, 5yz for good (RFC 5321, 4.2.1); anything else is no answer."""
    return not 500 <= code <= 599


def _given(env: Mapping[str, str], name: str, what: str) -> str:
    text = env.get(name, "").strip()
    if not text:
        raise UsageError(f"{name} is not set: {what}.", f"Set the environment variable {name}.")
    if not text.isprintable():
        raise UsageError(f"{name} holds characters that nobody can see.", "Write it anew.")
    return text


def _port(env: Mapping[str, str], tls: str) -> int:
    text = env.get(_PORT, "").strip() or str(_PORTS[tls])
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise UsageError(f"{_PORT} is not a number from 1 to 65535.", f"Leave it out for {_PORTS[tls]}.")
    return int(text)


def _signing_in(env: Mapping[str, str], tls: str) -> tuple[str, str]:
    """User and password, or two empty texts for a server that takes mail from this machine as it is."""
    user, password = env.get(_USER, "").strip(), env.get(_PASSWORD, "")
    if not user and not password:
        return "", ""
    if not (user and password):
        missing = _PASSWORD if user else _USER
        raise UsageError(f"{missing} is not set.", f"Set it, or leave out {_USER} and {_PASSWORD} both.")
    if tls == "none":
        raise UsageError(
            f"{_PASSWORD} would go over the wire in clear text.",
            f"Set {_TLS}=starttls or tls, or leave out {_USER} and {_PASSWORD}.",
        )
    for name, text in ((_USER, user), (_PASSWORD, password)):
        if not (text.isascii() and text.isprintable()):
            raise UsageError(
                f"{name} holds other characters than visible ASCII.", "SMTP servers agree on no others; set a new one."
            )
    return user, password
