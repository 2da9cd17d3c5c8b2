"""Wanted specs against what is there: who is left alone, made, made anew, restarted. Pure."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from composekit.supervise.needs import restarted_with
from composekit.supervise.replica import ALIVE, Replica
from composekit.supervise.spec import ProcessSpec

RECREATE = ("changed", "always", "never")


class Plan(NamedTuple):
    """Names by what happens to them, each sorted as the specs came; `keep` includes those that are restarted."""

    keep: tuple[str, ...]
    create: tuple[str, ...]
    recreate: tuple[str, ...]
    restart: tuple[str, ...]
    remove: tuple[str, ...]


def plan(
    current: Mapping[str, Replica], wanted: Collection[ProcessSpec], *, recreate: str, remove: Collection[str]
) -> Plan:
    """Compare by `config_hash`: equal is left alone, unless `recreate` is "always"; "never" leaves all that exist.

    Running replicas that asked for it (`restart: true`) are restarted when one they need is made anew.
    """
    create = tuple(spec.name for spec in wanted if spec.name not in current)
    again = tuple(spec.name for spec in wanted if spec.name in current and _differs(current[spec.name], spec, recreate))
    keep = tuple(spec.name for spec in wanted if spec.name in current and spec.name not in again)
    affected = restarted_with({current[name].spec.group for name in again}, wanted)
    restart = tuple(name for name in keep if current[name].spec.group in affected and current[name].phase in ALIVE)
    gone = tuple(name for name in remove if name in current)
    return Plan(keep, create, again, restart, gone)


def _differs(replica: Replica, spec: ProcessSpec, recreate: str) -> bool:
    if recreate == "changed":
        return replica.spec.config_hash != spec.config_hash
    return recreate == "always"
