"""`post_start` and `pre_stop`: a service's hooks as the supervisor's."""

from collections.abc import Callable, Collection, Mapping

from composekit.model.service import Hook, Service
from composekit.runtime.identity import resolve_user
from composekit.runtime.machine import Machine
from composekit.runtime.problems import NOT_EMULATED, UNKNOWN_USER
from composekit.source.diagnostic import Report
from composekit.supervise.spec import HookSpec

HookUser = tuple[int, int, tuple[int, ...]]


def hooks_of(
    service: Service,
    hooks: Collection[Hook],
    machine: Machine,
    report: Report,
    *,
    users: Mapping[str, tuple[int, int]],
    word: Callable[[str], str],
    value: Callable[[str, str], str],
    directory: Callable[[str], str],
) -> tuple[HookSpec, ...]:
    """Return what to run; `word`, `value` and `directory` say what this machine must be told instead.

    `users` are those of the image, with uid and gid.
    """
    found = []
    for hook in hooks:
        if not hook.command:
            continue
        if hook.privileged:
            meaning = "the hook has the rights of the service"
            report.add(
                NOT_EMULATED, hook.span, path=("services", service.name), service=service.name, key="privileged",
                meaning=meaning,
            )  # fmt: skip
        env = {key: value(key, text) for key, text in hook.environment.items() if text is not None}
        cwd = directory(hook.working_dir) if hook.working_dir else ""
        found.append(HookSpec(tuple(map(word, hook.command)), env, cwd, _user(service, hook, machine, users, report)))
    return tuple(found)


def _user(
    service: Service, hook: Hook, machine: Machine, users: Mapping[str, tuple[int, int]], report: Report
) -> HookUser | None:
    if not hook.user or machine.uid != 0:
        return None
    try:
        uid, gid, groups = resolve_user(hook.user, users)
    except KeyError as error:
        report.add(
            UNKNOWN_USER, hook.span, path=("services", service.name), service=service.name, user=str(error.args[0])
        )
        return None
    return (uid, gid, tuple(groups))
