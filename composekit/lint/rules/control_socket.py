"""Control socket of a container engine given to a service.

What it finds: a mount of the socket of Docker, containerd, Podman or CRI-O, read-only or not, and `use_api_socket:
    true`. A proxy that filters what others may ask of the engine is left alone; it is known by its image, whose name
    ends in `socket-proxy`.
Why it matters: whoever talks to that socket can start a container with the host's root directory in it, and so is root
    on the host. A read-only mount does not change that: the socket is still written to.
Instead of:
    services:
      proxy:
        image: traefik:v3.2
        volumes:
          - /var/run/docker.sock:/var/run/docker.sock:ro
Write:
    services:
      proxy:
        image: traefik:v3.2
        command: --providers.file.directory=/etc/traefik
Fix: none; a service that has to watch containers can ask a filtering proxy that answers only what it needs.
"""

from collections.abc import Iterator

from composekit.lint.images import read_image
from composekit.lint.mounts import mounts
from composekit.lint.reading import is_true, narrow, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping

INFO = RuleInfo("CK501", "control-socket", Severity.WARNING, "security", since="0.1")

_SOCKETS = {
    "docker.sock": "Docker",
    "containerd.sock": "containerd",
    "podman.sock": "Podman",
    "crio.sock": "CRI-O",
    "cri-dockerd.sock": "Docker",
    "dockershim.sock": "Docker",
    "docker_engine": "Docker",  # the named pipe //./pipe/docker_engine of Windows
}
_HINT = "leave it out, or put a filtering proxy between"


def check(ctx: LintContext) -> Iterator[Hit]:
    for mount in ctx.shared(mounts):
        engine = _SOCKETS.get(mount.source.replace("\\", "/").rpartition("/")[2])
        source = mount.node.get("source")
        if source is not None and engine and not _is_proxy(ctx.services[mount.service]):
            yield Hit(
                narrow(source.span, text(source)),
                "'{service}' can control {engine} on the host, and so the whole host",
                path=mount.path,
                hint=_HINT,
                service=mount.service,
                engine=engine,
            )
    for name, service, api in ctx.having("use_api_socket"):
        if is_true(api) and not _is_proxy(service):
            yield Hit(
                api.span,
                "'{service}' can control {engine} on the host, and so the whole host",
                path=("services", name, "use_api_socket"),
                hint=_HINT,
                service=name,
                engine="Docker",
            )


def _is_proxy(service: Mapping) -> bool:
    """Tell whether a service is there to filter what others ask of the engine."""
    image = read_image(text(service.get("image")))
    return image is not None and image.path.endswith("socket-proxy")
