"""What images rely on when they run as a user of their own."""

import os

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")]


@pytest.mark.parametrize("runner", ["me"], indirect=True)
@pytest.mark.parametrize("tty", ["false", "true"])
def test_a_user_who_is_not_root_opens_its_standard_streams_by_name(runner, tty):
    file = runner.folder / "compose.yaml"
    command = 'echo to the log > /dev/stdout && echo "as $(id -u)" > /dev/stderr'
    file.write_text(
        "name: ckusers\nservices:\n  box:\n    image: alpine\n    user: '33'\n"
        f"    tty: {tty}\n    command: ['sh', '-c', {command.replace('$', '$$')!r}]\n"
    )
    done = runner("-f", file, "up", "--no-log-prefix")

    assert done.returncode == 0, done.stderr
    shown = (done.stdout + done.stderr).replace("\r", "").splitlines()
    assert {"to the log", "as 33"} <= set(shown)
