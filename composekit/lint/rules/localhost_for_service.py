"""localhost used to reach another service.

What it finds: `localhost` or `127.0.0.1` in a variable of one service, with a port that only another service listens
    on: in the URL of a database, cache or message broker, or in a pair such as DB_HOST and DB_PORT. A web address may
    be meant for the browser of a person, so it counts only where it leads to a database that publishes no port.
Why it matters: inside a container, localhost is that container. The program connects to itself and is refused.
Instead of:
    services:
      web:
        image: example/web:1.0
        environment:
          DATABASE_URL: postgres://app@localhost:5432/app
      db:
        image: postgres:17
Write:
    services:
      web:
        image: example/web:1.0
        environment:
          DATABASE_URL: postgres://app@db:5432/app
      db:
        image: postgres:17
Fix: none; more than one service may listen on the port.
"""

from collections.abc import Iterator

from composekit.lint.environment import HostUse, host_uses, variables
from composekit.lint.images import default_ports
from composekit.lint.ports import container_ports, published_ports
from composekit.lint.reading import text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK406", "localhost-for-service", Severity.WARNING, "correctness", since="0.1")

_SELF = frozenset({"localhost", "127.0.0.1"})

# Schemes that only a program on the other side of a socket uses, never a person's browser, with their usual ports.
_CLIENT_SCHEMES = {
    "amqp": 5672,
    "amqps": 5671,
    "mariadb": 3306,
    "mongodb": 27017,
    "mqtt": 1883,
    "mysql": 3306,
    "nats": 4222,
    "postgres": 5432,
    "postgresql": 5432,
    "redis": 6379,
    "rediss": 6379,
}
_WEB_SCHEMES = frozenset({"http", "https"})


def check(ctx: LintContext) -> Iterator[Hit]:
    ports = ctx.shared(container_ports)
    for use in ctx.shared(host_uses):
        service = ctx.services[use.variable.service]
        # With somebody else's network, localhost is that somebody.
        if use.host not in _SELF or text(service.get("network_mode")):
            continue
        port = _port(use, ctx)
        if not port or port in ports[use.variable.service]:
            continue
        owner = next((name for name, open_ports in ports.items() if port in open_ports), None)
        if owner is not None:
            yield Hit(
                use.span,
                "'{host}' is '{service}' itself; port {port} belongs to '{owner}'",
                path=use.variable.path,
                hint="write '{owner}' instead",
                host=use.host,
                service=use.variable.service,
                port=port,
                owner=owner,
            )


def _port(use: HostUse, ctx: LintContext) -> int:
    """Return the port that a use of localhost connects to from inside its container; 0 when that is not certain."""
    scheme = use.scheme.partition("+")[0]
    if scheme in _CLIENT_SCHEMES:
        return use.port or _CLIENT_SCHEMES[scheme]
    if scheme in _WEB_SCHEMES:
        return use.port if _is_database_port(use.port, ctx) else 0
    if not use.scheme and use.variable.name.upper().endswith("HOST"):
        return use.port or _sibling_port(use, ctx)
    return 0


def _is_database_port(port: int, ctx: LintContext) -> bool:
    """Tell whether only programs of this project can mean a port: one of a database that is not published."""
    if any(one.first <= port <= one.last or one.target == port for one in ctx.shared(published_ports)):
        return False
    return any(port in default_ports(text(service.get("image"))) for service in ctx.services.values())


def _sibling_port(use: HostUse, ctx: LintContext) -> int:
    """Return the number in DB_PORT for DB_HOST."""
    wanted = use.variable.name.upper().removesuffix("HOST") + "PORT"
    if wanted == "PORT":
        return 0  # the service's own port, more often than not
    for variable in ctx.shared(variables):
        if variable.service == use.variable.service and variable.name.upper() == wanted and variable.value.isdecimal():
            return int(variable.value)
    return 0
