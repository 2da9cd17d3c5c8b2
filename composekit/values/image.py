"""Image references: "nginx", "ghcr.io/org/app:1.2" or "app@sha256:..." to parts, and to a short and a full spelling.

Facts: https://pkg.go.dev/github.com/distribution/reference, whose normalisation Docker applies to what people write.
"""

import re
from typing import NamedTuple

from composekit.errors import BadValue
from composekit.values.grammar import Language, Reason

DEFAULT_DOMAIN = "docker.io"
_LEGACY_DOMAIN = "index.docker.io"
_OFFICIAL = "library/"
_LONGEST_PATH = 255
_DIGEST_SIZES = {"sha256": 64, "sha384": 96, "sha512": 128}

_PLAIN = re.compile(
    r"((?:[a-z0-9]+(?:[.-][a-z0-9]+)*(?::[0-9]+)?/)?)"
    r"((?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*)"
    r"(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha256:[a-f0-9]{64}))?"
)
_FORM = "write [REGISTRY/]NAME[:TAG][@DIGEST], such as nginx:1.27 or ghcr.io/org/app:2.0"
_LANGUAGE = Language(
    "image",
    "/@",
    (
        Reason("the image name is missing", _FORM, ("", ":tag", "@sha256", "a.b/", "a.b/:t", "a/", "a/:t", "/a")),
        Reason(
            "an image reference cannot contain white space", _FORM, (" a", "a ", "a/ ", "a.b/ ", "a:b ", "a: ", "a@ ")
        ),
        Reason("the tag after ':' is missing", _FORM, ("a:", "a/b:", "a.b/c:", "a:@sha256", "a.b:5000/c:@x")),
        Reason("the digest after '@' is missing", "write @sha256: and 64 hexadecimal digits", ("a@", "a:b@")),
        Reason(
            "'{word}' is not a digest",
            "write @sha256: and 64 hexadecimal digits",
            ("a@x", "a:b@x", "a@sha256:0", "a@7", "a@:"),
        ),
        Reason("a URL is not an image reference", "leave out what stands before the registry", ("https://a",)),
        Reason(
            "a tag cannot be followed by a path",
            "a registry's port comes before the path: registry:5000/name",
            ("a:b/c",),
        ),
        Reason(
            "a tag has only letters, digits, '_', '.' and '-', at most 128",
            _FORM,
            ("a:b!", "a:b:c", "a:.", "a:-", "a:!", "a:b$", "a:" + "b" * 129),
        ),
        Reason(
            "an image name is lower case",
            "only the registry and the tag may have capital letters",
            ("A", "aB", "a/B", "a/bC", "a.b/C"),
        ),
        Reason(
            "'{word}' is not a name",
            "a name is lower-case letters and digits, with single '.', '_' or '__' or dashes between them",
            (
                "a..b",
                "a-",
                "a_",
                "a.",
                "-a",
                "_a",
                ".a",
                "a/-",
                "a/_",
                "a/.",
                "a//b",
                "a.b//c",
                "a.b/-",
                "a!",
                "!",
                "a/!",
            ),
        ),
    ),
    Reason("'{text}' is not an image reference", _FORM, ()),
)


class ImageRef(NamedTuple):
    """An image's parts with Docker Hub's defaults filled in; `tag` and `digest` are "" where nothing was written.

    `domain` is "" in the one case that Docker leaves so: what looks like a registry but cannot be one (my_host.com/a).
    """

    domain: str
    path: str
    tag: str = ""
    digest: str = ""

    @property
    def familiar(self) -> str:
        """The shortest spelling that means the same, as Docker prints it: nginx, org/app:1, ghcr.io/org/app."""
        name = f"{self.domain}/{self.path}" if self.domain else self.path
        if self.domain == DEFAULT_DOMAIN:
            rest = self.path.removeprefix(_OFFICIAL)
            name = rest if "/" not in rest else self.path
        return name + self._suffix(self.tag)

    @property
    def canonical(self) -> str:
        """The full spelling: docker.io/library/nginx:latest; `latest` is only added where there is no digest."""
        name = f"{self.domain}/{self.path}" if self.domain else self.path
        return name + self._suffix(self.tag or ("" if self.digest else "latest"))

    def _suffix(self, tag: str) -> str:
        return (f":{tag}" if tag else "") + (f"@{self.digest}" if self.digest else "")


def parse_image(text: str) -> ImageRef:
    """Read an image reference; raises `BadValue` with the offset of what is wrong."""
    return _plain_image(text) or _image_by_grammar(text)


def _plain_image(text: str) -> ImageRef | None:
    found = _PLAIN.fullmatch(text)
    if found is None or len(text) > _LONGEST_PATH or len(text) == 64:
        return None
    first, rest, tag, digest = found.groups()
    domain = first[:-1]
    if domain != "localhost" and "." not in domain and ":" not in domain:
        domain, rest = DEFAULT_DOMAIN, first + rest
        if not first and "." in rest.partition("/")[0] and "/" in rest:
            return None  # my_host.com/app: looks like a registry and is none
    return _filled(domain or DEFAULT_DOMAIN, rest, tag or "", digest or "")


def _filled(domain: str, path: str, tag: str, digest: str) -> ImageRef:
    if domain == _LEGACY_DOMAIN:
        domain = DEFAULT_DOMAIN
    if domain == DEFAULT_DOMAIN and "/" not in path:
        path = _OFFICIAL + path
    return ImageRef(domain, path, tag, digest)


def _image_by_grammar(text: str) -> ImageRef:
    if len(text) == 64 and not text.strip("0123456789abcdef"):
        hint = "write the name before it: NAME@sha256:DIGEST"
        raise BadValue("a bare digest does not name an image", offset=0, length=64, hint=hint)
    parts = {"DOMAIN": "", "TAG": "", "DIGEST": ""}
    components: list[str] = []
    for token in _LANGUAGE.parse(text).scan_values(lambda _: True):
        if token.type == "COMPONENT":
            components.append(str(token))
        else:
            parts[token.type] = str(token)
    if parts["DIGEST"]:
        _check_digest(parts["DIGEST"], len(text) - len(parts["DIGEST"]))
    path = "/".join(components)
    domain = parts["DOMAIN"]
    start = len(domain) + 1 if domain else 0
    if not domain and not ("/" in path and "." in components[0]):
        domain = DEFAULT_DOMAIN
    image = _filled(domain, path, parts["TAG"], parts["DIGEST"])
    if len(image.path) > _LONGEST_PATH:
        hint = f"the limit is {_LONGEST_PATH}"
        raise BadValue(f"the name has {len(image.path)} characters", offset=start, length=len(path), hint=hint)
    return image


def _check_digest(digest: str, offset: int) -> None:
    algorithm, _, digits = digest.partition(":")
    size = _DIGEST_SIZES.get(algorithm)
    if size is None:
        hint = "use sha256, sha384 or sha512"
        raise BadValue(f"'{algorithm[:40]}' is not a digest algorithm", offset=offset, length=len(algorithm), hint=hint)
    at = offset + len(algorithm) + 1
    if len(digits) != size:
        raise BadValue(
            f"the digest has {len(digits)} digits where {algorithm} has {size}",
            offset=at,
            length=len(digits),
            hint="copy the digest whole",
        )
    if digits != digits.lower():
        raise BadValue("a digest is written in lower case", offset=at, length=size, hint=f"write {digits.lower()}")
