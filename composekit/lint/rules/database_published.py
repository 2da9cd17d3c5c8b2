"""Database open on every address of the host.

What it finds: the port of a well-known database, cache or message broker published without an address, or with
    0.0.0.0 or `::`.
Why it matters: Docker writes its own firewall rules, so the database is open to every network of the host, past ufw
    and firewalld. Machines that search for such databases find one within hours.
Instead of:
    services:
      db:
        image: postgres:17
        ports: ["5432:5432"]
Write:
    services:
      db:
        image: postgres:17
        ports: ["127.0.0.1:5432:5432"]
Fix: `127.0.0.1:` is put before a short form; unsafe, as other machines no longer reach it.
"""

from collections.abc import Iterator

from composekit.lint.ports import WILDCARDS, bind_to_localhost, is_database_port, published_ports
from composekit.lint.rule import NOT_AT_HOME, Hit, LintContext, RuleInfo, Setting
from composekit.source.diagnostic import Severity

INFO = RuleInfo(
    "CK522",
    "database-published",
    Severity.WARNING,
    "security",
    since="0.1",
    profiles=NOT_AT_HOME,
    settings=(Setting("allow", (), "host ports that may be open"),),
)


def check(ctx: LintContext) -> Iterator[Hit]:
    allowed = ctx.setting(INFO, "allow")
    for port in ctx.shared(published_ports):
        if port.first in allowed or port.address not in WILDCARDS:
            continue
        if is_database_port(ctx, port):
            yield Hit(
                port.span,
                "the data of '{service}' is open on every address of the host",
                path=port.path,
                hint="publish it on 127.0.0.1, or not at all: services reach it without",
                fix=bind_to_localhost(port),
                service=port.service,
                port=port.first,
            )
