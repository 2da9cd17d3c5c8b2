"""The catalogue as a table for people, made from the recipes: `python -m composekit.images.page` prints it."""

import sys
from typing import Any

from composekit.images.catalogue import RECIPES, read_recipe

_HEAD = ("image", "program here", "Debian package", "ports", "volumes", "stop signal")


def catalogue_table() -> str:
    """Return a Markdown table of all images, in the order of their names."""
    rows = [_HEAD, tuple("---" for _ in _HEAD), *(_row(name) for name in _names())]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _names() -> list[tuple[str, ...]]:
    """Return the images of each recipe, sorted by the first of them."""
    by_recipe: dict[str, list[str]] = {}
    for image, recipe in sorted(RECIPES.items()):
        by_recipe.setdefault(recipe, []).append(image)
    return sorted(tuple(images) for images in by_recipe.values())


def _row(images: tuple[str, ...]) -> tuple[str, ...]:
    recipe = read_recipe(RECIPES[images[0]])
    program = recipe.get("program", {})
    return (
        ", ".join(f"`{image}`" for image in images),
        _program(program),
        _packages(recipe),
        " ".join(port.removesuffix("/tcp") for port in recipe.get("exposed", [])),
        " ".join(f"`{path}`" for path in recipe.get("volumes", [])),
        recipe.get("stop_signal", ""),
    )


def _program(program: dict[str, Any]) -> str:
    names = [program["name"], *program.get("alternatives", [])] if program else ["sh"]
    return " or ".join(f"`{name}`" for name in names)


def _packages(recipe: dict[str, Any]) -> str:
    """Return the packages of the image and of its variants, or where to get the program from."""
    programs = [recipe.get("program", {})]
    programs += [
        variant["replace"]["program"] for variant in recipe.get("variants", []) if "program" in variant["replace"]
    ]
    packages = list(dict.fromkeys(program["package"] for program in programs if program.get("package")))
    if packages:
        return "; ".join(packages)
    hint = str(programs[0].get("hint", ""))
    address = next((word.rstrip(",") for word in hint.split() if word.startswith("https://")), "")
    return f"none, [its site]({address})" if address else ("none" if hint else "")


if __name__ == "__main__":
    sys.stdout.write(catalogue_table())
