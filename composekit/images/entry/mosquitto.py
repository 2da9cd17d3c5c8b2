"""The eclipse-mosquitto image's entrypoint: the broker with its configuration rewritten for a replica at an address.

Without a listener the image's broker is for its own container only; here it listens at the replica's address then.
https://mosquitto.org/man/mosquitto-conf-5.html
"""

import os

from composekit.errors import ComposekitError
from composekit.images.entry.identity import give, switch, user_named, within_reach
from composekit.images.entry.view import View, become, read_view, without_own

_FILE = "/mosquitto/config/mosquitto.conf"
_WRITTEN = ("/mosquitto/data", "/mosquitto/log")
_PLACES = frozenset(
    {"acl_file", "bridge_cafile", "cafile", "capath", "certfile", "crlfile", "dhparamfile", "include_dir", "keyfile"}
    | {"password_file", "persistence_location", "plugin", "psk_file"}
)
_ALL = frozenset({"0.0.0.0", "::", "*"})  # noqa: S104  # what is written there, not bound to


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the broker, or the command that was given instead."""
    name = os.path.basename(arguments[0]) if arguments else ""
    if name != "mosquitto" and not name.startswith("-"):
        become(arguments, without_own(environ))
    words = arguments[1:] if name == "mosquitto" else arguments
    view = read_view(environ)
    environ = without_own(environ)
    for place in _WRITTEN:
        os.makedirs(view.writable(place), exist_ok=True)
    user = user_named("mosquitto") if os.geteuid() == 0 else None
    if user is not None:
        for place in (*map(view.writable, _WRITTEN), view.scratch):
            give(place, user)
        view = within_reach(view, user)
    file = next((words[at + 1] for at, word in enumerate(words[:-1]) if word in {"-c", "--config-file"}), "")
    if file:
        words = [_rewritten(view, file) if word == file else word for word in words]
    if user is not None:
        environ = switch(user, environ)
    become([program, *words], environ, program=program)


def _rewritten(view: View, file: str) -> str:
    real = view.provided(file) or view.written(file)
    if real is None and file != _FILE:
        raise ComposekitError(f"there is no '{file}'", hint="mount it, or leave out -c")
    text = ""
    if real is not None:
        with open(real, encoding="utf-8", errors="surrogateescape") as opened:
            text = opened.read()
    made = os.path.join(view.scratch, "mosquitto.conf")
    with open(made, "w", encoding="utf-8", errors="surrogateescape") as opened:
        opened.write(configuration(text, view))
    os.chmod(made, 0o644)
    return made


def configuration(text: str, view: View) -> str:
    """Return a configuration that listens at the replica's address; its places are this machine's."""
    address = view.addresses[0] if view.addresses else ""
    lines = []
    for line in text.splitlines():
        words = line.split()
        key = words[0] if words else ""
        if key == "listener" and len(words) > 1 and words[1] != "0" and address:
            is_all = len(words) < 3 or words[2] in _ALL
            lines.append(f"listener {words[1]} {address if is_all else words[2]}")
        elif key in {"bind_address", "user", "pid_file"}:
            continue  # said by us, or of no use in the foreground
        elif key == "port" and len(words) > 1:
            lines.append(f"listener {words[1]} {address}".rstrip())
        elif key == "log_dest" and words[1:2] == ["file"] and len(words) > 2:
            lines.append(f"log_dest file {view.writable(words[2])}")
        elif key in _PLACES and len(words) > 1:
            place = line.split(None, 1)[1].strip()
            lines.append(f"{key} {_place(view, key, place)}")
        else:
            lines.append(line)
    if address and not any(line.startswith("listener ") for line in lines):
        open_to_all = not any(line.startswith(("allow_anonymous", "password_file", "psk_file")) for line in lines)
        lines += [f"listener 1883 {address}", *(["allow_anonymous true"] if open_to_all else [])]
    return "".join(f"{line}\n" for line in lines)


def _place(view: View, key: str, place: str) -> str:
    if key == "persistence_location":
        return view.writable(place.rstrip("/")) + "/"
    return view.reading(place)
