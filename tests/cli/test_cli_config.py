"""`composekit config`: what each option prints, where it goes, and the exit code."""

import io
import json

import pytest

from composekit.cli.commands import config
from composekit.cli.context import CommandContext
from composekit.cli.lane import read_line, split_line
from composekit.errors import ComposekitError, UsageError

FILES = {
    "compose.yaml": """\
name: shop
services:
  web:
    image: nginx:${TAG:-1.27}
    depends_on: [db]
    env_file: web.env
    environment: [TZ, "PRICE=$$5"]
    volumes: ["data:/data", "./here:/there"]
  db:
    image: postgres:16
    networks: [back]
  admin:
    build: ./admin
    profiles: [tools]
    models: [llm]
networks:
  back:
volumes:
  data:
  unused:
models:
  llm: {model: ai/smollm2}
""",
    "web.env": "FROM_FILE=1\n",
    ".env": "TAG=1.28\nTZ=UTC\n",
}


@pytest.fixture
def run(tmp_path):
    """Run a command line in a folder with FILES; return exit status, standard output and standard error."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    def run(*words, env=None, stdin=b"", cwd=""):
        out, err = io.StringIO(), io.StringIO()
        shared, _, rest = split_line(list(words))
        context = CommandContext(
            shared,
            environ={"HOME": "/home/ada", **(env or {})},
            cwd=str(tmp_path / cwd),
            stdin=io.TextIOWrapper(io.BytesIO(stdin)),
            out=out,
            err=err,
        )
        try:
            code = config.run(context, **read_line(rest, config.ARGUMENTS))
        except ComposekitError as error:
            code = error.exit_code
            err.write(f"error: {error}\n")
        return code, *(text.getvalue().replace(str(tmp_path), "/project") for text in (out, err))

    return run


def test_the_project_is_printed_as_yaml(run, snapshot):
    assert run("config") == snapshot


def test_the_project_is_printed_as_json(run, snapshot):
    code, out, err = run("config", "--format", "json")
    assert (code, err) == (0, "")
    assert json.loads(out)["services"]["web"]["image"] == "nginx:1.28"
    assert out == snapshot


OPTIONS = {
    "services": ("--services",),
    "services with a profile": ("--profile", "tools", "--services"),
    "images": ("--images",),
    "images of a service": ("--images", "db"),
    "volumes": ("--volumes",),
    "networks": ("--networks",),
    "models": ("--profile", "tools", "--models"),
    "profiles": ("--profiles",),
    "variables": ("--variables",),
    "variables as json": ("--variables", "--format", "json"),
    "variables as yaml": ("--variables", "--format", "yaml"),
    "environment": ("--environment",),
    "one service": ("db",),
    "no interpolation": ("--no-interpolate",),
    "no normalization": ("--no-normalize",),
    "no path resolution": ("--no-path-resolution",),
    "everything": ("--all-resources", "db"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_an_option_prints_what_it_says(case, run, snapshot):
    words = list(OPTIONS[case])
    shared = []
    while words and words[0] in ("--profile", "--all-resources"):
        shared += words[: 2 if words[0] == "--profile" else 1]
        words = words[2 if words[0] == "--profile" else 1 :]
    code, out, err = run(*shared, "config", *words)
    assert (code, err) == (0, "")
    assert out == snapshot


def test_quiet_prints_nothing(run):
    assert run("config", "-q") == (0, "", "")


def test_a_hash_is_stable_and_tells_services_apart(run):
    code, out, _ = run("config", "--hash", "*")
    assert code == 0
    lines = dict(line.split() for line in out.splitlines())
    assert set(lines) == {"web", "db"}
    assert run("config", "--hash", "db")[1] == f"db {lines['db']}\n"
    assert lines["db"] != lines["web"]
    assert all(len(one) == 64 for one in lines.values())


def test_a_hash_changes_with_what_runs_and_not_with_how_it_is_built(run, tmp_path):
    def hash_of(text):
        (tmp_path / "h.yaml").write_text(f"services: {{a: {{image: x, {text}}}}}\n")
        return run("-f", "h.yaml", "config", "--hash", "a")[1]

    assert hash_of("tty: true") != hash_of("tty: false")
    assert hash_of("build: .") == hash_of("build: ./elsewhere")
    assert hash_of("scale: 2") == hash_of("profiles: []")


def test_a_hash_of_no_such_service_fails(run):
    code, out, err = run("config", "--hash", "cache")
    assert (code, out) == (1, "")
    assert "no such service: cache" in err


def test_output_goes_to_a_file(run, tmp_path):
    code, out, _ = run("config", "-o", "out.yaml")
    assert (code, out) == (0, "")
    assert (tmp_path / "out.yaml").read_text().startswith("name: shop\n")


def test_a_file_that_cannot_be_written_is_an_error(run):
    code, _, err = run("config", "-o", "no/such/folder.yaml")
    assert code == 1
    assert "cannot write" in err


def test_an_unknown_format_is_a_usage_error(run):
    code, _, err = run("config", "--format", "toml")
    assert code == UsageError.exit_code
    assert "unsupported format 'toml'" in err


def test_a_mistake_is_exit_code_1_and_stays_off_standard_output(run, tmp_path):
    (tmp_path / "bad.yaml").write_text("services:\n  web:\n    imge: x\n")
    code, out, err = run("-f", "bad.yaml", "config")
    assert (code, out) == (1, "")
    assert "bad.yaml:3:5: error[CK201]" in err


def test_warnings_do_not_stop_it(run, tmp_path):
    (tmp_path / "warn.yaml").write_text("services:\n  web:\n    image: x$NOPE\n")
    code, out, err = run("-f", "warn.yaml", "config", "-q")
    assert (code, out) == (0, "")
    assert "warn.yaml:3:13: warning[CK102] the variable 'NOPE' is not set" in err


def test_of_very_many_mistakes_the_first_are_shown(run, tmp_path):
    (tmp_path / "many.yaml").write_text("services:\n" + "".join(f"  s{n}: {{imge: x}}\n" for n in range(300)))
    code, _, err = run("-f", "many.yaml", "config", "-q")
    assert code == 1
    assert err.count("CK201") == 50
    assert "... and 250 more" in err


def test_standard_input_is_a_file(run):
    code, out, _ = run("-f", "-", "config", "--images", stdin=b"services: {a: {image: from-stdin}}\n")
    assert (code, out) == (0, "from-stdin\n")


def test_no_consistency_accepts_what_is_not_defined(run, tmp_path):
    (tmp_path / "loose.yaml").write_text("services: {a: {image: x, networks: [gone]}}\n")
    assert run("-f", "loose.yaml", "config", "-q")[0] == 1
    assert run("-f", "loose.yaml", "config", "-q", "--no-consistency")[0] == 0


def test_an_infinite_number_is_no_json(run, tmp_path):
    (tmp_path / "inf.yaml").write_text("services: {a: {image: x}}\nx-n: .inf\n")
    code, out, err = run("-f", "inf.yaml", "config", "--format", "json")
    assert (code, out) == (1, "")
    assert "JSON has no infinite numbers" in err
    assert run("-f", "inf.yaml", "config")[0] == 0


def test_dollar_signs_are_doubled_to_be_read_again(run):
    assert "PRICE: $$5" in run("config")[1]


@pytest.mark.parametrize(("shared", "env"), [(("--compatibility",), {}), ((), {"COMPOSE_COMPATIBILITY": "true"})])
def test_in_compatibility_names_are_joined_as_they_were(shared, env, run):
    assert run("--profile", "tools", *shared, "config", "--images", "admin", env=env)[1] == "shop_admin\n"


def test_in_compatibility_nothing_is_implied(run):
    assert "default:" in run("config")[1]
    assert "default:" not in run("--compatibility", "config")[1]


WHERE = {
    "the project's own name": ((), {}, "shop"),
    "-p wins": (("-p", "given"), {"COMPOSE_PROJECT_NAME": "env"}, "given"),
    "the environment's name": ((), {"COMPOSE_PROJECT_NAME": "env"}, "env"),
}


@pytest.mark.parametrize("case", WHERE)
def test_the_project_name_has_an_order(case, run):
    shared, env, name = WHERE[case]
    assert json.loads(run(*shared, "config", "--format", "json", env=env)[1])["name"] == name
