"""Image names as the Docker client sends them: short where Docker Hub allows it, and always with a tag.

The grammar is that of https://pkg.go.dev/github.com/distribution/reference.
"""

import re

_HUB = "docker.io"
_OLD_HUB = "index.docker.io"

_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_WORD = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PATH = rf"{_WORD}(?:/{_WORD})*"
_TAG = r"\w[\w.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_NAME = re.compile(rf"(?P<host>{_HOST})/(?P<path>{_PATH})(?::(?P<tag>{_TAG}))?(?:@(?P<digest>{_DIGEST}))?", re.ASCII)
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")


def tagged_image(image: str) -> str | None:
    """Return `nginx:latest` for `docker.io/library/nginx`; `None` when it is no image name at all.

    An image that is named by a bare identifier or has a digest keeps what it has.
    """
    if _IDENTIFIER.fullmatch(image):
        return image
    host, path = _split_host(image)
    found = _NAME.fullmatch(f"{host}/{path}")
    if found is None or len(found["path"]) > 255:
        return None
    name = found["path"]
    shown = f"{host}/{name}"
    if host == _HUB:
        shown = name.removeprefix("library/") if name.count("/") == 1 else name
    tag = found["tag"] or ("" if found["digest"] else "latest")
    return shown + (f":{tag}" if tag else "") + (f"@{found['digest']}" if found["digest"] else "")


def _split_host(image: str) -> tuple[str, str]:
    """Return registry and the rest; a first part is a registry when it could not be a user of Docker Hub."""
    first, slash, rest = image.partition("/")
    if not slash:
        return _HUB, f"library/{image}"
    if first == _OLD_HUB:
        first = _HUB
    if first == _HUB:
        return _HUB, rest if "/" in rest else f"library/{rest}"
    if first == "localhost" or "." in first or ":" in first or first.lower() != first:
        return first, rest
    return _HUB, image
