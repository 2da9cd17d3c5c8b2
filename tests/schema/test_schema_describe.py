"""One sentence for each place of a Compose file."""

import pytest

from composekit.schema.describe import describe


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (("name",), "Name of the project, unless the command line or environment gives another."),
        (("services", "web", "ports"), "Container ports published on the host."),
        (("services", "web.v2", "ports", 3), "One published port, as HOST:CONTAINER/PROTOCOL or spelled out."),
        (("services", "web", "ports", 0, "target"), "Port inside the container."),
        (("services", "web"), "One part of the application: a container image and how its containers are run."),
        (("services", "web", "deploy", "update_config", "delay"), "Pause between one batch and the next."),
        (("services", "web", "deploy", "update_config"), "How replicas are replaced when the service changes."),
        (("services", "web", "environment", "ANY"), "Value of one name."),
        (("volumes", "data", "external"),
         "Use a volume that exists already and that Compose neither creates nor removes."),
        (("x-anything",), "A key of your own: Compose carries it along, and other tools may read it."),
    ],
)  # fmt: skip
def test_a_place_has_a_sentence(path, sentence):
    assert describe(path) == sentence


@pytest.mark.parametrize(
    "path",
    [("servces",), ("services", "a b"), ("services", "web", "image", "deeper"), ("name", 0), ("x-a", "b")],
)
def test_a_place_the_schema_does_not_know_has_none(path):
    assert describe(path) is None


def test_the_file_itself_has_a_sentence():
    assert describe(()).startswith("A Compose file: ")


def test_every_key_of_every_object_has_a_sentence(documents):
    silent = [
        path
        for path in documents.paths()
        if path[-1] not in ("unknown", "", 0) and describe(path) is None
    ]  # fmt: skip

    assert silent == []
