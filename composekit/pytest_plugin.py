"""The pytest plugin: the fixture `composekit`, a project that is up for the test session; logs when a test fails.

pytest imports this module wherever composekit is installed, so it imports nothing of ours before it is asked to.
"""

import sys
import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from composekit.testing import Project, Settings

_BEGAN: pytest.StashKey[float] = pytest.StashKey()
_KEPT: pytest.StashKey[list[str]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the settings; those of the command line come before those of the configuration file."""
    group = parser.getgroup("composekit", "projects that are up while tests run (composekit)")
    group.addoption("--composekit-file", action="append", default=[], metavar="FILE", help="Compose file; repeatable")
    group.addoption("--composekit-profile", action="append", default=[], metavar="NAME", help="profile; repeatable")
    group.addoption("--composekit-isolation", choices=("auto", "view", "none"), help="what services see")
    group.addoption("--composekit-timeout", type=float, metavar="SECONDS", help="how long to wait until it is healthy")
    group.addoption("--composekit-build", action="store_true", help="build images first, even those that there are")
    group.addoption("--composekit-keep", action="store_true", help="leave the project running at the end")
    parser.addini("composekit_files", "Compose files (default: those of the usual names)", "paths", [])
    parser.addini("composekit_services", "services to bring up (default: all)", "args", [])
    parser.addini("composekit_profiles", "profiles", "args", [])
    parser.addini("composekit_env_files", "environment files", "paths", [])
    parser.addini("composekit_env", "variables for the Compose files, NAME=VALUE, one a line", "linelist", [])
    parser.addini("composekit_isolation", "what services see: auto, view or none", default="")
    parser.addini("composekit_timeout", "seconds to wait until the project is healthy", default="120")
    parser.addini("composekit_log_lines", "lines of each replica that are shown when a test fails", default="50")


@pytest.fixture(scope="session")
def composekit_settings(pytestconfig: pytest.Config) -> "Settings":
    """What the project is brought up with, `composekit.testing.Settings`; override it to decide in code."""
    option, ini = pytestconfig.getoption, pytestconfig.getini
    pairs = [line.partition("=") for line in ini("composekit_env")]
    for name, equals, _ in pairs:
        if not equals:
            raise pytest.UsageError(f"composekit_env: '{name}' is not NAME=VALUE")
    return {
        "directory": pytestconfig.rootpath,
        "services": ini("composekit_services"),
        "profiles": option("composekit_profile") or ini("composekit_profiles"),
        "env_files": ini("composekit_env_files"),
        "env": {name.strip(): value for name, _, value in pairs},
        "isolation": option("composekit_isolation") or ini("composekit_isolation"),
        "timeout": option("composekit_timeout") or _number(pytestconfig, "composekit_timeout"),
        "build": option("composekit_build"),
        "keep": option("composekit_keep"),
    }


@pytest.fixture(scope="session")
def composekit_files(pytestconfig: pytest.Config) -> list[str]:
    """The Compose files, as absolute paths; none means those of the usual names. Override it to decide in code."""
    given = pytestconfig.getoption("composekit_file")
    if given:
        return [str(pytestconfig.invocation_params.dir / file) for file in given]
    return [str(file) for file in pytestconfig.getini("composekit_files")]


@pytest.fixture(scope="session")
def composekit(
    pytestconfig: pytest.Config, composekit_files: list[str], composekit_settings: "Settings"
) -> Iterator["Project"]:
    """A project that is up until the session ends: a `composekit.testing.Project`."""
    from composekit.testing import project

    __tracebackhide__ = True
    with project(*composekit_files, **composekit_settings) as made:
        if composekit_settings.get("keep"):
            pytestconfig.stash.setdefault(_KEPT, []).append(made.name)
        yield made


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember when a test began: what services wrote before is not shown."""
    item.stash[_BEGAN] = time.time()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the logs of each project that a failed test uses, from the beginning of the test on."""
    report = yield
    if report.failed:
        lines = _number(item.config, "composekit_log_lines")
        for one in _projects_of(item):
            text = _logs(one, item.stash.get(_BEGAN, time.time()), int(lines))
            report.sections.append((f"Logs of {one.name} during the test", text))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how to take down what was kept."""
    for name in config.stash.get(_KEPT, []):
        terminalreporter.write_line(f"project {name} is still up: composekit -p {name} down -v")


def _projects_of(item: pytest.Item) -> "list[Project]":
    """Return the projects among the values of a test's fixtures, whoever made them."""
    testing = sys.modules.get("composekit.testing")
    if testing is None:
        return []
    values: dict[str, Any] = getattr(item, "funcargs", {})
    found = {id(value): value for value in values.values() if isinstance(value, testing.Project)}
    return list(found.values())


def _logs(project: "Project", since: float, lines: int) -> str:
    from composekit.errors import ComposekitError

    try:
        return project.logs(since=since, tail=lines) or "(nothing)"
    except ComposekitError as error:
        return f"(they cannot be read: {error})"


def _number(config: pytest.Config, name: str) -> float:
    text = config.getini(name)
    try:
        return float(text)
    except ValueError:
        raise pytest.UsageError(f"{name}: '{text}' is not a number") from None
