"""Steps: env_file and label_file are read into `environment` and `labels`."""

import os

from composekit.load.context import Context
from composekit.load.imply import resolve_names
from composekit.load.locate import parse_variables, read_source
from composekit.load.services import change_services
from composekit.source.diagnostic import Problem, Report, Severity
from composekit.source.node import Mapping, Node, Scalar, Sequence, is_null
from composekit.source.text import Source, Span

MISSING_FILE = Problem(
    "CK008", Severity.ERROR, "the {kind} file {name} does not exist", "create it, or set 'required: false'"
)
UNKNOWN_FORMAT = Problem("CK009", Severity.ERROR, "'{format}' is not a format of env files", "write 'format: raw'")


def read_env_files(tree: Mapping, ctx: Context) -> Mapping:
    """Read the env files of every service, after `environment`, which wins over them."""
    if not ctx.request.resolve_env_files:
        return tree
    return change_services(tree, lambda service: _with_environment(service, ctx))


def take_env_lines(tree: Mapping, ctx: Context) -> Mapping:
    """Read the env files of every service as `format: raw` says, as `docker stack deploy` does: values are lines."""
    return change_services(tree, lambda service: _with_environment(service, ctx, raw=True))


def read_label_files(tree: Mapping, ctx: Context) -> Mapping:
    return change_services(tree, lambda service: _with_labels(service, ctx))


def _with_environment(service: Mapping, ctx: Context, *, raw: bool = False) -> Mapping:
    files, environment = service.get("env_file"), service.get("environment")
    if environment is not None:
        # Done before where the project is normalized; without that, names still have to get their values.
        environment = resolve_names(environment, ctx, keep_unset=True)
        service = service.with_items({"environment": environment})
    if not isinstance(files, Sequence):
        return service
    own = environment if isinstance(environment, Mapping) else Mapping({}, service.span)
    set_here = {name: str(one.value) for name, one in own.items.items() if isinstance(one, Scalar) and not is_null(one)}
    read: dict[str, str] = dict(set_here)
    found: dict[str, Node] = {}
    for file in files:
        if not isinstance(file, Mapping):
            continue
        for name, span in _read_file(file, {**set_here, **ctx.variables}, read, ctx, raw=raw).items():
            value = Scalar(read[name], span)
            if name in found:
                ctx.note_override(found[name], value)
            found[name] = value
    for name, own_value in own.items.items():
        if name in found:
            ctx.note_override(found[name], own_value)
    merged = Mapping({**found, **own.items}, own.span, own.key_spans)
    done = service.without("env_file")
    return done.with_items({"environment": merged}) if merged.items else done


def _read_file(
    file: Mapping, known: dict[str, str], into: dict[str, str], ctx: Context, *, raw: bool
) -> dict[str, Span]:
    """Read one env file into a dictionary, and return where its names stand."""
    path, required, kind = file.get("path"), file.get("required"), file.get("format")
    if not isinstance(path, Scalar) or not isinstance(path.value, str):
        return {}
    if not os.path.exists(_file_name(path, ctx)):
        if not (isinstance(required, Scalar) and required.value is False):
            ctx.add(MISSING_FILE, path.span, kind="env", name=path.value)
        return {}
    source = _source(path, ctx)
    if source is None:
        return {}
    style = kind.value if isinstance(kind, Scalar) else ""
    if style not in ("", "raw"):
        ctx.add(UNKNOWN_FORMAT, kind.span if kind is not None else path.span, format=style)
        return {}
    return parse_variables(source, known, into, ctx.report, raw=raw or style == "raw")


def _file_name(path: Scalar, ctx: Context) -> str:
    """Return where a file is; with --no-path-resolution its path is still relative to the working directory."""
    return os.path.join(ctx.request.cwd, path.value)


def _source(path: Scalar, ctx: Context) -> Source | None:
    """Read a file once for all services that name it; what is wrong with it is reported at the first."""
    if path.value in ctx.sources:
        return ctx.sources[path.value]
    found = Report()
    source = read_source(_file_name(path, ctx), ctx.request.cwd, found)
    for one in found:
        one.span = one.span or path.span
        ctx.report.append(one)
    if source is not None:
        ctx.sources[path.value] = source
    return source


def _with_labels(service: Mapping, ctx: Context) -> Mapping:
    files = service.get("label_file")
    if not isinstance(files, Sequence):
        return service
    read: dict[str, str] = {}
    for path in files:
        if not isinstance(path, Scalar) or not isinstance(path.value, str):
            continue
        if not os.path.exists(_file_name(path, ctx)):
            ctx.add(
                MISSING_FILE, path.span, kind="label", name=path.value, hint="create it, or remove it from the list"
            )
            continue
        source = _source(path, ctx)
        if source is not None:
            parse_variables(source, {}, read, ctx.report)
    labels = service.get("labels")
    own = labels if isinstance(labels, Mapping) else Mapping({}, service.span)
    items: dict[str, Node] = {name: Scalar(value, files.span) for name, value in read.items()}
    merged = Mapping({**items, **own.items}, own.span, own.key_spans)
    done = service.without("label_file")
    return done.with_items({"labels": merged}) if merged.items else done
