"""Where people run the linter: hooks, the GitHub Action, the GitLab component and the image, as far as possible."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile

import pytest
from ruamel.yaml import YAML

from composekit.images.dockerfile import read as read_dockerfile
from composekit.images.program import Program
from composekit.lint.projects import _NAME

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
GOOD = "name: demo\nservices:\n  web:\n    image: nginx:1.27\n"
HOOKS = ("composekit-lint", "composekit-fix", "composekit-fmt")
WARNED = "name: demo\nservices:\n  web:\n    image: nginx\n"


def read(name, *, documents=False):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return list(YAML(typ="safe").load_all(file)) if documents else YAML(typ="safe").load(file)


def pages(language):
    with open(os.path.join(ROOT, "docs", "ci.md"), encoding="utf-8") as file:
        texts = re.findall(rf"^```{language}\n(.*?)^```", file.read(), re.DOTALL | re.MULTILINE)
    return [YAML(typ="safe").load(text) for text in texts] if language == "yaml" else texts


@pytest.fixture
def program(tmp_path):
    """Put `composekit` and a `python3` that installs nothing where a machine of a CI service would have them."""
    folder = tmp_path / "runner" / "composekit" / "bin"
    folder.mkdir(parents=True)
    text = f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m composekit "$@"\n'
    for name, body in (("composekit", text), ("python3", "#!/bin/sh\nexit 0\n")):
        (folder / name).write_text(body, encoding="utf-8")
        (folder / name).chmod(stat.S_IRWXU)
    return folder


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()

    def write(text):
        (folder / "compose.yaml").write_text(text, encoding="utf-8")
        return folder

    return write


def call(words, folder, program, **variables):
    environment = {**os.environ, "PWD": str(folder), "PATH": f"{program}{os.pathsep}{os.environ['PATH']}", **variables}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_the_hooks_take_the_files_that_a_folder_is_searched_for():
    names = [
        "compose.yaml", "docker-compose.yml", "a/docker-compose.prod.yml", "x/compose-dev.yaml", "db.compose.yaml",
        "Docker-Compose.yml", "decompose.yaml", "compose.json", "composer.yaml", "a/values.yaml",
    ]  # fmt: skip
    for hook in read(".pre-commit-hooks.yaml"):
        found = [name for name in names if re.search(hook["files"], name)]
        assert found == [name for name in names if _NAME.fullmatch(os.path.basename(name))]
        assert len(found) == 6


def test_the_examples_name_hooks_and_inputs_that_exist():
    hooks, action, gitlab = pages("yaml")
    known = {hook["id"] for hook in read(".pre-commit-hooks.yaml")}
    assert {hook["id"] for hook in hooks["repos"][0]["hooks"]} <= known

    step = next(one for one in action["jobs"]["lint"]["steps"] if "composekit" in one["uses"])
    assert set(step["with"]) <= set(read("action.yml")["inputs"])

    inputs = read("templates/lint.yml", documents=True)[0]["spec"]["inputs"]
    assert set(gitlab["include"][0]["inputs"]) <= set(inputs)


def test_the_action_passes_inputs_as_variables_only():
    action = read("action.yml")
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]
        for value in step["env"].values():
            assert re.fullmatch(r"\$\{\{ inputs\.([a-z]+) \}\}", value)[1] in action["inputs"]
    assert all(one["description"] for one in action["inputs"].values())


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (WARNED, 1), ("services: [\n", 1)])
def test_the_actions_script_lints_annotates_and_summarizes(tmp_path, project, program, text, code):
    folder = project(text)
    script = next(step for step in read("action.yml")["runs"]["steps"] if step.get("id") == "lint")["run"]
    done = call(
        ["bash", "-e", "-o", "pipefail", "-c", script], folder, program,
        RUNNER_TEMP=str(tmp_path / "runner"), GITHUB_STEP_SUMMARY=str(tmp_path / "summary"),
        GITHUB_OUTPUT=str(tmp_path / "output"), PATHS=". ", OPTIONS="--severity warning", SARIF="out.sarif",
    )  # fmt: skip

    assert done.returncode == code, done.stderr
    assert (tmp_path / "output").read_text(encoding="utf-8") == f"exit-code={code}\n"
    assert (tmp_path / "summary").read_text(encoding="utf-8").startswith("## composekit lint")
    assert (folder / "out.sarif").exists()
    assert ("::warning file=compose.yaml,line=4" in done.stdout) is (text == WARNED)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_the_gitlab_components_script_writes_its_reports(project, program):
    folder = project(WARNED)
    spec, jobs = read("templates/lint.yml", documents=True)
    inputs = spec["spec"]["inputs"]
    (job,) = jobs.values()

    def filled(text):
        return re.sub(r"\$\[\[ inputs\.([a-z-]+) \]\]", lambda found: str(inputs[found[1]]["default"]), text)

    done = call(["bash", "-e", "-c", "\n".join(map(filled, job["script"]))], folder, program)

    assert done.returncode == 1, done.stderr
    assert "warning[CK504]" in done.stdout
    reports = job["artifacts"]["reports"].values()
    assert all((folder / name).stat().st_size for name in reports)


def test_the_image_copies_files_that_exist_and_runs_the_program():
    with open(os.path.join(ROOT, "Dockerfile"), encoding="utf-8") as file:
        text = file.read()
    copied = [word for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE) for word in line.split()[:-1]]

    assert copied
    assert [name for name in copied if not os.path.exists(os.path.join(ROOT, name))] == []
    with open(os.path.join(ROOT, ".dockerignore"), encoding="utf-8") as file:
        allowed = {line[1:] for line in file.read().splitlines() if line.startswith("!")}
    assert set(copied) == allowed


def test_the_image_is_a_dockerfile_that_we_read_ourselves():
    with open(os.path.join(ROOT, "Dockerfile"), encoding="utf-8") as file:
        text = file.read()

    def python(image):
        return Program(origin="test", command=("python3",), env={"PATH": "/usr/local/bin:/bin"}) if image else None

    made = read_dockerfile(text, context=ROOT, target=None, args={}, base=python)

    assert (made.entrypoint, made.command) == (("composekit",), ("lint", "."))
    assert (made.working_dir, made.user) == ("/project", "65534:65534")
    assert made.env["PATH"].startswith("/opt/composekit/bin:")


@pytest.mark.timeout(120)
def test_the_source_distribution_has_what_other_programs_take_from_the_repository(tmp_path):
    hatchling = pytest.importorskip("hatchling.build")
    files = [".pre-commit-hooks.yaml", "action.yml", "Dockerfile", ".dockerignore", "templates/lint.yml"]
    tree = tmp_path / "tree"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(os.path.join(ROOT, "templates"), tree / "templates", ignore=ignore)
    (tree / "composekit").mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "composekit/__init__.py", *files[:4]):
        shutil.copy(os.path.join(ROOT, name), tree / name)
    here = os.getcwd()
    os.chdir(tree)
    try:
        with tarfile.open(tmp_path / hatchling.build_sdist(str(tmp_path))) as made:
            names = {name.partition("/")[2] for name in made.getnames()}
    finally:
        os.chdir(here)

    assert names >= set(files)


def git(folder, *words):
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *words], cwd=folder, check=True)


@pytest.mark.integration
@pytest.mark.timeout(650)
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_pre_commit_runs_the_hooks_of_the_working_tree(project, tmp_path):
    found = shutil.which("pre-commit", path=f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip("pre-commit is not installed")
    folder = project(WARNED)
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache"), "PWD": str(folder)}
    tree = tmp_path / "tree"
    for name in ("composekit", "schemas", "grammar"):
        shutil.copytree(os.path.join(ROOT, name), tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(os.path.join(ROOT, name), tree)
    git(tree, "init", "-q")
    git(tree, "add", ".")
    git(tree, "commit", "-q", "-m", "the working tree")
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tree, capture_output=True, text=True, check=True).stdout
    config = {"repos": [{"repo": str(tree), "rev": revision.strip(), "hooks": [{"id": one} for one in HOOKS]}]}
    (folder / ".pre-commit-config.yaml").write_text(json.dumps(config), encoding="utf-8")
    git(folder, "init", "-q")
    git(folder, "add", ".")

    def run(hook):
        return subprocess.run(
            [found, "run", hook, "--all-files", "--color", "never"], cwd=folder, env=environment,
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip

    done = run("composekit-lint")
    if "Could not find a version" in done.stdout + done.stderr:
        pytest.skip("the dependencies of composekit cannot be installed here")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "compose.yaml:4:12: warning[CK504]" in done.stdout
    (folder / "compose.yaml").write_text(GOOD, encoding="utf-8")
    assert [run(hook).returncode for hook in HOOKS] == [0, 0, 0]
