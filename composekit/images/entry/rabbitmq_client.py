"""rabbitmqctl, rabbitmq-diagnostics and their like as they are called in the container: the node is the replica's."""

import os

from composekit.images.entry.rabbitmq import data_mark, node_environment
from composekit.images.entry.view import become, read_view, without_own

_SCRIPTS = "/usr/lib/rabbitmq/bin"


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the tool."""
    view = read_view(environ)
    own = without_own(environ)
    name = os.path.basename(program)
    direct = os.path.join(_SCRIPTS, name)  # Debian's in /usr/sbin clear the environment
    more = node_environment(own, view, data_mark(view)) if view.scratch else {}
    become([name, *arguments], {**own, **more}, program=direct if os.path.exists(direct) else program)
