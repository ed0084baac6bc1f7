"""What never stands in a job file: servers, addresses that carry a secret, and secrets. The environment says them."""

from __future__ import annotations

import re

_SMTP = "REASSIGN_SMTP_HOST"
_URL = "REASSIGN_WEBHOOK_URL"
_SECRET = "REASSIGN_WEBHOOK_SECRET"  # noqa: S105  the name of a variable
#: Of the table [tenant]: what a key is about → the variable that says it.
_OF_TENANT = {
    "tenant_id": "AZURE_TENANT_ID",
    "client_id": "AZURE_CLIENT_ID",
    "certificate": "AZURE_CLIENT_CERTIFICATE_PATH",
    "certificate_path": "AZURE_CLIENT_CERTIFICATE_PATH",
    "certificate_password": "AZURE_CLIENT_CERTIFICATE_PASSWORD",
}
_OF_SMTP = re.compile(r"smtp_(host|port|user|password|from|tls)")
#: A word of a key → the variable that says it.
_WORDS = {
    **dict.fromkeys(("password", "passwd", "pwd", "passphrase"), "REASSIGN_SMTP_PASSWORD"),
    **dict.fromkeys(("url", "uri", "endpoint"), _URL),
    **dict.fromkeys(("secret", "secrets", "token", "key", "apikey", "credential", "credentials", "hmac"), _SECRET),
    **dict.fromkeys(("smtp", "server"), _SMTP),
}
#: Tables about servers that want secrets; what is a choice of words there has shorter ones.
_SENDING = ("notify", "tenant")
_LONGEST_WORD = 40
_TABLES = {"smtp": _SMTP, "webhook": _URL}


def variable_for(table: str, key: str) -> str:
    """The environment variable that says what this key of a job file wants to say; empty for a key that is no secret.

    ``table`` is empty for a name at the top of the file.
    """
    name = re.sub(r"[^a-z0-9]+", "_", key.casefold()).strip("_")
    if not table and name in _TABLES:
        return _TABLES[name]
    if found := _OF_SMTP.fullmatch(name):
        return f"REASSIGN_SMTP_{found[1].upper()}"
    if table == "tenant" and name in _OF_TENANT:
        return _OF_TENANT[name]
    said = [_WORDS[word] for word in name.split("_") if word in _WORDS]
    if not said:
        return ""
    return "AZURE_CLIENT_SECRET" if table == "tenant" or name == "client_secret" else said[-1]


def may_be_secret(table: str, value: object) -> bool:
    """Whether a value that is not what it should be is better not repeated: complaints go into books and by mail.

    An address carries its secret within; one word of a URL, or a token, is longer than what is misspelt by mistake.
    """
    match value:
        case str():
            return "://" in value or (table in _SENDING and len(value) > _LONGEST_WORD)
        case list():
            return any(may_be_secret(table, item) for item in value)
        case dict():
            return any(variable_for(table, str(key)) or may_be_secret(table, item) for key, item in value.items())
    return False
