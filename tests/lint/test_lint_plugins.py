"""Rules of installed packages; the package is that of docs/custom-rules.md, word for word."""

import os
import re
import subprocess
import sys
import tomllib

import pytest

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")
COMPOSE = "name: demo\n\nservices:\n  web:\n    image: nginx:1.27\n"


def blocks(language):
    with open(os.path.join(ROOT, "docs", "custom-rules.md"), encoding="utf-8") as file:
        return re.findall(rf"^```{language}\n(.*?)^```", file.read(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def project(tmp_path):
    """A project with the settings of the page, beside a folder with the package as an installer would put it."""
    site, folder = tmp_path / "site", tmp_path / "project"
    (site / "team_rules").mkdir(parents=True)
    (site / "team_rules" / "__init__.py").touch()
    (site / "team_rules" / "label_missing.py").write_text(blocks("python")[0], encoding="utf-8")
    info = site / "team_rules-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: team-rules\nVersion: 1.0\n", encoding="utf-8")
    points = tomllib.loads(blocks("toml")[0])["project"]["entry-points"]["composekit.rules"]
    lines = "".join(f"{name} = {module}\n" for name, module in points.items())
    (info / "entry_points.txt").write_text(f"[composekit.rules]\n{lines}", encoding="utf-8")
    folder.mkdir()
    (folder / ".composekit.yaml").write_text(blocks("yaml")[0], encoding="utf-8")
    (folder / "compose.yaml").write_text(COMPOSE, encoding="utf-8")

    def run(*words):
        path = os.pathsep.join([str(site), os.path.abspath(ROOT)])
        environment = {**os.environ, "PYTHONPATH": path, "PWD": str(folder)}
        return subprocess.run(
            [sys.executable, "-m", "composekit", *words], cwd=folder, env=environment, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    run.folder, run.site = folder, site
    return run


def test_the_page_shows_what_the_example_prints(project):
    done = project("lint")

    assert f"$ composekit lint\n{done.stdout}{done.stderr}" == blocks("console")[0]
    assert done.returncode == 1


def test_the_settings_of_the_rule_count(project):
    (project.folder / "compose.yaml").write_text(COMPOSE + "    labels: {team: unknown}\n", encoding="utf-8")
    assert "compose.yaml:6:20: warning[TEAM1] there is no team 'unknown'" in project("lint").stdout

    (project.folder / "compose.yaml").write_text(COMPOSE + "    labels: [team=payments]\n", encoding="utf-8")
    assert project("lint").returncode == 0


def test_the_rule_is_listed_explained_selected_and_suppressed_as_ours_are(project):
    assert "TEAM1" in project("rules").stdout
    assert project("explain", "team-label-missing").stdout.startswith(
        "TEAM1 team-label-missing: Service without a team"
    )
    assert project("lint", "--ignore", "team").returncode == 0
    (project.folder / "compose.yaml").write_text(
        COMPOSE.replace("  web:", "  web: # composekit: ignore[TEAM1] ours"), encoding="utf-8"
    )
    assert project("lint").stderr == "no findings, 1 suppressed\n"


def test_without_the_setting_packages_are_not_looked_at(project):
    (project.folder / ".composekit.yaml").write_text("", encoding="utf-8")

    assert project("lint").returncode == 0
    assert "TEAM1" not in project("rules").stdout


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ('"TEAM1"', '"CK402"', "'CK402' is not an id"),
        ('"team-label-missing"', '"host-port-twice"', "there is a rule 'host-port-twice' already"),
        ("Why it matters: at night nobody knows whom to call.\n", "", "its documentation is not complete"),
        ("def check(", "def look(", "has no INFO or no check(ctx)"),
        ("import Severity\n", "import Severe\n", "it cannot be imported: ImportError"),
    ],
)
def test_a_rule_that_cannot_be_used_stops_the_run(project, wrong, right, message):
    module = project.site / "team_rules" / "label_missing.py"
    module.write_text(module.read_text(encoding="utf-8").replace(wrong, right), encoding="utf-8")
    done = project("lint")

    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
