"""One project as a job, many in processes, and a text that is not saved."""

import pytest

from composekit.lint.parallel import run_all
from composekit.lint.session import Job, Rerun, lint_text, run
from composekit.lint.settings import Settings
from composekit.load.opened import OpenedFiles
from composekit.load.pipeline import load
from composekit.load.request import LoadRequest
from composekit.source.text import NOWHERE

GOOD = "services:\n  web:\n    image: nginx:1\n"
FLOATING = "services:\n  web:\n    image: nginx\n    command: ${UNSET}\n"


@pytest.fixture
def jobs(tmp_path):
    made = []
    for number in range(6):
        folder = tmp_path / f"p{number}"
        folder.mkdir()
        (folder / "compose.yaml").write_text(FLOATING if number % 2 else GOOD, encoding="utf-8")
        request = LoadRequest(str(tmp_path), {}, (f"p{number}/compose.yaml",), all_resources=True)
        made.append(Job(request, Settings()))
    return made


def facts(ruling):
    return [(str(one.span), one.code, one.message, one.facts, [str(s) for _, s in one.related]) for one in ruling[0]]


def test_processes_find_the_same_in_the_same_order(jobs):
    alone, together = list(run_all(jobs, processes=1)), list(run_all(jobs, processes=2))

    assert [facts(one) for one in together] == [facts(one) for one in alone]
    assert [len(one.findings) for one in together] == [0, 2] * 3


def test_what_stands_nowhere_stands_nowhere_after_a_process(tmp_path):
    jobs = [Job(LoadRequest(str(tmp_path), {}, (f"missing{number}.yaml",)), Settings()) for number in range(2)]
    found = [one for ruling in run_all(jobs, processes=2) for one in ruling.findings]

    assert [one.code for one in found] == ["CK002"] * 2
    assert all(one.span is None or one.span.source is NOWHERE for one in found)


def test_a_rerun_loads_again_only_for_other_texts_of_its_files(jobs, tmp_path):
    file, other = str(tmp_path / "p0" / "compose.yaml"), str(tmp_path / "p1" / "compose.yaml")
    rerun = Rerun(jobs[0])
    first = rerun.load({})
    assert rerun.findings() == []
    assert rerun.load({other: FLOATING}) is first

    changed = rerun.load({file: FLOATING})
    assert changed is not first
    assert {one.code for one in rerun.findings()} == {"CK102", "CK504"}
    assert rerun.load({file: FLOATING, other: GOOD}) is changed
    assert rerun.load({}) is not changed
    assert rerun.findings() == []


def test_a_project_that_could_not_be_read_is_loaded_again(jobs, tmp_path):
    file = str(tmp_path / "p0" / "compose.yaml")
    rerun = Rerun(jobs[0])

    assert rerun.load({file: "services: ["}).tree is None
    assert rerun.load({file: GOOD}).tree is not None


def test_files_that_projects_share_are_read_once_and_never_in_place_of_another_text(tmp_path):
    file = tmp_path / "compose.yaml"
    file.write_text(GOOD, encoding="utf-8")
    opened = OpenedFiles(str(tmp_path))
    request = LoadRequest(str(tmp_path), {}, ("compose.yaml",), opened=opened)
    first, second = load(request), load(request)
    assert first.documents[0] is second.documents[0]

    edited = load(request._replace(texts={str(file): FLOATING}))
    assert edited.documents[0].span.source.text == FLOATING
    assert load(request).documents[0] is first.documents[0]


def test_texts_stand_for_files(jobs, tmp_path):
    _, ruling = run(jobs[0], {str(tmp_path / "p0" / "compose.yaml"): FLOATING})

    assert {one.code for one in ruling.findings} == {"CK102", "CK504"}


def test_an_unsaved_text_is_linted_in_its_project(tmp_path):
    (tmp_path / "compose.yaml").write_text(FLOATING, encoding="utf-8")
    (tmp_path / "compose.override.yaml").write_text("services:\n  web: {}\n", encoding="utf-8")
    file = str(tmp_path / "compose.override.yaml")
    found = lint_text("services:\n  web:\n    image: redis\n", file, cwd=str(tmp_path)).findings

    assert [(one.code, str(one.span)) for one in found] == [("CK504", "compose.override.yaml:3:12")]


def test_an_unsaved_text_may_have_mistakes_and_no_file(tmp_path):
    found = lint_text("services: [\n", "new.yaml", cwd=str(tmp_path)).findings

    assert [one.code for one in found] == ["CK010"]
    assert str(found[0].span).startswith("new.yaml:")


def test_a_variable_that_is_not_set_is_told_once_with_its_places(tmp_path):
    text = "services:\n  a: {image: 'x:1', command: '${NO} ${NO}'}\n  b: {image: 'x:1', command: '${NO} ${OTHER}'}\n"
    found = [one for one in lint_text(text, "compose.yaml", cwd=str(tmp_path)).findings if one.code == "CK102"]

    assert [(one.facts["name"], one.span.position.line, len(one.related)) for one in found] == [
        ("NO", 2, 1),
        ("OTHER", 3, 0),
    ]
    assert found[0].related[0].span.position.line == 3
