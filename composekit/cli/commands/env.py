"""`composekit env SERVICE`: the environment a service gets, and where each variable of it comes from."""

import json

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.errors import ComposekitError
from composekit.source.node import Mapping, to_python

ARGUMENTS: tuple[Row, ...] = (
    Argument("service", many=False, required=True, metavar="SERVICE"),
    Option(("--explain",), "Tell which file or variable gave each value", "flag"),
    Option(("--format",), "Format the output. Values: [text | json]", "choice", "text", ("text", "json"), to="style"),
)


def run(ctx: CommandContext, *, service: str, explain: bool, style: str) -> int:
    """Print NAME=value lines, sorted; variables that stay without a value have no '='."""
    loaded = ctx.load(services=(service,), trace=explain)
    services = loaded.tree.get("services") if loaded.tree is not None else None
    found = services.get(service) if isinstance(services, Mapping) else None
    if not isinstance(found, Mapping):
        raise ComposekitError(f"no such service: {service}")
    environment = found.get("environment")
    values = to_python(environment) if environment is not None else {}
    if explain and values:
        from composekit.cli.explaining import show_explanations

        quoted = '"' + service.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return show_explanations(ctx, loaded, f"services.{quoted}.environment", as_json=style == "json")
    if style == "json":
        ctx.out.write(json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    else:
        lines = (name if value is None else f"{name}={value}" for name, value in sorted(values.items()))
        ctx.out.write("".join(f"{line}\n" for line in lines))
    return 0
