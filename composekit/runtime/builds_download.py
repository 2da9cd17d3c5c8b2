"""A file on the web, written to this machine with its digest and the time it says it was changed."""

import base64
import hashlib
import os
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPMessage
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import Request, urlopen

from composekit.errors import ComposekitError
from composekit.images.remote import redacted

_QUIET_SECONDS = 60.0
_CHUNK = 1 << 20


class Downloaded(NamedTuple):
    """`name` is how its address ends, or empty; `digest` is its SHA-256, `modified` seconds since 1970 or `None`."""

    path: str
    name: str
    digest: str
    modified: float | None = None


def download(url: str, folder: str, *, checksum: str = "", quiet_seconds: float = _QUIET_SECONDS) -> Downloaded:
    """Write what is at an address into a file of `folder`, which is gone again when that fails.

    `checksum` is `ALGORITHM:HEX`. Raises `ComposekitError`, also when nothing comes for `quiet_seconds`.
    """
    shown = redacted(url)
    path = os.path.join(folder, hashlib.sha256(url.encode("utf-8", "surrogateescape")).hexdigest())
    try:
        headers, digest, wanted = _write(url, path, checksum, quiet_seconds)
    except HTTPError as wrong:
        raise ComposekitError(f"cannot download {shown}: HTTP {wrong.code} {wrong.reason}".rstrip()) from None
    except (OSError, ValueError, HTTPException) as wrong:
        reason = getattr(wrong, "reason", None) or wrong
        quiet = f"nothing came for {quiet_seconds:.0f} s"
        said = quiet if isinstance(reason, TimeoutError) else redacted(str(reason)) or type(reason).__name__
        raise ComposekitError(f"cannot download {shown}: {said}") from None
    if wanted and checksum and wanted != checksum.partition(":")[2].lower():
        raise ComposekitError(f"{shown} has another checksum than {checksum}: {checksum.partition(':')[0]}:{wanted}")
    name = os.path.basename(unquote(urlsplit(url).path))
    return Downloaded(path, name, digest, _modified(headers))


def _write(url: str, path: str, checksum: str, quiet_seconds: float) -> tuple[HTTPMessage, str, str]:
    total, other = hashlib.sha256(), hashlib.new(checksum.partition(":")[0]) if checksum else None
    with urlopen(_request(url), timeout=quiet_seconds) as answer, open(path, "wb") as file:  # noqa: S310  # the caller knows that it is http
        while chunk := answer.read(_CHUNK):
            file.write(chunk)
            total.update(chunk)
            if other is not None:
                other.update(chunk)
        if answer.length:
            raise HTTPException(f"it ended {answer.length} bytes too early")
        return answer.headers, total.hexdigest(), other.hexdigest() if other is not None else ""


def _request(url: str) -> Request:
    """Return a request; the login that an address holds is sent to its own host only."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    request = Request(urlunsplit(parts._replace(netloc=host, fragment="")))  # noqa: S310  # as above
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(login.encode()).decode()}")
    return request


def _modified(headers: HTTPMessage) -> float | None:
    try:
        return parsedate_to_datetime(headers["Last-Modified"]).timestamp()
    except (TypeError, ValueError):
        return None
