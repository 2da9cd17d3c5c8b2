"""The public Python API."""

import composekit
from composekit.model.project import Project


def test_load_returns_the_typed_project(tmp_path):
    (tmp_path / "compose.yaml").write_text(
        "services: {web: {image: 'nginx:${TAG}', ports: ['8080:80'], profiles: [a]}}"
    )

    result = composekit.load(directory=tmp_path, env={"TAG": "1.27"}, profiles=["a"])

    assert isinstance(result.project, Project)
    assert result.ok
    assert result.diagnostics == ()
    assert result.project.services["web"].image == "nginx:1.27"
    assert result.project.services["web"].ports[0].published == "8080"


def test_load_returns_every_mistake_and_no_project(tmp_path):
    (tmp_path / "compose.yaml").write_text("services:\n  web:\n    imag: x\n  api:\n    ports: 80\n")

    result = composekit.load([tmp_path / "compose.yaml"], env={})

    assert result.project is None
    assert [(one.code, str(one.span).rpartition("/")[2]) for one in result.errors] == [
        ("CK201", "compose.yaml:3:5"),
        ("CK202", "compose.yaml:5:12"),
    ]


def test_a_missing_file_is_a_diagnostic_not_an_exception(tmp_path):
    result = composekit.load(["nope.yaml"], directory=tmp_path, env={})

    assert [one.message for one in result.errors] == ["cannot read nope.yaml: no such file"]


def test_validate_reads_a_text(tmp_path):
    assert composekit.validate("services: {web: {image: x}}", env={}, directory=tmp_path) == ()

    (found,) = composekit.validate("services: {web: {image: x, depends_on: [db]}}", env={}, directory=tmp_path)

    assert (found.code, str(found.span)) == ("CK311", "<stdin>:1:41")


def test_the_public_names_are_these():
    assert composekit.__all__ == ["LoadResult", "__version__", "load", "validate"]
    assert set(composekit.__all__) <= set(dir(composekit))


def test_load_is_called_by_its_name_whatever_was_imported_before(tmp_path):
    import composekit.load.pipeline as pipeline  # noqa: PLR0402  # the form that looks the name up in the package

    for _ in range(2):
        assert not composekit.load(["nope.yaml"], directory=tmp_path, env={}).ok
    assert pipeline.load is not composekit.load
