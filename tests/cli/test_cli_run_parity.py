"""Every command on a running project, held against what Docker Compose answered on a real engine (tests/parity)."""

import importlib.util
import json
import sys
import tempfile
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="replicas need addresses of their own"),
]

RECORD = Path(__file__).resolve().parents[1] / "parity" / "record.py"


def test_commands_answer_as_docker_compose_does():
    found = importlib.util.spec_from_file_location("parity_record", RECORD)
    assert found is not None
    record = importlib.util.module_from_spec(found)
    found.loader.exec_module(record)
    theirs = json.loads(record.ANSWERS.read_text(encoding="utf-8"))
    assert [tuple(one["command"]) for one in theirs] == list(record.COMMANDS)
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ck-parity-") as folder:
        assert record.differences(record.ask_composekit(folder), theirs) == []
