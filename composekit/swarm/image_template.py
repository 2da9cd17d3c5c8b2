"""Names for images that are built here and pulled by nodes: `{registry}/{project}-{service}:{tag}`."""

import re

from composekit.errors import UsageError
from composekit.model.record import NOTHING, Record
from composekit.source.diagnostic import Problem, Severity

DEFAULT = "{registry}/{project}-{service}:{tag}"

NAMED_BY_TEMPLATE = Problem(
    "CK742",
    Severity.INFO,
    "a swarm does not build: nodes pull '{image}' for '{owner}'",
    "build and push it under this name before the stack is deployed",
)

_PLACE = re.compile(r"\{([^{}]*)\}")
_ALWAYS_KNOWN = frozenset({"project", "service", "stack"})


class ImageTemplate(Record):
    """A template, and what its places that are not the service's own stand for, such as the registry."""

    text: str
    values: dict[str, str] = NOTHING

    def check(self) -> None:
        """Raise `UsageError` for a place that nothing is known for, and for a brace that belongs to none."""
        for name in _PLACE.findall(self.text):
            if name not in _ALWAYS_KNOWN and not self.values.get(name):
                option = f"--{name}" if name in ("registry", "tag") else ""
                hint = f"give {option}" if option else "places are registry, project, service, stack and tag"
                raise UsageError(f"nothing is known for '{{{name}}}' of the image template", hint=hint)
        if "{" in _PLACE.sub("", self.text) or "}" in _PLACE.sub("", self.text):
            raise UsageError(f"the image template '{self.text}' has a brace without its other half")
        if "service" not in _PLACE.findall(self.text):
            raise UsageError(
                f"the image template '{self.text}' gives all services one image", hint="write {service} into it"
            )

    def fill(self, *, project: str, service: str, stack: str) -> str:
        """Return a service's image; names of projects and services are in lower case, as images must be."""
        known = {**self.values, "project": project.lower(), "service": service.lower(), "stack": stack.lower()}
        return _PLACE.sub(lambda found: known[found[1]], self.text)
