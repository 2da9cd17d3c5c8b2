"""The config hash is Docker Compose's own: these were printed by its `config --hash`."""

import pytest


@pytest.mark.parametrize(
    ("written", "hashed"),
    [
        (
            "env_file: [{required: false, path: /it, format: raw}, {path: /none, required: false}]",
            "4f2681b08972e6437ef20d18b86056578d9619f9c8038a44d4f1a75b98f13aef",
        ),
    ],
)
def test_the_hash_of_a_service_is_docker_composes(command, written, hashed):
    files = {"compose.yaml": f"name: x\nservices: {{w: {{image: x, {written}}}}}\n"}
    assert command(files, "config", "--hash", "w") == (0, f"w {hashed}\n", "")
