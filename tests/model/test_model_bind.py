"""Canonical trees to dataclasses."""

import os

import pytest

from composekit.load.pipeline import load
from composekit.load.request import LoadRequest
from composekit.model.bind import bind_project

FORMS = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "load", "forms"))


def project_of(case):
    cwd = os.path.join(FORMS, case)
    environment = {"HOME": "/home/ada", "TOKEN": "t"}
    request = LoadRequest(cwd=cwd, environment=environment, project_name="p", profiles=("*",), all_resources=True)
    loaded = load(request)
    return bind_project(
        loaded.tree, directory=loaded.directory, environment=loaded.environment, files=tuple(loaded.files)
    )


@pytest.mark.parametrize("case", sorted(os.listdir(FORMS)))
def test_every_form_binds(case):
    project = project_of(case)
    assert project.services
    for name, service in project.services.items():
        assert service.name == name


def test_values_have_the_types_and_units_of_the_model():
    service = project_of("limits").services["web"]
    assert service.mem_limit == int(1.5 * 1024**3)
    assert service.cpus == 1.5
    assert {name: (one.single, one.soft, one.hard) for name, one in service.ulimits.items()} == {
        "nofile": (0, 1, 2),
        "nproc": (3, 0, 0),
        "core": (0, 0, 0),
    }


def test_durations_are_nanoseconds():
    service = project_of("process").services["web"]
    assert service.healthcheck.interval == 90 * 10**9
    assert service.stop_grace_period == 60 * 10**9


def test_modes_are_permission_bits():
    service = project_of("files").services["web"]
    assert [use.mode for use in service.configs] == [None, 0o440]


def test_what_is_bound_knows_where_it_was_written():
    service = project_of("ports").services["web"]
    span = service.value_span("image")
    assert span.source.name.endswith("compose.yaml")
    assert span.text == "x"


def test_equality_does_not_look_at_places():
    one, two = (project_of("ports").services["web"] for _ in range(2))
    assert one.origin is not two.origin
    assert one == two
