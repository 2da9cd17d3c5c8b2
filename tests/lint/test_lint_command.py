"""`composekit lint` and `composekit explain`, from the command line to the exit code."""

import io
import json
import shutil
import subprocess
import sys

import pytest

from composekit.cli.main import main
from composekit.data import data_file

GOOD = "name: demo\nservices:\n  web:\n    image: nginx:1.27\n"
WARNED = "name: demo\nservices:\n  web:\n    image: nginx\n"
LAYER = "services:\n  web:\n    restart: always\n"
WRONG = """\
name: demo
services:
  web:
    image: nginx:1.27
    ports: ["8080:80"]
  admin:
    image: adminer:4
    ports: ["8080:8080"]
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Write files into an empty directory and stand in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    for name in ("COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def write(**texts):
        for name, text in texts.items():
            path = tmp_path / (name if "." in name else f"{name}.yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_a_good_project_passes(project, capsys):
    project(compose=GOOD)

    assert main(["lint"]) == 0
    assert capsys.readouterr() == ("", "no findings\n")


def test_findings_go_to_standard_output_and_the_summary_to_standard_error(project, capsys):
    project(compose=WRONG)

    assert main(["lint"]) == 1
    out, err = capsys.readouterr()
    assert "compose.yaml:8:14: error[CK402] host port 8080 is published by both 'web' and 'admin'" in out
    assert err == "1 error in 1 file\n"


def test_files_may_be_named(project, capsys):
    project(compose=WRONG, other=GOOD)

    assert main(["lint", "other.yaml"]) == 0
    assert main(["lint", "other.yaml", "compose.yaml"]) == 1
    assert main(["-f", "other.yaml", "lint"]) == 0
    assert main(["-f", "other.yaml", "lint", "compose.yaml"]) == 1


def test_a_finding_names_the_file_as_it_was_given(project, capsys):
    project(compose=WARNED)

    main(["lint", "compose.yaml"])

    assert capsys.readouterr().out.startswith("compose.yaml:4:12: warning[CK504]")


@pytest.mark.parametrize(
    ("options", "code"),
    [([], 1), (["--fail-on", "info"], 1), (["--fail-on", "warning"], 1), (["--fail-on", "error"], 0)],
)
def test_the_exit_code_depends_on_the_worst_finding(project, options, code):
    project(compose=WARNED)

    assert main(["lint", *options]) == code


def test_findings_below_the_severity_are_not_shown_and_do_not_fail(project, capsys):
    project(compose=WARNED)

    assert main(["lint", "--severity", "error", "--fail-on", "info"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "options", [["--ignore", "CK5"], ["--select", "correctness"], ["--ignore", "image-tag-floating"]]
)
def test_rules_can_be_switched(project, options):
    project(compose=WARNED)

    assert main(["lint", *options]) == 0


def test_json_follows_its_schema_and_names_the_rule(project, capsys):
    import jsonschema

    project(compose=WARNED)

    assert main(["lint", "--format", "json"]) == 1
    out, err = capsys.readouterr()
    with open(data_file("schemas", "lint-report.json"), encoding="utf-8") as file:
        jsonschema.validate(json.loads(out), json.load(file))
    (one,) = json.loads(out)["findings"]
    assert (one["code"], one["rule"], one["line"], one["column"]) == ("CK504", "image-tag-floating", 4, 12)
    assert err == ""


def test_a_file_with_errors_is_never_a_pass(project, capsys):
    project(compose="name: demo\nservices:\n  web:\n    imag: nginx:1.27\n")

    assert main(["lint", "--ignore", "all", "--select", "CK502"]) == 1
    assert "error[CK2" in capsys.readouterr().out


def test_a_file_that_is_not_yaml_is_never_a_pass(project, capsys):
    project(compose="services: [\n")

    assert main(["lint", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["summary"]["errors"] >= 1


def test_a_missing_file_is_never_a_pass(project, capsys):
    project()

    assert main(["lint", "missing.yaml"]) == 1
    assert "missing.yaml" in capsys.readouterr().out


@pytest.mark.parametrize(
    "line", [["lint", "--select", "CK499"], ["lint", "--format", "morse"], ["lint", "--fail-on", "x"]]
)
def test_wrong_usage_exits_with_2(project, capsys, line):
    project(compose=GOOD)

    assert main(line) == 2


def test_services_of_every_profile_are_linted(project, capsys):
    project(compose=GOOD + "  tool:\n    image: nginx\n    profiles: [tools]\n")

    assert main(["lint"]) == 1
    assert "CK504" in capsys.readouterr().out


def test_a_volume_of_an_inactive_profile_is_used(project):
    project(
        compose=GOOD
        + "  tool:\n    image: nginx:1.27\n    profiles: [tools]\n    volumes: ['data:/data']\nvolumes:\n  data:\n"
    )

    assert main(["lint"]) == 0


def test_the_profiles_that_are_asked_for_must_fit_together(project, capsys):
    taken = "    container_name: taken\n"
    project(compose=GOOD + taken + "  tool:\n    image: nginx:1.27\n    profiles: [tools]\n" + taken)

    assert main(["lint"]) == 0
    assert main(["--profile", "tools", "lint"]) == 1
    assert "error[CK3" in capsys.readouterr().out


def test_alternatives_of_different_profiles_may_share_a_container_name(project):
    project(
        compose=GOOD
        + "  cpu: {image: 'x:1', profiles: [cpu], container_name: one}\n"
        + "  gpu: {image: 'x:2', profiles: [gpu], container_name: one}\n"
    )

    assert main(["lint"]) == 0


def test_credentials_of_an_env_file_are_not_in_the_compose_file(project, tmp_path):
    project(compose=GOOD + "    env_file: secret.env\n")
    (tmp_path / "secret.env").write_text("DB_PASSWORD=hunter2\n", encoding="utf-8")

    assert main(["lint"]) == 0


def test_colours_are_a_choice(project, capsys):
    project(compose=WARNED)

    main(["--ansi", "always", "lint"])
    assert "\x1b[1;33mwarning[CK504]" in capsys.readouterr().out
    main(["lint"])
    assert "\x1b" not in capsys.readouterr().out


def test_a_folder_stands_for_every_project_below(project, capsys):
    project(**{"a/compose.yaml": WARNED, "a/compose.override.yaml": LAYER, "b/compose.yaml": GOOD, "c/x.yaml": WRONG})

    assert main(["lint", "."]) == 1
    out, err = capsys.readouterr()
    assert "a/compose.yaml:4:12: warning[CK504]" in out
    assert err == "1 warning in 1 file\n"
    assert main(["lint", "b"]) == 0
    assert main(["lint", "a", "b"]) == 1


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("count", "shown"), [(3, False), (12, True)])
def test_many_projects_show_progress_on_a_terminal_only(project, monkeypatch, capsys, count, shown):
    project(**{f"p{number}/compose.yaml": GOOD for number in range(count)})
    monkeypatch.delenv("TERM", raising=False)
    main(["lint", "."])
    assert "linted" not in capsys.readouterr().err

    monkeypatch.setattr("sys.stderr", Terminal())
    assert main(["lint", "."]) == 0
    assert (f"linted {count} of {count} projects" in sys.stderr.getvalue()) is shown
    assert sys.stderr.getvalue().endswith("no findings\n")


def test_processes_tell_the_same_as_one(project, capsys):
    project(**{f"p{number}/compose.yaml": WARNED for number in range(5)})

    main(["--parallel", "1", "lint", "."])
    alone = capsys.readouterr()
    main(["--parallel", "2", "lint", "."])
    assert capsys.readouterr() == alone
    assert alone.err == "5 warnings in 5 files\n"


def test_a_folder_without_a_project_is_never_a_pass(project, capsys):
    project(**{"a/x.txt": ""})

    assert main(["lint", "a"]) == 1
    assert "no Compose file in 'a' or the folders below it" in capsys.readouterr().err


def test_a_finding_in_a_file_of_several_projects_is_told_once(project, capsys):
    project(**{"compose.yaml": WARNED, "compose.one.yaml": LAYER, "compose.two.yaml": LAYER})

    assert main(["lint", "."]) == 1
    assert capsys.readouterr().out.count("CK504") == 1


def test_each_file_stands_for_its_project(project, capsys):
    project(
        **{
            "a/compose.yaml": WARNED,
            "b/compose.yaml": WARNED.replace("web", "db"),
            "b/compose.override.yaml": LAYER.replace("web", "db"),
        }
    )

    assert main(["lint", "--each", "a/compose.yaml", "b/compose.override.yaml"]) == 1
    assert capsys.readouterr().err == "2 warnings in 2 files\n"


def test_standard_input_can_stand_for_a_file(project, capsys, monkeypatch):
    project(compose=GOOD)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(WARNED.encode())))

    assert main(["lint", "--stdin-filename", "compose.yaml", "-"]) == 1
    assert capsys.readouterr().out.startswith("compose.yaml:4:12: warning[CK504]")


def test_several_formats_at_once(project, capsys):
    folder = project(compose=WARNED)

    assert main(["lint", "--format", "github", "--format", "sarif=out.sarif", "--format", "markdown=out.md"]) == 1
    out, err = capsys.readouterr()
    assert (out[:15], err) == ("::warning file=", "")
    result = json.loads((folder / "out.sarif").read_text(encoding="utf-8"))["runs"][0]
    assert result["results"][0]["ruleId"] == "CK504"
    assert result["tool"]["driver"]["rules"][0]["help"]["markdown"].startswith("### CK504 image-tag-floating")
    assert (folder / "out.md").read_text(encoding="utf-8").startswith("## composekit lint")


@pytest.mark.parametrize(
    "words",
    [
        ["--format", "json", "--format", "text"], ["--format", "sarif="], ["--diff"], ["--unsafe-fixes"],
        ["--fix", "-"], ["--fix", "--since", "HEAD"], ["--update-baseline"], ["--stdin-filename", "x.yaml"],
        ["--settings", "missing.yaml"], ["--baseline", "missing.json"],
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_wrong_usage(project, words):
    project(compose=GOOD)

    assert main(["lint", *words]) == 2


def test_the_settings_of_the_project_count(project, capsys):
    project(**{"compose.yaml": WARNED, ".composekit.yaml": "severity: {CK504: info}\n"})

    assert main(["lint"]) == 0
    assert "info[CK504]" in capsys.readouterr().out
    assert main(["lint", "--settings", "none"]) == 1
    assert main(["lint", "--fail-on", "info"]) == 1


def test_every_project_of_a_folder_has_its_own_settings(project, capsys):
    project(**{"a/compose.yaml": WARNED, "b/compose.yaml": WARNED, "b/.composekit.yaml": "ignore: [CK504]\n"})

    assert main(["lint", "."]) == 1
    assert capsys.readouterr().err == "1 warning in 1 file\n"


def test_settings_may_exclude_files(project):
    project(
        **{"a/compose.yaml": GOOD, "b/compose.yaml": WARNED, "pyproject.toml": '[tool.composekit]\nexclude = ["b"]\n'}
    )

    assert main(["lint", "."]) == 0


def test_wrong_settings_are_wrong_usage_and_shown_at_their_place(project, capsys):
    project(**{"compose.yaml": GOOD, ".composekit.yaml": "profile: lax\n"})

    assert main(["lint"]) == 2
    assert ".composekit.yaml:1:10: error[CK042]" in capsys.readouterr().err


def test_a_rule_profile_can_be_chosen(project, capsys):
    project(compose="version: '3'\n" + GOOD)

    assert main(["lint", "--fail-on", "info"]) == 0
    assert main(["lint", "--fail-on", "info", "--rule-profile", "strict"]) == 1
    assert main(["lint", "--fail-on", "info", "--extend-select", "CK451"]) == 1


def test_suppressed_findings_are_counted_and_in_json(project, capsys):
    project(compose=WARNED.replace("nginx", "nginx  # composekit: ignore[CK504] ours"))

    assert main(["lint"]) == 0
    assert capsys.readouterr() == ("", "no findings, 1 suppressed\n")
    main(["lint", "--format", "json"])
    assert json.loads(capsys.readouterr().out)["suppressed"][0]["suppression"]["reason"] == "ours"


def test_a_baseline_hides_what_was_there(project, capsys):
    folder = project(compose=WARNED)

    assert main(["lint", "--baseline", "known.json", "--update-baseline"]) == 0
    assert main(["lint", "--baseline", "known.json"]) == 0
    assert "1 suppressed" in capsys.readouterr().err
    (folder / "compose.yaml").write_text("# moved\n" + WARNED + "  db:\n    image: redis\n", encoding="utf-8")
    assert main(["lint", "--baseline", "known.json"]) == 1
    assert "compose.yaml:7:12" in capsys.readouterr().out


def test_a_project_that_cannot_be_read_makes_no_baseline(project, tmp_path):
    project(compose="services: [\n")

    assert main(["lint", "--baseline", "known.json", "--update-baseline"]) == 1
    assert not (tmp_path / "known.json").exists()


FIXABLE = "version: '3'\nname: demo\nservices:\n  web:\n    image: nginx:1.27 # kept\n"


def test_fix_repairs_files_and_lints_them_again(project, capsys):
    folder = project(compose=FIXABLE)
    line = ["lint", "--rule-profile", "strict", "--select", "CK451"]

    assert main([*line, "--fail-on", "info"]) == 1
    assert "1 finding can be fixed with --fix" in capsys.readouterr().err
    assert main([*line, "--fail-on", "info", "--fix"]) == 0
    assert capsys.readouterr() == ("", "1 finding fixed in 1 file\nno findings\n")
    assert (folder / "compose.yaml").read_text(encoding="utf-8") == FIXABLE.removeprefix("version: '3'\n")
    assert main([*line, "--fix"]) == 0
    assert capsys.readouterr().err == "no findings\n"


def test_fix_with_diff_writes_no_file(project, capsys):
    folder = project(compose=FIXABLE)

    assert main(["lint", "--select", "CK451", "--fix", "--diff"]) == 1
    out, err = capsys.readouterr()
    assert out == (
        "--- a/compose.yaml\n+++ b/compose.yaml\n@@ -1,4 +1,3 @@\n-version: '3'\n name: demo\n services:\n   web:\n"
    )
    assert "1 finding would be fixed in 1 file" in err
    assert (folder / "compose.yaml").read_text(encoding="utf-8") == FIXABLE


def test_a_fixed_file_keeps_its_mark_and_line_ends(project):
    folder = project(compose=GOOD)
    data = b"\xef\xbb\xbf" + FIXABLE.replace("\n", "\r\n").encode()
    (folder / "compose.yaml").write_bytes(data)

    assert main(["lint", "--select", "CK451", "--fix"]) == 0
    assert (folder / "compose.yaml").read_bytes() == data.replace(b"version: '3'\r\n", b"")


def git(folder, *words):
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *words], cwd=folder, check=True, capture_output=True
    )


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_since_tells_only_what_changed(project, capsys):
    folder = project(**{"compose.yaml": WARNED, "db/compose.yaml": GOOD})
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    (folder / "compose.yaml").write_text("# words\n" + WARNED + "  db:\n    image: redis\n", encoding="utf-8")
    (folder / "new.compose.yaml").write_text(WARNED, encoding="utf-8")

    assert main(["lint", "--since", "HEAD", "."]) == 1
    out = capsys.readouterr().out
    assert [line.split(" ")[0] for line in out.splitlines() if "CK504" in line] == [
        "compose.yaml:7:12:",
        "new.compose.yaml:4:12:",
    ]
    assert main(["lint", "--since", "HEAD", "db"]) == 0
    assert main(["lint", "--since", "no-such-branch"]) == 2
    assert main(["lint", "--since=--output=x"]) == 2


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_since_outside_of_a_repository_is_an_error(project, capsys):
    project(compose=GOOD)

    assert main(["lint", "--since", "HEAD"]) == 2
    assert "git rev-parse" in capsys.readouterr().err


def test_rules_lists_every_rule_with_the_settings_of_here(project, capsys):
    project(**{"compose.yaml": GOOD, ".composekit.yaml": "ignore: [CK402]\nseverity: {CK504: error}\n"})

    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["ID", "NAME", "ON", "SEVERITY", "CATEGORY", "FIX", "ABOUT"]
    by_id = {line.split()[0]: line.split() for line in lines[1:]}
    assert by_id["CK402"][2:4] == ["-", "error"]
    assert by_id["CK504"][2:4] == ["yes", "error"]
    assert by_id["CK451"][5] == "yes"


def test_rules_as_json_and_of_one_profile(project, capsys):
    project(compose=GOOD)

    assert main(["rules", "--format", "json", "--select", "CK402"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["name"], one["enabled"], one["fixable"], one["settings"]) == ("host-port-twice", True, False, [])
    assert main(["rules", "--format", "json", "--rule-profile", "homelab"]) == 0
    assert all("homelab" in one["profiles"] for one in json.loads(capsys.readouterr().out))


MESSY = "services:\n  web:\n    ports: ['80:80']\n    image: nginx:1.27\n"
NEAT = 'services:\n  web:\n    image: nginx:1.27\n    ports: ["80:80"]\n'


def test_fmt_writes_files_and_is_content_afterwards(project, capsys):
    folder = project(compose=MESSY)

    assert main(["fmt", "--check"]) == 1
    assert capsys.readouterr() == ("compose.yaml\n", "1 file would be formatted\n")
    assert main(["fmt", "--diff"]) == 1
    assert "-    ports: ['80:80']\n" in capsys.readouterr().out
    assert (folder / "compose.yaml").read_text(encoding="utf-8") == MESSY
    assert main(["fmt"]) == 0
    assert (folder / "compose.yaml").read_text(encoding="utf-8") == NEAT
    assert main(["fmt", "--check", "."]) == 0


def test_fmt_takes_its_style_from_the_settings(project):
    folder = project(**{"compose.yaml": MESSY, ".composekit.yaml": "fmt: {order: false, quotes: keep}\n"})

    assert main(["fmt"]) == 0
    assert (folder / "compose.yaml").read_text(encoding="utf-8") == MESSY
    assert main(["fmt", "--quotes", "double"]) == 0
    assert (folder / "compose.yaml").read_text(encoding="utf-8") == MESSY.replace("'", '"')


def test_fmt_leaves_a_project_alone_that_cannot_be_read(project, capsys):
    folder = project(compose=MESSY + "    imag: x\n")

    assert main(["fmt"]) == 1
    assert "error[CK201]" in capsys.readouterr().err
    assert "80:80" in (folder / "compose.yaml").read_text(encoding="utf-8").splitlines()[2]


def test_fmt_of_standard_input_prints_the_text(project, capsys, monkeypatch):
    project(compose=GOOD)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(MESSY.encode())))

    assert main(["fmt", "--stdin-filename", "compose.yaml", "-"]) == 0
    assert capsys.readouterr().out == NEAT


@pytest.mark.parametrize("words", [["--sort", "ports", "--sort", "volumes"], ["-"], ["--quotes", "odd"]])
def test_fmt_refuses_what_it_does_not_know(project, words):
    project(compose=GOOD)

    assert main(["fmt", *words]) == 2


def test_the_rules_can_be_listed(capsys):
    assert main(["lint", "--list-rules", "--select", "CK50"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()][:2] == ["CK501", "CK502"]

    assert main(["lint", "--list-rules", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "service-healthy-without-check"


@pytest.mark.parametrize("name", ["CK402", "ck402", "host-port-twice"])
def test_a_rule_is_explained_by_id_or_name(capsys, name):
    assert main(["explain", name]) == 0
    assert capsys.readouterr().out.startswith("CK402 host-port-twice: Host port published twice\nerror, correctness, ")


def test_an_unknown_rule_is_a_usage_error_with_a_suggestion(capsys):
    assert main(["explain", "host-port-twic"]) == 2
    assert "did you mean 'host-port-twice'?" in capsys.readouterr().err


@pytest.mark.parametrize("line", [["explain"], ["explain", "--all", "CK402"]])
def test_explain_wants_names_or_all(line):
    assert main(line) == 2


def _fix_unsafely(select, *files):
    code = main(["lint", "--each", "--settings", "none", "--select", select, "--fix", "--unsafe-fixes", *files])
    assert code in (0, 1)


def test_no_fix_breaks_layers_that_are_read_together(project, capsys):
    layer = "services:\n  db:\n    hostname: {}\n    image: redis:7.4\n    depends_on: [web]\n"
    folder = project(
        **{
            "compose.yaml": "name: demo\nservices:\n  web:\n    image: nginx:1.27\n",
            "compose.a.yaml": layer.format("a"),
            "compose.b.yaml": layer.format("b"),
        }
    )

    _fix_unsafely("CK515", "compose.yaml", "compose.a.yaml", "compose.b.yaml")
    assert "no-new-privileges" in "".join(file.read_text() for file in folder.glob("*.yaml"))
    capsys.readouterr()
    for files in (["a"], ["b"], ["a", "b"]):
        words = [word for name in files for word in ("-f", f"compose.{name}.yaml")]
        assert main(["-f", "compose.yaml", *words, "config", "--quiet"]) == 0, capsys.readouterr().err


def test_no_fix_breaks_who_extends_the_file(project, capsys):
    folder = project(
        **{
            "compose.yaml": "name: demo\nservices:\n  web:\n    extends: {file: parts.yaml, service: part}\n"
            "    image: nginx:1.27\n    hostname: web\n",
            "parts.yaml": "services:\n  part:\n    image: nginx:1.27\n",
        }
    )

    _fix_unsafely("CK515", "compose.yaml", "parts.yaml")
    assert "no-new-privileges" in (folder / "compose.yaml").read_text() + (folder / "parts.yaml").read_text()
    capsys.readouterr()
    assert main(["config", "--quiet"]) == 0, capsys.readouterr().err


def test_no_fix_breaks_an_override_that_is_a_project_by_itself_too(project, capsys):
    folder = project(
        **{
            "compose.yaml": "name: demo\nservices:\n  web:\n    image: nginx:1.27\n",
            "compose.build.yaml": "services:\n  web:\n    build: .\n",
        }
    )

    _fix_unsafely("CK515", "compose.yaml", "compose.build.yaml")
    assert "no-new-privileges" in "".join(file.read_text() for file in folder.glob("*.yaml"))
    capsys.readouterr()
    assert main(["-f", "compose.yaml", "-f", "compose.build.yaml", "config", "--quiet"]) == 0, capsys.readouterr().err
