"""The mariadb image's entrypoint, which is that of mysql with options that are MariaDB's own."""

from composekit.images.entry import mysql


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the server, or the command that was given instead."""
    mysql.start(program, arguments, environ, is_mysql=False)
