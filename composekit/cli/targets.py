"""Which replica a command means by a service's name and `--index`, in Docker Compose's words when there is none."""

from collections.abc import Collection

from composekit.errors import ComposekitError
from composekit.runtime.listing import is_one_off, service_of
from composekit.runtime.paused import is_paused
from composekit.supervise.status import ReplicaStatus

UP = ("running", "stopping")


def running_replica(statuses: Collection[ReplicaStatus], service: str, index: int = 0) -> ReplicaStatus:
    """Return the replica of a service that runs, the first one or the one with this index; raises `ComposekitError`.

    What `run` made of the service counts where nothing else of it runs.
    """
    mine = sorted((one for one in statuses if service_of(one) == service), key=lambda one: (is_one_off(one), one.index))
    found = [one for one in mine if one.phase in UP and index in (0, one.index)]
    if found:
        return found[0]
    wanted = f" container #{index}" if index else ""
    hint = None if mine else "see 'composekit ps -a' for what there is"
    raise ComposekitError(f'service "{service}" is not running{wanted}', hint=hint)


def check_not_paused(status: ReplicaStatus) -> None:
    if is_paused(status):
        raise ComposekitError(f"container {status.name} is paused, unpause the container before exec")
