# ruff: noqa: E501  # one case a line reads as a table
"""Hostile and broken files end in one screen, soon, and never in a crash."""

import os
import stat
import time

import pytest

SECONDS = 4
"""Of processor time: more than any of these takes on a slow machine; what they guard against takes minutes."""

MANY_ALIASES = "x-0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)
SERVICE = "services:\n  web:\n    image: x\n"

HOSTILE = {
    "not UTF-8": (b"services:\n  web: \xff\xfe\n", "CK003"),
    "binary": (bytes(range(256)) * 40, "CK003"),
    "not YAML": ("a: [}\n", "CK010"),
    "empty": ("", "CK004"),
    "blank lines": ("\n\n\n", "CK004"),
    "an empty mapping": ("{}\n", "CK004"),
    "null": ("~\n", "CK019"),
    "a list": ("- a\n", "CK019"),
    "a text": ("hello\n", "CK019"),
    "ten megabytes": ("a: b\n" * 2_100_000, "CK002"),
    "nested lists": ("a: " + "[" * 10_000 + "]" * 10_000 + "\n", "CK014"),
    "nested mappings": ("a: " + "{a: " * 10_000 + "}" * 10_000 + "\n", "CK014"),
    "nested lists that never close": ("[" * 1_000_000, "CK014"),
    "nested blocks": ("".join(f"{' ' * n}a:\n" for n in range(2_000)), "CK014"),
    "nested dashes": ("- " * 10_000 + "\n", "CK014"),
    "aliases of aliases": (MANY_ALIASES, "CK015"),
    "merges of merges": ("x-0: &a0 {k: v}\n" + "".join(f"x-{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 30)), "CK015"),
    "an alias of itself": ("a: &a [*a]\n", "CK013"),
    "NUL": (b"services:\n  web: a\x00b\n", "CK010"),
    "a tab as indentation": ("services:\n\tweb: {}\n", "CK010"),
    "half a surrogate pair": ('a: "\\ud800"\n', "CK010"),
    "an encoded surrogate": (b"a: \xed\xa0\x80\n", "CK003"),
    "open variables": (SERVICE + "    command: '" + "${A:-" * 100_000 + "'\n", "CK101"),
    "nested variables": (SERVICE + "    command: '" + "${A:-" * 10_000 + "}" * 10_000 + "'\n", "CK101"),
    "braces in variables": (SERVICE + "    command: '" + "${A:-{" * 50_000 + "}" * 50_000 + "'\n", "CK101"),
    "a number of many digits": (SERVICE + "    scale: '" + "9" * 100_000 + "'\n", "CK103"),
    "a plain number of many digits": (SERVICE + "    scale: " + "9" * 100_000 + "\n", "CK202"),
    "an octal number of many digits": (SERVICE + "    scale: 0" + "7" * 100_000 + "\n", "CK202"),
    "a duration of many digits": (SERVICE + "    stop_grace_period: " + "9" * 100_000 + "s\n", "CK220"),
    "a size of many digits": (SERVICE + "    mem_limit: " + "9" * 100_000 + "g\n", "CK220"),
    "a size too large": (SERVICE + "    mem_limit: '1e400'\n", "CK220"),
    "a port range too large": (SERVICE + "    ports: ['1-99999999:1-99999999']\n", "CK210"),
    "thousands of mistakes": ("services:\n" + "".join(f"  s{n}: {{imge: x, y{n}: 1}}\n" for n in range(2_000)), "CK201"),
    "mistakes in one long line": ("services: {" + ", ".join(f"s{n}: {{imge: x}}" for n in range(2_000)) + "}\n", "CK201"),
    "a long chain of extends": ("services:\n" + "".join(f"  s{n}: {{extends: s{n + 1}}}\n" for n in range(2_000)) + "  s2000: {image: x}\n", "CK133"),
    "a long cycle of dependencies": ("services:\n" + "".join(f"  s{n}: {{image: x, depends_on: [s{(n + 1) % 2_000}]}}\n" for n in range(2_000)), "CK313"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_ends_in_one_screen(case, command):
    content, code = HOSTILE[case]
    started = time.process_time()
    status, out, err = command({"compose.yaml": content}, "-f", "compose.yaml", "config", "-q")
    assert time.process_time() - started < SECONDS
    assert (status, out) == (1, "")
    assert code in err
    assert "Traceback" not in err
    assert len(err) < 20_000
    assert all(len(line) < 400 for line in err.splitlines())


FINE = {
    "a byte order mark": (b"\xef\xbb\xbfservices: {web: {image: x}}\n", 0),
    "UTF-16": ("services: {web: {image: x}}\n".encode("utf-16"), 0),
    "Windows line breaks": (SERVICE.replace("\n", "\r\n"), 0),
    "no line break at the end": (SERVICE.rstrip("\n"), 0),
    "100,000 variables in one text": (SERVICE + "    command: '" + "${A}" * 100_000 + "'\n", 0),
    "100,000 defaults in one text": (SERVICE + "    command: '" + "${A:-b}" * 100_000 + "'\n", 0),
    "a long chain of extends, the first first": ("services:\n  s0: {image: x}\n" + "".join(f"  s{n}: {{extends: s{n - 1}}}\n" for n in range(1, 1_000)), 0),
    "a long chain of dependencies": ("services:\n" + "".join(f"  s{n}: {{image: x, depends_on: [s{n + 1}]}}\n" for n in range(1_000)) + "  s1000: {image: x}\n", 0),
    "nesting that is deep and fine": (SERVICE + "x-deep: " + "[" * 150 + "]" * 150 + "\n", 0),
}  # fmt: skip


@pytest.mark.parametrize("case", FINE)
def test_an_odd_file_is_fine(case, command):
    content, _ = FINE[case]
    started = time.process_time()
    status, _, err = command({"compose.yaml": content}, "-f", "compose.yaml", "config", "-q")
    assert time.process_time() - started < SECONDS
    assert status == 0, err
    assert len(err) < 2_000


def test_a_folder_is_no_file(command, tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    status, _, err = command({}, "-f", "folder.yaml", "config")
    assert (status, err.splitlines()[0]) == (1, "error[CK002] cannot read folder.yaml: it is a directory")


def test_a_pipe_that_nobody_writes_to_is_no_file(command, tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    status, _, err = command({}, "-f", "pipe.yaml", "config")
    assert (status, err.splitlines()[0]) == (1, "error[CK002] cannot read pipe.yaml: it is not a regular file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_an_error(command, tmp_path):
    (tmp_path / "secret.yaml").write_text("services: {}\n")
    (tmp_path / "secret.yaml").chmod(stat.S_IWUSR)
    status, _, err = command({}, "-f", "secret.yaml", "config")
    assert (status, err.splitlines()[0]) == (1, "error[CK002] cannot read secret.yaml: permission denied")


def test_an_endless_device_is_no_file(command):
    status, _, err = command({}, "-f", "/dev/zero", "config")
    assert (status, "it is not a regular file" in err) == (1, True)


def test_a_huge_env_file_is_refused(command, tmp_path):
    with open(tmp_path / ".env", "wb") as file:
        file.truncate(1 << 30)
    started = time.process_time()
    status, _, err = command({"compose.yaml": SERVICE}, "-f", "compose.yaml", "config")
    assert time.process_time() - started < SECONDS
    assert (status, "larger than 8 MiB" in err) == (1, True)


LOOPS = {
    "include": ("include: [{other}]\n", "CK151"),
    "extends": ("services: {{a: {{image: x, extends: {{file: {other}, service: a}}}}}}\n", "CK131"),
}


@pytest.mark.parametrize("how", LOOPS)
def test_a_loop_of_two_files_is_found(how, command):
    text, code = LOOPS[how]
    files = {"compose.yaml": text.format(other="b.yaml"), "b.yaml": text.format(other="compose.yaml")}
    status, _, err = command(files, "-f", "compose.yaml", "config", "-q")
    assert (status, code in err) == (1, True)


@pytest.mark.parametrize("how", LOOPS)
def test_a_loop_through_a_link_is_found(how, command, tmp_path):
    text, code = LOOPS[how]
    (tmp_path / "link.yaml").symlink_to("compose.yaml")
    status, _, err = command({"compose.yaml": text.format(other="link.yaml")}, "-f", "compose.yaml", "config", "-q")
    assert (status, code in err) == (1, True)


@pytest.mark.parametrize("how", LOOPS)
def test_a_loop_through_a_linked_folder_is_found(how, command, tmp_path):
    text, code = LOOPS[how]
    (tmp_path / "self").symlink_to(".")
    status, _, err = command(
        {"compose.yaml": text.format(other="self/compose.yaml")}, "-f", "compose.yaml", "config", "-q"
    )
    assert (status, code in err) == (1, True)


def test_a_link_to_itself_is_an_error(command, tmp_path):
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    status, _, err = command({}, "-f", "loop.yaml", "config")
    assert (status, "cannot read loop.yaml" in err) == (1, True)


def test_paths_may_lead_above_the_project(command):
    text = "services: {a: {image: x, volumes: ['../../../../../../../../../../../etc:/etc']}}\n"
    status, out, _ = command({"compose.yaml": text}, "-f", "compose.yaml", "config")
    assert status == 0
    assert "source: /etc\n" in out
