"""Names for configs and secrets that say what is inside, so that a change is a new object and a rolling update.

A stored config or secret cannot be changed. Those that the file does not name itself get a digest of their content
behind their name; a name that the user wrote is left alone.
"""

from composekit.swarm.plan import ObjectPlan, ObjectUse, Origin, ServicePlan, SwarmPlan

_LONGEST = 64
"""Characters that swarmkit allows for the name of a config or secret."""
_DIGITS = 10
_ROUNDS = 20_000
_WITHOUT_CONTENT = (Origin.EXTERNAL, Origin.DRIVER)

Names = dict[str, str]


def name_by_content(plan: SwarmPlan) -> SwarmPlan:
    """Return the plan with the new names, in the objects and in every service that uses them."""
    secrets = {one.name: _name("secret", one, plan.stack) for one in plan.secrets}
    configs = {one.name: _name("config", one, plan.stack) for one in plan.configs}
    return plan.with_values(
        secrets=_renamed(plan.secrets, secrets),
        configs=_renamed(plan.configs, configs),
        services=tuple(_renamed_uses(one, secrets, configs) for one in plan.services),
    )


def _name(kind: str, plan: ObjectPlan, stack: str) -> str:
    if plan.origin in _WITHOUT_CONTENT or plan.name != f"{stack}_{plan.key}":
        return plan.name
    return f"{plan.name[: _LONGEST - _DIGITS - 1]}-{_digest(kind, plan)}"


def _digest(kind: str, plan: ObjectPlan) -> str:
    """Return a digest of everything that cannot be changed later.

    A secret's is slow to compute and short: its name can be seen by whoever lists secrets, and must not let them try
    out a dictionary at full speed or be sure of what they find.
    """
    import hashlib

    facts = f"{plan.name}\0{plan.templating}".encode()
    if kind == "secret":
        return hashlib.pbkdf2_hmac("sha256", plan.data, facts, _ROUNDS).hex()[:_DIGITS]
    return hashlib.sha256(facts + b"\0" + plan.data).hexdigest()[:_DIGITS]


def _renamed(objects: tuple[ObjectPlan, ...], names: Names) -> tuple[ObjectPlan, ...]:
    renamed = (one.with_values(name=names[one.name], by_content=names[one.name] != one.name) for one in objects)
    return tuple(sorted(renamed, key=lambda one: one.name))


def _renamed_uses(service: ServicePlan, secrets: Names, configs: Names) -> ServicePlan:
    container = service.container
    credential = container.credential
    if credential is not None and credential.config:
        credential = credential.with_values(config=configs.get(credential.config, credential.config))
    container = container.with_values(
        secrets=_uses(container.secrets, secrets),
        configs=_uses(container.configs, configs),
        credential=credential,
    )
    return service.with_values(container=container)


def _uses(uses: tuple[ObjectUse, ...], names: Names) -> tuple[ObjectUse, ...]:
    renamed = (use.with_values(name=names.get(use.name, use.name)) for use in uses)
    return tuple(sorted(renamed, key=lambda use: (use.name, use.target)))
