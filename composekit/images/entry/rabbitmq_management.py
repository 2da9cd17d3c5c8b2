"""The entrypoint of the rabbitmq image's management variant."""

from composekit.images.entry import rabbitmq


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the server with its web pages, or the command that was given instead."""
    rabbitmq.start(program, arguments, environ, plugins=("rabbitmq_management", "rabbitmq_prometheus"))
