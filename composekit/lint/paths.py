"""Directories of the host that lead to the host itself."""

from composekit.lint.mounts import Mount
from composekit.source.diagnostic import Edit, Fix
from composekit.source.text import Span

_SYSTEM = frozenset(
    {
        "/", "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/root", "/run", "/sbin", "/sys", "/usr",
        "/usr/bin", "/usr/local/bin", "/usr/sbin", "/var", "/var/lib", "/var/lib/docker", "/var/lib/containerd",
        "/var/lib/kubelet", "/var/run", "/var/spool/cron", "/etc/cron.d", "/etc/ssh", "/etc/systemd", "/etc/sudoers.d",
    }
)  # fmt: skip


def system_directory(mount: Mount) -> str:
    """Return the system's directory that a mount gives away as a whole; empty for all other mounts."""
    if mount.kind != "bind" or not mount.source.startswith("/"):
        return ""
    written = mount.source_span.text.strip("\"'")
    source = mount.source.rstrip("/") or "/"
    # A relative path can lead there by chance, where the project lies.
    return source if source in _SYSTEM and written.startswith(("/", "$")) else ""


def make_read_only(mount: Mount) -> Fix | None:
    """Return a fix that adds `:ro` to a short form without options."""
    written = mount.span.text
    quote = written[-1] if written[:1] in {'"', "'"} else ""
    inner = written.strip("\"'")
    if not mount.source_span.text or inner.count(":") != 1 or "$" in inner or "\n" in inner:
        return None
    end = mount.span.end - len(quote)
    return Fix("mount it read-only", (Edit(Span(mount.span.source, end, end), ":ro"),), safe=False)
