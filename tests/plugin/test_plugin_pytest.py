"""The pytest plugin, in sessions of their own."""

import pytest

pytest_plugins = ["pytester"]

SLEEPER = """
services:
  a: {image: alpine, command: "sh -c 'echo begun; exec sleep 1000'", stop_signal: KILL, environment: {WHO: "${WHO:-}"}}
  b: {image: alpine, command: sleep 1000, stop_signal: KILL, profiles: [more]}
"""


@pytest.fixture
def session(pytester, place, monkeypatch):
    """pytest in a folder of its own with the plugin, and a Compose file."""
    for name in ("COMPOSEKIT_HOME", "XDG_RUNTIME_DIR", "HOME", "PYTHONPATH"):
        monkeypatch.setenv(name, place.environ[name])
    # Named below, so that the tests are the same whether composekit is installed or only on the path.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.path.joinpath("compose.yaml").write_text(SLEEPER)

    def run(*words):
        return pytester.runpytest_subprocess("-p", "composekit.pytest_plugin", "-p", "no:cacheprovider", *words)

    run.pytester = pytester
    run.projects = place.projects
    return run


def test_it_costs_nothing_where_it_is_not_used(session):
    session.pytester.makepyfile(
        """
        import sys
        def test_nothing_of_ours_is_loaded():
            ours = {name for name in sys.modules if name.startswith("composekit")}
            assert ours == {"composekit", "composekit.pytest_plugin"}
        """
    )

    session().assert_outcomes(passed=1)
    assert session.projects() == []


def test_its_settings_are_listed(session):
    result = session("--help")

    result.stdout.fnmatch_lines(["*--composekit-file=FILE*", "*--composekit-keep*", "*composekit_files*"])
    assert "composekit fixture" not in result.stderr.str()


def test_settings_come_from_the_ini_file_and_the_command_line(session):
    session.pytester.makeini(
        "[pytest]\ncomposekit_files = sub/one.yaml\ncomposekit_profiles = x y\ncomposekit_services = a\n"
        "composekit_env =\n    A=1\n    B=c d\ncomposekit_timeout = 7\ncomposekit_env_files = e\n"
    )
    session.pytester.makepyfile(
        """
        def test_ini(composekit_settings, composekit_files, pytestconfig):
            root = pytestconfig.rootpath
            assert composekit_files == [str(root / "sub/one.yaml")]
            assert composekit_settings == {
                "directory": root, "services": ["a"], "profiles": ["x", "y"], "env_files": [root / "e"],
                "env": {"A": "1", "B": "c d"}, "isolation": "", "timeout": 7.0, "build": False, "keep": False,
            }
        def test_line(composekit_settings, composekit_files, pytestconfig):
            root = pytestconfig.rootpath
            assert composekit_files == [str(root / "two.yaml")]
            assert composekit_settings["profiles"] == ["z"]
            assert (composekit_settings["timeout"], composekit_settings["isolation"]) == (3.0, "none")
            assert composekit_settings["keep"] and composekit_settings["build"]
        """
    )

    session("-k", "test_ini").assert_outcomes(passed=1, deselected=1)
    words = "--composekit-file=two.yaml --composekit-profile z --composekit-timeout 3 --composekit-isolation none"
    line = session("-k", "test_line", *words.split(), "--composekit-keep", "--composekit-build")
    line.assert_outcomes(passed=1, deselected=1)


@pytest.mark.parametrize(
    ("ini", "message"),
    [
        ("composekit_env = A", "composekit_env: 'A' is not NAME=VALUE"),
        ("composekit_timeout = soon", "composekit_timeout: 'soon' is not a number"),
    ],
)
def test_a_wrong_setting_is_said(session, ini, message):
    session.pytester.makeini(f"[pytest]\n{ini}\n")
    session.pytester.makepyfile("def test_it(composekit): pass")
    result = session()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{message}*"])


@pytest.mark.integration
def test_one_project_is_up_for_all_tests_and_gone_after(session):
    session.pytester.makeini("[pytest]\ncomposekit_env = WHO=me\n")
    session.pytester.makepyfile(
        """
        names = []
        def test_one(composekit):
            names.append(composekit.name)
            assert composekit.exec("a", "sh", "-c", "echo $WHO").stdout == "me\\n"
        def test_two(composekit):
            assert names == [composekit.name]
            assert [one.service for one in composekit.states()] == ["a"]
        """
    )

    session().assert_outcomes(passed=2)
    assert session.projects() == []


@pytest.mark.integration
def test_a_failed_test_shows_what_services_wrote_meanwhile(session):
    session.pytester.makepyfile(
        """
        import pytest
        @pytest.fixture
        def through(composekit):
            return composekit
        def test_passes(composekit):
            pass
        def test_fails(through):
            through.restart("a")
            assert False
        def test_has_nothing_to_do_with_it():
            assert False
        """
    )
    result = session()

    result.assert_outcomes(passed=1, failed=2)
    text = result.stdout.str()
    assert text.count("during the test") == 1
    assert text.count("a-1  | begun") == 1


@pytest.mark.integration
def test_a_project_of_ones_own_shows_its_logs_too(session):
    session.pytester.makepyfile(
        """
        import pytest
        from composekit.testing import project
        @pytest.fixture(scope="module")
        def mine():
            with project("compose.yaml", profiles=["more"], services=["a"]) as made:
                yield made
        def test_fails(mine):
            assert False
        """
    )
    result = session()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Logs of *-test-* during the test*", "a-1  | begun"])
    assert session.projects() == []


@pytest.mark.integration
def test_a_project_that_does_not_come_up_is_an_error_with_its_logs(session):
    session.pytester.path.joinpath("compose.yaml").write_text(
        "services: {a: {image: alpine, command: sh -c 'echo why it fails; exec sleep 1000', stop_signal: KILL,"
        " healthcheck: {test: 'grep -q healthy /proc/1/comm', interval: 100ms, retries: 3}}}\n"
    )
    session.pytester.makepyfile("def test_it(composekit): pass")
    result = session()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*why it fails*"])
    assert session.projects() == []


@pytest.mark.integration
def test_a_project_is_kept_when_asked(session):
    session.pytester.makepyfile("def test_it(composekit): pass")
    result = session("--composekit-keep")

    result.assert_outcomes(passed=1)
    (name,) = session.projects()
    result.stdout.fnmatch_lines([f"project {name} is still up: composekit -p {name} down -v"])
