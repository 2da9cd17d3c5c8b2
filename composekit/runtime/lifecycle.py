"""`post_start` and `pre_stop`: a service's hooks as the supervisor's."""

from collections.abc import Collection, Mapping

from composekit.model.service import Hook, Service
from composekit.runtime.identity import resolve_user
from composekit.runtime.machine import Machine
from composekit.runtime.plain import Plain
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
    plain: Plain | None,
) -> tuple[HookSpec, ...]:
    """Return what to run; without a view, `plain` says what the hooks are told.

    `users` are those of the image, with uid and gid.
    """
    found = []
    for hook in hooks:
        if not hook.command:
            continue
        if hook.privileged and machine.uid != 0:
            meaning = "only root has rights to give"
            report.add(
                NOT_EMULATED, hook.span, path=("services", service.name), service=service.name, key="privileged",
                meaning=meaning,
            )  # fmt: skip
        words, cwd = tuple(hook.command), hook.working_dir
        env = {key: text for key, text in hook.environment.items() if text is not None}
        if plain is not None:
            words = plain.words(words)
            env = {key: plain.value(key, text) for key, text in env.items()}
            cwd = plain.directory(cwd) if cwd else ""
        user = _user(service, hook, machine, users, report)
        found.append(HookSpec(words, env, cwd, user, privileged=hook.privileged))
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
