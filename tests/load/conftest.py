"""Ways to load what a test writes down: files to a result, and carets to diagnostics."""

import io
import os
import re
import textwrap

import pytest

from composekit.cli.commands import config
from composekit.cli.context import CommandContext
from composekit.cli.lane import read_line, split_line
from composekit.errors import ComposekitError
from composekit.load.pipeline import load as load_project
from composekit.load.request import LoadRequest
from composekit.source.node import to_python

HOME = "/home/ada"
_CARETS = re.compile(r"\s*(\^+) (CK\d{3})(?: (.*))?")


@pytest.fixture
def write(tmp_path):
    """Write files by name; text is dedented, bytes are taken as they are."""

    def run(files):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).encode())

    return run


@pytest.fixture
def load(tmp_path, write):
    """Load files (a mapping of names, or the text of one) and return what `load` returns."""

    def run(files, *, env=None, use=("compose.yaml",), **request):
        write(files if isinstance(files, dict) else {"compose.yaml": files})
        given = {"cwd": str(tmp_path), "environment": {"HOME": HOME, **(env or {})}, "files": use, **request}
        return load_project(LoadRequest(**given))

    return run


@pytest.fixture
def plain(load):
    """Load files that have no mistakes, and return the project as dicts and lists."""

    def run(files, **options):
        options.setdefault("all_resources", True)
        loaded = load(files, **options)
        assert not list(loaded.report), list(loaded.report)
        return to_python(loaded.tree)

    return run


@pytest.fixture
def merged(plain):
    """Load documents over each other and return the one service `web`, without what every service gets."""

    def run(*documents, **options):
        files = {f"{index}.yaml": _service(text) for index, text in enumerate(documents)}
        service = plain(files, use=tuple(files), project_name="p", **options)["services"]["web"]
        if service.get("networks") == {"default": None}:
            del service["networks"]
        return {key: value for key, value in service.items() if key != "image"}

    return run


def _service(text):
    """Put a service's keys under services.web, with an image."""
    body = textwrap.indent(textwrap.dedent(text).strip("\n"), "    ")
    return f"services:\n  web:\n    image: x\n{body}\n"


@pytest.fixture
def check(load):
    """Load a text whose carets say where each diagnostic must point, its code, and how its message starts."""

    def run(text, files=None, **options):
        lines, wanted = [], []
        for line in textwrap.dedent(text).strip("\n").split("\n"):
            found = _CARETS.fullmatch(line)
            if found is None:
                lines.append(line)
            else:
                wanted.append((len(lines), found.start(1) + 1, len(found[1]), found[2], found[3] or ""))
        loaded = load({**(files or {}), "compose.yaml": "\n".join(lines) + "\n"}, **options)
        reported = [_place(one) for one in loaded.report.sorted()]
        assert [one[:4] for one in reported] == [one[:4] for one in wanted], reported
        for one, two in zip(reported, wanted, strict=True):
            assert one[4].startswith(two[4]), f"{one[4]!r} does not start with {two[4]!r}"

    return run


def _place(one):
    if one.span is None:
        return 0, 0, 0, one.code, one.message
    at = one.span.position
    return at.line, at.column, one.span.end - one.span.start, one.code, one.message


@pytest.fixture
def command(tmp_path, write):
    """Run `composekit ... config ...` on files; return exit status, standard output and standard error."""

    def run(files, *words, env=None, stdin=b"", folder=""):
        write({os.path.join(folder, name): content for name, content in files.items()})
        cwd = str(tmp_path / folder)
        out, err = io.StringIO(), io.StringIO()
        shared, name, rest = split_line(list(words))
        assert name == "config"
        environ = {"HOME": HOME, **(env or {})}
        given = io.TextIOWrapper(io.BytesIO(stdin))
        context = CommandContext(shared, environ=environ, cwd=cwd, stdin=given, out=out, err=err)
        try:
            code = config.run(context, **read_line(rest, config.ARGUMENTS))
        except ComposekitError as error:
            code = error.exit_code
            err.write(f"error: {error}\n")
        return code, *(text.getvalue().replace(cwd, "/project").replace(str(tmp_path), "") for text in (out, err))

    return run
