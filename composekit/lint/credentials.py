"""What looks like a credential: the names of variables, literal values, and passwords inside URLs."""

import re
from functools import lru_cache

_NAME = re.compile(
    r"(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|SECRET_?KEY(?:_?BASE)?|PRIVATE_?KEY|ENCRYPTION_?KEY)"
    r"(?:_?\d+)?$",
    re.IGNORECASE,
)
_SWITCH = frozenset({"true", "false", "yes", "no", "on", "off", "none", "null", "enabled", "disabled", "0", "1"})
_KINDS = frozenset({"jwt", "jws", "jwe", "opaque", "bearer", "basic", "oauth", "oauth2", "oidc", "saml", "ldap"})
"""Names of kinds of credentials, which variables such as ACCESS_TOKEN choose from."""

_PLACEHOLDER = re.compile(
    r"^<.*>$|^\[.*\]$|^\{\{.*\}\}$|^(.)\1*$|^%.*%$"
    r"|change[-_ ]?(?:me|it|this)|replace[-_ ]?(?:me|with|this)?|your[-_ ]|my[-_ ]?(?:secret|password|token)"
    r"|^your|placeholder|example|xxx|to-?do|insert[-_ ]|dummy|redacted|fix-?me",
    re.IGNORECASE,
)
# Paths, and references that another program looks up.
_ELSEWHERE = re.compile(r"^(?:\.{0,2}/|[A-Za-z]:\\|~/|file:|env:|vault:|op://|arn:aws|ENC\[|secret://|\$)")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/@:'\"]*:([^\s/@'\"]+)@", re.IGNORECASE)


@lru_cache(maxsize=16384)
def is_credential_name(name: str) -> bool:
    """Tell whether a variable's name ends as those of credentials do."""
    return _NAME.search(name) is not None


def is_literal(value: str) -> bool:
    """Tell whether a value can be the credential itself."""
    if value.lower() in _SWITCH or value.lower() in _KINDS:
        return False
    return not _PLACEHOLDER.search(value) and not _ELSEWHERE.match(value)


def is_placeholder(value: str) -> bool:
    """Tell whether a value asks to be replaced, such as changeme."""
    return _PLACEHOLDER.search(value) is not None


def is_literal_or_placeholder(value: str) -> bool:
    """Tell whether a value would be used as the credential as it stands."""
    return value.lower() not in _SWITCH and not _ELSEWHERE.match(value)


def url_passwords(value: str) -> list[str]:
    """Return the literal passwords of the URLs in a text; those with a variable in them are not literal."""
    found = [url[1] for url in _URL.finditer(value)]
    return [one for one in found if "$" not in one and is_literal(one) and not one.startswith(("{", "%", "*"))]
