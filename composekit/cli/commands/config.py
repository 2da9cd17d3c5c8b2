"""`composekit config`: parse, resolve and print the project."""

import os
from collections.abc import Iterable

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row
from composekit.errors import ComposekitError, UsageError
from composekit.load.pipeline import MODEL_STEPS, PROJECT_STEPS, Loaded
from composekit.source.node import Mapping, Node, Scalar

ARGUMENTS: tuple[Row, ...] = (
    SERVICES,
    Option(("--environment",), "Print environment used for interpolation.", "flag"),
    Option(("--explain",), "Tell where the value at PATH comes from", metavar="PATH", to="explained"),
    Option(("--format",), "Format the output. Values: [yaml | json]", choices=("yaml", "json"), to="style"),
    Option(("--hash",), "Print the service config hash, one per line.", to="hashes", metavar="SERVICE,...|*"),
    Option(("--images",), "Print the image names, one per line.", "flag"),
    Option(("--lock-image-digests",), "Produces an override file with image digests", "flag"),
    Option(("--models",), "Print the model names, one per line.", "flag"),
    Option(("--networks",), "Print the network names, one per line.", "flag"),
    Option(("--no-consistency",), "Don't check model consistency - may produce invalid output", "flag"),
    Option(("--no-env-resolution",), "Don't resolve service env files", "flag"),
    Option(("--no-interpolate",), "Don't interpolate environment variables", "flag"),
    Option(("--no-normalize",), "Don't normalize compose model", "flag"),
    Option(("--no-path-resolution",), "Don't resolve file paths", "flag"),
    Option(("-o", "--output"), "Save to file (default to stdout)", metavar="FILE"),
    Option(("--profiles",), "Print the profile names, one per line.", "flag", to="list_profiles"),
    Option(("-q", "--quiet"), "Only validate the configuration, don't print anything", "flag"),
    Option(("--redact",), "Replace credentials by ***", "flag"),
    Option(("--relative-paths",), "Print paths relative to the project directory", "flag"),
    Option(("--resolve-image-digests",), "Pin image tags to digests", "flag"),
    Option(("--services",), "Print the service names, one per line.", "flag", to="list_services"),
    Option(("--variables",), "Print model variables and default values.", "flag"),
    Option(("--volumes",), "Print the volume names, one per line.", "flag"),
)

_LISTS = ("list_services", "volumes", "networks", "models", "hashes", "list_profiles", "images")
_OF_ALL_SERVICES = ("list_services", "volumes", "networks", "models", "hashes")


def run(
    ctx: CommandContext,
    *,
    services: tuple[str, ...],
    style: str | None,
    output: str | None,
    explained: str | None,
    **given: bool,
) -> int:
    """Print the project, or the one list of names that was asked for."""
    if style not in (None, "yaml", "json"):
        raise UsageError(f"unsupported format '{style}'", hint="write --format yaml or --format json")
    if given["variables"]:
        return _print_variables(ctx, style)
    listed = next((name for name in _LISTS if given[name]), None)
    if explained is not None:
        return _explain(ctx, explained, services, as_json=style == "json")
    loaded = _load(ctx, () if listed in _OF_ALL_SERVICES else services, given, listed)
    if given["quiet"]:
        return 0
    if given["environment"]:
        return _print_lines(ctx, [f"{name}={value}" for name, value in sorted(loaded.environment.items())])
    if listed is not None:
        return _print_lines(ctx, _listed(loaded, listed, given))
    text = _rendered(_tree_to_print(ctx, loaded, given), style or "yaml", interpolate=not given["no_interpolate"])
    if output:
        _write(os.path.join(ctx.cwd, output), text)
    else:
        ctx.out.write(text)
    return 0


def _load(ctx: CommandContext, services: tuple[str, ...], given: dict[str, bool], listed: str | None) -> Loaded:
    # Docker Compose 2.40 reads env files whatever --no-env-resolution says, so that flag changes nothing here either.
    return ctx.load(
        steps=MODEL_STEPS if given["no_interpolate"] else PROJECT_STEPS,
        services=services,
        interpolate=not given["no_interpolate"],
        resolve_paths=not given["no_path_resolution"],
        resolve_env_files=listed is None,
        # Docker Compose does not normalize in compatibility mode either.
        normalize=not given["no_normalize"] and not ctx.shared.get("compatibility"),
        check_consistency=not given["no_consistency"],
    )


def _explain(ctx: CommandContext, path: str, services: tuple[str, ...], *, as_json: bool) -> int:
    from composekit.cli.explaining import show_explanations

    return show_explanations(ctx, ctx.load(services=services, trace=True), path, as_json=as_json)


def _tree_to_print(ctx: CommandContext, loaded: Loaded, given: dict[str, bool]) -> Mapping:
    """Return the project as the flags want to see it."""
    tree = loaded.tree
    assert tree is not None
    if given["resolve_image_digests"] or given["lock_image_digests"]:
        from composekit.cli.digests import images_only, pin_images

        tree = pin_images(ctx, tree)
        if given["lock_image_digests"]:
            tree = images_only(tree)
    if given["relative_paths"]:
        from composekit.load.fields import ROOT
        from composekit.load.portable import relative_paths

        tree = relative_paths(tree, loaded.directory, ROOT)
    if given["redact"]:
        from composekit.load.fields import ROOT
        from composekit.load.portable import redact

        tree = redact(tree, ROOT)
    return tree


def _rendered(tree: Mapping, style: str, *, interpolate: bool) -> str:
    from composekit.load.render import render_json, render_plain, render_yaml

    if not interpolate:
        return render_plain(tree, as_json=style == "json")
    text = render_json(tree) if style == "json" else render_yaml(tree)
    # Printed again through Compose, a dollar sign must not start a variable.
    return text.replace("$", "$$")


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ComposekitError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from None


def _print_lines(ctx: CommandContext, lines: Iterable[str]) -> int:
    ctx.out.write("".join(f"{line}\n" for line in lines))
    return 0


def _listed(loaded: Loaded, what: str, given: dict[str, bool]) -> list[str]:
    services = _section(loaded, "services")
    match what:
        case "list_services":
            return _in_dependency_order(services)
        case "hashes":
            return _hashes(services, str(given["hashes"]))
        case "list_profiles":
            from composekit.load.selection import profiles_of

            everything = [*services.values(), *loaded.disabled.values()]
            return sorted({profile for service in everything for profile in profiles_of(service)})
        case "images":
            between = "_" if loaded.compatibility else "-"
            return [
                _text(service, "image") or f"{loaded.name}{between}{name}" for name, service in sorted(services.items())
            ]
        case "models":
            found = (_text(model, "model") for model in _section(loaded, "models").values())
            return sorted(name for name in found if name)
        case _:
            return sorted(_section(loaded, what))


def _section(loaded: Loaded, name: str) -> dict[str, Node]:
    found = loaded.tree.get(name) if loaded.tree is not None else None
    return found.items if isinstance(found, Mapping) else {}


def _text(node: Node, key: str) -> str:
    value = node.get(key) if isinstance(node, Mapping) else None
    return str(value.value) if isinstance(value, Scalar) else ""


def _in_dependency_order(services: dict[str, Node]) -> list[str]:
    from composekit.graph import startup_order

    needs = {name: _needs(service) for name, service in services.items()}
    return [name for wave in startup_order(needs) for name in wave]


def _needs(service: Node) -> list[str]:
    found = service.get("depends_on") if isinstance(service, Mapping) else None
    return list(found) if isinstance(found, Mapping) else []


def _hashes(services: dict[str, Node], wanted: str) -> list[str]:
    from composekit.load.hashing import service_hash

    names = sorted(services if wanted == "*" else wanted.split(","))
    for name in names:
        if name not in services:
            raise ComposekitError(f"no such service: {name}")
    return [f"{name} {service_hash(services[name])}" for name in names]


def _print_variables(ctx: CommandContext, style: str | None) -> int:
    from composekit.load.variables import variables_of

    loaded = ctx.load(steps=MODEL_STEPS, interpolate=False)
    found = variables_of([loaded.tree] if loaded.tree is not None else [])
    if style is None:
        rows = [("NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE")]
        rows += [(one.name, "true" if one.required else "false", one.default, one.alternate) for one in found]
        widths = [max(20, *(len(row[column]) + 3 for row in rows)) for column in range(3)]
        lines = ("".join(cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)) for row in rows)
        return _print_lines(ctx, lines)
    names = ("Name", "DefaultValue", "PresenceValue", "Required")
    values = ((one.name, (one.name, one.default, one.alternate, one.required)) for one in found)
    if style == "json":
        import json

        ctx.out.write(json.dumps({name: dict(zip(names, row, strict=True)) for name, row in values}, indent=4) + "\n")
    else:
        from composekit.source.emit import write_yaml

        lowered = [name.lower() for name in names]
        text = write_yaml({name: dict(zip(lowered, row, strict=True)) for name, row in values})
        ctx.out.write(text.replace("\n  ", "\n    "))  # here the reference indents by four
    return 0
