"""Image tags pinned to digests, for `config --resolve-image-digests` and `--lock-image-digests`."""

import os

from composekit.cli.context import CommandContext
from composekit.errors import BadValue, ComposekitError
from composekit.images.registry import read_auths, resolve_digest
from composekit.source.node import Mapping, Node, Scalar
from composekit.values.image import parse_image


def pin_images(ctx: CommandContext, tree: Mapping) -> Mapping:
    """Return the tree with every `image` pinned as its registry has it now; raises `ComposekitError`."""
    services = tree.get("services")
    if not isinstance(services, Mapping):
        return tree
    auths = read_auths(_docker_config(ctx))
    known: dict[str, str] = {}
    changed: dict[str, Node] = {}
    for name, service in services.items.items():
        image = service.get("image") if isinstance(service, Mapping) else None
        if isinstance(service, Mapping) and isinstance(image, Scalar) and image.value:
            text = str(image.value)
            if text not in known:
                known[text] = _pinned(text, auths)
            changed[name] = service.with_items({"image": image.with_value(known[text])})
    return tree.with_items({"services": services.with_items(changed)})


def images_only(tree: Mapping) -> Mapping:
    """Return only the services and their images: an override file that locks them."""
    services = tree.get("services")
    if not isinstance(services, Mapping):
        return tree
    kept: dict[str, Node] = {}
    for name, service in services.items.items():
        image = service.get("image") if isinstance(service, Mapping) else None
        kept[name] = Mapping({"image": image} if image is not None else {}, service.span)
    return Mapping({"services": services.with_items(kept)}, tree.span)


def _pinned(text: str, auths: dict[str, str]) -> str:
    try:
        image = parse_image(text)
    except BadValue as error:
        raise ComposekitError(f"'{text}' is not an image: {error}", hint=error.hint) from None
    digest = resolve_digest(image, auths=auths)
    return image._replace(digest=digest).canonical


def _docker_config(ctx: CommandContext) -> str:
    folder = ctx.environ.get("DOCKER_CONFIG") or os.path.join(ctx.environ.get("HOME", ""), ".docker")
    try:
        with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return ""
