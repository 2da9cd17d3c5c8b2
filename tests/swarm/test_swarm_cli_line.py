import shlex
import shutil
import subprocess
from itertools import pairwise

import pytest

from composekit.swarm.cli_line import to_script


def commands(converted):
    """Return the words of each docker command, as a shell reads them."""
    lines = to_script(converted.plan).replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines if line.startswith("docker ")]


def options(words, name):
    return [value for option, value in pairwise(words) if option == name]


def test_objects_are_created_before_the_services_that_use_them(convert):
    made = convert(
        """
        services: {web: {image: x, secrets: [key], networks: [front]}}
        networks: {front: {}}
        secrets: {key: {file: key}}
        """,
        files={"key": b"k"},
    )
    assert [words[1] for words in commands(made)] == ["network", "secret", "service"]


def test_external_objects_are_not_created(convert):
    made = convert("""
        services: {web: {image: x, networks: [proxy]}}
        networks: {proxy: {external: true}}
    """)
    assert [words[1] for words in commands(made)] == ["service"]


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")
def test_no_value_is_ever_read_by_the_shell(convert, tmp_path):
    nasty = 'a\'b "c" $(touch pwned) `touch pwned` $HOME \\ ;&|\n# x'
    quoted = "".join(f"\\x{ord(char):02x}" for char in nasty).replace("\\x24", "$$")
    made = convert(f"""
        services:
          web:
            image: x
            command: ["{quoted}"]
            environment: {{A: "{quoted}"}}
            labels: {{a: "{quoted}"}}
        configs: {{text: {{content: "{quoted}"}}}}
    """)
    (tmp_path / "docker").write_text(
        '#!/bin/sh\nfor word in "$@"; do printf "%s\\0" "$word"; done >> "$LOG"\ncat >> "$LOG"\n'
    )
    (tmp_path / "docker").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "LOG": str(tmp_path / "log")}
    subprocess.run(
        ["sh", "-c", to_script(made.plan)],
        env=environment,
        cwd=tmp_path,
        check=True,
        stdin=subprocess.DEVNULL,
        timeout=20,
    )
    told = (tmp_path / "log").read_text()
    assert not (tmp_path / "pwned").exists()
    words = told.split("\0")
    assert nasty in words
    assert f"A={nasty}" in words
    assert f"a={nasty}" in words
    assert sum(nasty in word for word in words) >= 4


def test_the_value_of_a_variable_is_read_when_the_script_runs(convert):
    script = to_script(
        convert("""
            services: {web: {image: x, secrets: [key]}}
            secrets: {key: {environment: API_TOKEN}}
        """).plan
    )
    assert 'printf %s "${API_TOKEN?}" | docker secret create' in script


def test_a_variable_with_an_odd_name_is_no_way_into_the_shell(convert):
    odd = "X}$(touch pwned)${Y"
    made = convert(
        f"""
        services: {{web: {{image: x, secrets: [key]}}}}
        secrets: {{key: {{environment: "{odd.replace("$", "$$")}"}}}}
        """,
        environment={odd: "value"},
    )
    assert f"""printf %s "$(printenv '{odd}')" | docker secret create""" in to_script(made.plan)


def test_a_field_with_a_comma_is_quoted_for_the_client(convert):
    made = convert("services: {web: {image: x, volumes: [{type: bind, source: '/a,b', target: /c}]}}")
    service = commands(made)[-1]
    assert options(service, "--mount") == ['type=bind,"source=/a,b",target=/c']


def test_an_entrypoint_is_one_word_of_shell_words(convert):
    service = commands(convert("services: {web: {image: x, entrypoint: [sh, -c, 'a b'], command: [-x]}}"))[-1]
    assert options(service, "--entrypoint") == ["sh -c 'a b'"]
    assert service[-3:] == ["--", "x", "-x"]


def test_what_the_command_line_cannot_say_is_a_comment(convert):
    script = to_script(
        convert(
            "services: {web: {image: x, stdin_open: true, healthcheck: {test: [CMD, a]}, logging: {options: {a: b}}}}"
        ).plan
    )
    assert script.count("# demo_web: docker service create") == 3
