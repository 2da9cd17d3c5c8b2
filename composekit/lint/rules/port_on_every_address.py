"""Port published on every address of the host.

What it finds: a published port without an address, or with 0.0.0.0 or `::`, of a service that is no database.
Why it matters: Docker writes its own firewall rules, so such a port is open to every network of the host, past ufw
    and firewalld.
Instead of:
    services:
      web:
        image: nginx:1.27
        ports: ["8080:80"]
Write:
    services:
      web:
        image: nginx:1.27
        ports: ["127.0.0.1:8080:80"]
Fix: `127.0.0.1:` is put before a short form; unsafe, as other machines no longer reach it.
"""

from collections.abc import Iterator

from composekit.lint.ports import WILDCARDS, bind_to_localhost, is_database_port, published_ports
from composekit.lint.rule import HARDENED, Hit, LintContext, RuleInfo, Setting
from composekit.source.diagnostic import Severity

INFO = RuleInfo(
    "CK521",
    "port-on-every-address",
    Severity.INFO,
    "security",
    since="0.1",
    profiles=HARDENED,
    settings=(Setting("allow", (), "host ports that may be open"),),
)


def check(ctx: LintContext) -> Iterator[Hit]:
    allowed = ctx.setting(INFO, "allow")
    for port in ctx.shared(published_ports):
        if port.first in allowed or port.address not in WILDCARDS:
            continue
        if not is_database_port(ctx, port):
            yield Hit(
                port.span,
                "port {port} of '{service}' is open on every address of the host",
                path=port.path,
                hint="publish it on 127.0.0.1 if only this machine needs it",
                fix=bind_to_localhost(port),
                service=port.service,
                port=port.first,
            )
