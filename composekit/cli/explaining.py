"""How an explanation of values is shown: the value, then every place that set it, the winner first."""

import json
from collections.abc import Iterable

from composekit.cli.context import CommandContext
from composekit.errors import ComposekitError
from composekit.load.pipeline import Loaded
from composekit.load.provenance import Explanation, Setting, VariableOrigin, explain, parse_path
from composekit.source.path import show_path

_BOLD, _DIM, _END = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def show_explanations(ctx: CommandContext, loaded: Loaded, path: str, *, as_json: bool) -> int:
    """Print where the values at a path come from; raises `ComposekitError` where there is nothing."""
    if loaded.tree is None or loaded.history is None:
        raise ComposekitError("the project could not be loaded")
    found = explain(loaded.tree, parse_path(path), loaded.history, dict(ctx.environ))
    if as_json:
        ctx.out.write(json.dumps([_as_json(one) for one in found], indent=2, ensure_ascii=False) + "\n")
    else:
        ctx.out.write("".join(f"{line}\n" for line in _lines(found, color=ctx.color_out)))
    return 0


def _lines(found: Iterable[Explanation], *, color: bool) -> Iterable[str]:
    bold, dim, end = (_BOLD, _DIM, _END) if color else ("", "", "")
    for one in found:
        yield f"{bold}{show_path(one.path)}{end} = {_shown(one.value)}"
        if not one.settings:
            yield f"  {dim}not written in a file: Compose supplies it{end}"
        width = max((len(str(setting.span)) for setting in one.settings), default=0)
        for index, setting in enumerate(one.settings):
            verb = "set at" if index == 0 else "overrides"
            lead = f"  {verb:<9} {setting.span!s:<{width}}  {_shown(setting.value)}"
            yield (dim if index else "") + lead + (end if index else "")
            for origin in setting.variables:
                yield f"  {'':<9} {'':<{width}}  {dim}{_origin(origin)}{end}"


def _shown(value: object) -> str:
    if value is None:
        return "null"
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) or value == "" else value


def _origin(origin: VariableOrigin) -> str:
    match origin.origin:
        case "environment":
            return f"${origin.name} comes from the environment"
        case "env file":
            return f"${origin.name} comes from {origin.span}"
        case "default":
            return f"${origin.name} is not set, so what stands after the operator is used"
        case _:
            return f"${origin.name} is not set"


def _as_json(one: Explanation) -> dict[str, object]:
    return {"path": show_path(one.path), "value": one.value, "settings": [_setting(item) for item in one.settings]}


def _setting(setting: Setting) -> dict[str, object]:
    at = setting.span.position
    variables = [
        {"name": one.name, "origin": one.origin, "place": str(one.span) if one.span else None}
        for one in setting.variables
    ]
    return {
        "file": setting.span.source.name,
        "line": at.line,
        "column": at.column,
        "value": setting.value,
        "written": setting.written,
        "variables": variables,
    }
