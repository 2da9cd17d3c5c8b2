"""composekit.testing: projects for tests."""

import urllib.request
from pathlib import Path

import pytest

from composekit.errors import ComposekitError
from composekit.testing import Address, CommandFailed, Project, project

CLIENTS = Path(__file__).resolve().parents[2] / "fixtures" / "clients"


@pytest.fixture
def here(place, monkeypatch):
    """This process in a place of its own."""
    for name in ("COMPOSEKIT_HOME", "XDG_RUNTIME_DIR", "HOME"):
        monkeypatch.setenv(name, place.environ[name])
    monkeypatch.chdir(place.folder)
    return place


def write(place, text):
    (place.folder / "compose.yaml").write_text(text)


def test_names_are_valid_and_never_the_same():
    first, second = Project("/x/My Shop!/compose.yaml"), Project("/x/My Shop!/compose.yaml")

    assert first.name.startswith("myshop-test-")
    assert first.name != second.name
    assert Project(name="mine").name == "mine"
    assert Project(directory="/x/...").name.startswith("project-test-")


def test_an_address_is_written_with_its_port():
    assert str(Address("127.64.0.1", 80)) == "127.64.0.1:80"


def test_files_count_from_the_directory(tmp_path):
    assert Project("a.yaml", "/b.yaml", directory=tmp_path).files == (str(tmp_path / "a.yaml"), "/b.yaml")


def test_a_file_that_is_wrong_is_said(here):
    write(here, "services: {web: {imag: x}}\n")
    with pytest.raises(CommandFailed, match=r"exit code 1\n.*compose.yaml:1:18: error") as caught, project():
        pytest.fail("it is not up")

    assert caught.value.code == 1
    assert here.projects() == []


def test_variables_and_profiles_reach_the_file(here):
    write(here, "services: {web: {image: '${IMAGE}', profiles: [x]}}\n")
    made = Project(env={"IMAGE": "here:1"}, profiles=["x"])

    assert made.call("config", "--images").stdout == "here:1\n"


def test_a_service_that_does_not_run_has_no_address(here):
    write(here, "services: {web: {image: x}}\n")
    with pytest.raises(ComposekitError, match="no replica 1 of service 'web' runs; there is: nothing"):
        Project().address("web", 80)


@pytest.mark.integration
def test_a_project_is_up_inside_and_gone_after(here):
    with project(CLIENTS / "compose.yaml", env={"WHO": "tests"}) as made:
        assert here.projects() == [made.name]
        with urllib.request.urlopen(made.url("web", 8000), timeout=60) as answer:
            assert b"Served without an engine." in answer.read()
        assert made.address("web", 8000).host == "127.0.0.1"
        assert made.exec("web", "sh", "-c", "echo $GREETING").stdout == "hello from tests\n"
        assert made.exec("box", "cat", input="through").stdout == "through"
        assert made.exec("box", "false", check=False).returncode == 1
        with pytest.raises(CommandFailed, match="oops"):
            made.exec("box", "sh", "-c", "echo oops; exit 3")
        assert "web-1  | serving" in made.logs()
        assert {(one.service, one.state, one.health) for one in made.states()} == {
            ("web", "running", "healthy"),
            ("box", "running", ""),
        }
        made.stop("box")
        assert [one.state for one in made.states() if one.service == "box"] == ["exited"]
        made.start("box")
        made.restart("box")
        assert made.wait_for("web", 8000) == made.address("web", 8000)

    assert here.projects() == []


@pytest.mark.integration
def test_a_port_that_is_not_published_is_reached_at_the_replicas_own_address(here):
    text = (CLIENTS / "compose.yaml").read_text().replace('ports:\n      - "8000"', "scale: 2")
    write(here, text)
    (here.folder / "site").mkdir()
    with project(services=["web"]) as made:
        hosts = {made.address("web", 8000, index=index).host for index in (1, 2)}
        assert len(hosts) == 2
        assert all(host.startswith("127.") for host in hosts)
        for index in (1, 2):
            with urllib.request.urlopen(made.url("web", 8000, index=index), timeout=60) as answer:
                assert answer.status == 200
        with pytest.raises(ComposekitError, match="no replica 3"):
            made.address("web", 8000, index=3)


@pytest.mark.integration
def test_two_at_once_do_not_meet(here):
    with project(CLIENTS / "compose.yaml") as one, project(CLIENTS / "compose.yaml") as other:
        assert one.address("web", 8000) != other.address("web", 8000)
        one.exec("box", "sh", "-c", "echo mine > /data/file")
        assert other.exec("box", "ls", "/data").stdout == ""


@pytest.mark.integration
def test_a_start_that_fails_shows_the_logs_and_leaves_nothing(here):
    write(
        here,
        "services: {a: {image: alpine, command: sh -c 'echo why it fails; exec sleep 1000', stop_signal: KILL,"
        " healthcheck: {test: 'grep -q healthy /proc/1/comm', interval: 100ms, retries: 3}}}\n",
    )
    with pytest.raises(CommandFailed, match="why it fails"), project():
        pytest.fail("it is not up")

    assert here.projects() == []


@pytest.mark.integration
def test_a_port_that_nobody_listens_on_is_given_up(here):
    write(here, "services: {a: {image: alpine, command: sleep 1000, stop_signal: KILL}}\n")
    with project() as made, pytest.raises(TimeoutError, match="port 1 of service 'a' takes no connections"):
        made.wait_for("a", 1, timeout=0.1)


@pytest.mark.integration
def test_what_is_kept_stays(here):
    write(here, "services: {a: {image: alpine, command: sleep 1000, stop_signal: KILL}}\n")
    with project(keep=True) as made:
        pass

    assert [one.state for one in made.states()] == ["running"]
    made.down()
    assert here.projects() == []
