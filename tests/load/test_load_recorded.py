"""Generated projects against what Docker Compose 2.40 said of them, recorded by `bench/fuzz_config.py --record`."""

import json
import os

import pytest
from generate import ENV_FILES, ENVIRONMENT, generate

with open(os.path.join(os.path.dirname(__file__), "recorded.json"), encoding="utf-8") as _file:
    RECORDED = json.load(_file)


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: str(case["seed"]))
def test_a_project_is_read_as_docker_compose_reads_it(case, command):
    files = {name: text.encode() for name, text in {**ENV_FILES, **case["files"]}.items()}
    code, out, err = command(files, *case["words"], "config", "--format", "json", env=ENVIRONMENT, folder="project")
    assert (code == 0) == (case["data"] is not None), err
    if code == 0:
        assert json.loads(out) == case["data"]


def test_a_seed_always_gives_the_same_project():
    assert generate(7) == generate(7)
    assert generate(7) != generate(8)


@pytest.mark.parametrize("seed", range(500, 560))
def test_no_generated_project_crashes_loading(seed, command):
    project = generate(seed)
    files = {name: text.encode() for name, text in project.files.items()}
    code, _, err = command(files, *project.arguments, "config", env=ENVIRONMENT)
    assert code in (0, 1)
    assert (code == 1) == ("error[CK" in err)
