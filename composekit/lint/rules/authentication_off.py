"""Database without a password, open to other machines.

What it finds: a variable that switches a database's authentication off, such as POSTGRES_HOST_AUTH_METHOD=trust,
    MYSQL_ALLOW_EMPTY_PASSWORD or `xpack.security.enabled=false`, on a service that publishes a port on every address.
Why it matters: everybody who reaches the host reads and changes the data.
Instead of:
    services:
      db:
        image: postgres:17
        environment:
          POSTGRES_HOST_AUTH_METHOD: trust
        ports: ["5432:5432"]
Write:
    services:
      db:
        image: postgres:17
        environment:
          POSTGRES_HOST_AUTH_METHOD: trust
        ports: ["127.0.0.1:5432:5432"]
Fix: none; a password, or no published port.
"""

from collections.abc import Iterator

from composekit.lint.environment import variables
from composekit.lint.ports import WILDCARDS, published_ports
from composekit.lint.rule import NOT_AT_HOME, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Related, Severity

INFO = RuleInfo("CK528", "authentication-off", Severity.WARNING, "security", since="0.1", profiles=NOT_AT_HOME)

_OFF: dict[str, frozenset[str]] = {
    "POSTGRES_HOST_AUTH_METHOD": frozenset({"trust"}),
    "MYSQL_ALLOW_EMPTY_PASSWORD": frozenset({"yes", "true", "1", "on"}),
    "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD": frozenset({"yes", "true", "1", "on"}),
    "MARIADB_ALLOW_EMPTY_PASSWORD": frozenset({"yes", "true", "1", "on"}),
    "ALLOW_EMPTY_PASSWORD": frozenset({"yes", "true", "1"}),
    "ALLOW_ANONYMOUS_LOGIN": frozenset({"yes", "true", "1"}),
    "XPACK.SECURITY.ENABLED": frozenset({"false"}),
    "DISABLE_SECURITY_PLUGIN": frozenset({"true"}),
    "PLUGINS.SECURITY.DISABLED": frozenset({"true"}),
    "NEO4J_AUTH": frozenset({"none"}),
    "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED": frozenset({"true"}),
}


def check(ctx: LintContext) -> Iterator[Hit]:
    opened = {one.service: one for one in reversed(ctx.shared(published_ports)) if one.address in WILDCARDS}
    for variable in ctx.shared(variables):
        port = opened.get(variable.service)
        if port is not None and variable.value.lower() in _OFF.get(variable.name.upper(), ()):
            yield Hit(
                variable.span,
                "'{service}' asks nobody for a password, and port {port} is open on every address",
                path=variable.path,
                hint="set a password, or publish the port on 127.0.0.1",
                related=(Related("published here", port.span),),
                service=variable.service,
                port=port.first,
                name=variable.name,
            )
