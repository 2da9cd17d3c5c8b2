"""What runs in each task of a service: the container's part of the plan."""

from composekit.model.project import Project
from composekit.model.service import HealthCheck, Service
from composekit.source.diagnostic import Problem, Report, Severity
from composekit.source.node import Mapping, Scalar, Sequence
from composekit.swarm.image_names import tagged_image
from composekit.swarm.mounts import plan_mounts
from composekit.swarm.naming import Naming
from composekit.swarm.objects import plan_config_uses, plan_secret_uses
from composekit.swarm.plan import ContainerPlan, CredentialPlan, DnsPlan, HealthPlan, UlimitPlan

BAD_IMAGE = Problem(
    "CK797",
    Severity.ERROR,
    "'{image}' is not the name of an image",
    "write [REGISTRY/]NAME[:TAG][@DIGEST]; the name is in lower case",
)

Words = tuple[str, ...]


def plan_container(service: Service, project: Project, naming: Naming, report: Report) -> ContainerPlan:
    image = service.image or built_image(service, project)
    tagged = tagged_image(image)
    if tagged is None:
        report.add(BAD_IMAGE, service.value_span("image"), image=image)
    added, dropped = plan_capabilities(service.cap_add, service.cap_drop)
    return ContainerPlan(
        image=image,
        tagged_image=tagged or image,
        labels=naming.mark(service.labels),
        command=service.entrypoint or (),
        args=service.command or (),
        hostname=service.hostname,
        environment=plan_environment(service),
        directory=service.working_dir,
        user=service.user,
        credential=plan_credential(service, project, naming),
        init=service.init,
        stop_signal=service.stop_signal,
        tty=service.tty,
        open_stdin=service.stdin_open,
        read_only=service.read_only,
        mounts=plan_mounts(service, project, naming),
        stop_grace_period=service.stop_grace_period,
        health=plan_health(service.healthcheck),
        hosts=plan_hosts(hosts_as_written(service)),
        dns=DnsPlan(service.dns, service.dns_search) if service.dns or service.dns_search else None,
        secrets=plan_secret_uses(service, project, naming),
        configs=plan_config_uses(service, project, naming),
        isolation=service.isolation,
        sysctls=service.sysctls,
        capabilities_added=added,
        capabilities_dropped=dropped,
        ulimits=plan_ulimits(service),
    )


def built_image(service: Service, project: Project) -> str:
    """Return the name that Compose gives to an image it builds."""
    return f"{project.name}-{service.name}".lower()


def plan_environment(service: Service) -> tuple[tuple[str, str | None], ...]:
    """Return the variables in the order of NAME=VALUE, so that a plan does not change with the file's order."""
    pairs = service.environment.items()
    return tuple(sorted(pairs, key=lambda pair: pair[0] if pair[1] is None else f"{pair[0]}={pair[1]}"))


def plan_health(check: HealthCheck | None) -> HealthPlan | None:
    if check is None:
        return None
    if check.disable:
        return HealthPlan(("NONE",))
    return HealthPlan(
        check.test,
        check.interval or 0,
        check.timeout or 0,
        check.start_period or 0,
        check.start_interval or 0,
        check.retries or 0,
    )


def hosts_as_written(service: Service) -> Words:
    """Return the extra hosts in the order of the file when they are a list there.

    The canonical form sorts them, the docker client sorts only those of a mapping, and the first of two lines for one
    host decides.
    """
    node = service.origin.get("extra_hosts") if isinstance(service.origin, Mapping) else None
    if not isinstance(node, Sequence):
        return service.extra_hosts
    entries = [(item.span, str(item.value)) for item in node if isinstance(item, Scalar)]
    one_file = len({id(span.source) for span, _ in entries}) == 1
    if not one_file or not all(span.text.strip("\"'").startswith(entry.partition("=")[0]) for span, entry in entries):
        return service.extra_hosts
    return tuple(entry for _, entry in sorted(entries, key=lambda one: one[0].start))


def plan_hosts(entries: Words) -> tuple[tuple[str, str], ...]:
    """Return pairs of host and address. A canonical entry is `host=address`; brackets of IPv6 are not part of it."""
    pairs = []
    for entry in entries:
        host, _, address = entry.partition("=" if "=" in entry else ":")
        if address.startswith("[") and address.endswith("]"):
            address = address[1:-1]
        pairs.append((host, address))
    return tuple(dict.fromkeys(pairs))


def plan_capabilities(add: Words, drop: Words) -> tuple[Words, Words]:
    """Return what to add and what to drop, sorted; ALL stands for the rest, and adding wins over dropping."""
    added = {_capability(one) for one in add}
    dropped = {_capability(one) for one in drop}
    if "ALL" in added:
        added = {"ALL"}
    if "ALL" in dropped:
        dropped = {"ALL"}
    reset = {"RESET"}
    return tuple(sorted(added - reset)), tuple(sorted(dropped - added - reset))


def _capability(name: str) -> str:
    upper = name.strip().upper()
    return upper if upper in ("ALL", "RESET") or upper.startswith("CAP_") else f"CAP_{upper}"


def plan_ulimits(service: Service) -> tuple[UlimitPlan, ...]:
    return tuple(
        UlimitPlan(name, limit.single or limit.soft, limit.single or limit.hard)
        for name, limit in sorted(service.ulimits.items())
    )


def plan_credential(service: Service, project: Project, naming: Naming) -> CredentialPlan | None:
    spec = service.credential_spec
    if spec is None or not (spec.config or spec.file or spec.registry):
        return None
    config = naming.object_name(spec.config, project.configs.get(spec.config)) if spec.config else ""
    return CredentialPlan(config, spec.config, spec.file, spec.registry)
