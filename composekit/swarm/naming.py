"""The names of a stack's objects, and the labels that mark them as its own."""

from composekit.model.project import FileObject, Network, Volume
from composekit.model.record import Record

NAMESPACE_LABEL = "com.docker.stack.namespace"
IMAGE_LABEL = "com.docker.stack.image"

DEFAULT_NETWORK = "default"


class Naming(Record):
    """The one rule for names: the stack's name before what the file does not name itself.

    `project` is the Compose project's name: the canonical form has already put it before every name that nobody wrote,
    and in a stack the stack's name stands there instead.
    """

    stack: str
    project: str

    def scope(self, key: str) -> str:
        """Return the name of a service or of an object without a name of its own."""
        return f"{self.stack}_{key}"

    def object_name(self, key: str, declared: Network | Volume | FileObject | None) -> str:
        """Return the real name of a network, volume, config or secret declared under `key`."""
        if declared is None or not declared.name:
            return self.scope(key)
        if self.is_written(key, declared):
            return declared.name
        return self.scope(key)

    def is_written(self, key: str, declared: Network | Volume | FileObject) -> bool:
        """Tell whether a name is the user's own, and not the project's prefix and the key."""
        if declared.external or declared.name != f"{self.project}_{key}":
            return True
        return declared.key_span("name") is not declared.span

    def mark(self, labels: dict[str, str]) -> dict[str, str]:
        """Return labels that also say which stack the object belongs to."""
        return {**labels, NAMESPACE_LABEL: self.stack}
