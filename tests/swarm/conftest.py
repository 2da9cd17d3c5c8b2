"""Loads what the swarm tests write down, and turns it into a plan or into request bodies."""

import textwrap

import pytest
from swarm_conversion import convert_file


@pytest.fixture
def convert(tmp_path):
    """Convert one Compose file, in a project named `shop`, to the stack `demo`."""

    def run(text, *, environment=None, files=None):
        for name, content in (files or {}).items():
            (tmp_path / name).write_bytes(content)
        (tmp_path / "compose.yaml").write_text("name: shop\n" + textwrap.dedent(text), encoding="utf-8")
        return convert_file(str(tmp_path / "compose.yaml"), environment=environment)

    return run


@pytest.fixture
def service(convert):
    """Convert a file with the one service `web`, given by its attributes, and return its request body."""

    def run(attributes):
        lines = textwrap.indent(textwrap.dedent(attributes), "    ")
        return convert(f"services:\n  web:\n    image: nginx\n{lines}").body("services", "demo_web")

    return run


@pytest.fixture
def container(service):
    """The same, but only what runs in each task."""

    def run(attributes):
        return service(attributes)["TaskTemplate"]["ContainerSpec"]

    return run
