"""Credential in a command.

What it finds: a literal password, token or key in a `command`, `entrypoint` or health check: `--password=...`, `-p`
    directly followed by the password for MySQL's programs, `-a` for redis-cli, `PGPASSWORD=...`, or a URL with a
    password.
Why it matters: arguments are visible to every user of the machine, in `docker ps`, and in whatever collects them; and
    the file is committed.
Instead of:
    services:
      cache:
        image: redis:7.4
        command: redis-server --requirepass hunter2
Write:
    services:
      cache:
        image: redis:7.4
        command: redis-server /run/secrets/redis.conf
Fix: none; a secret, or an environment variable that the program reads, has to take its place.
"""

import re
from collections.abc import Iterator

from composekit.lint.commands import commands, health_tests
from composekit.lint.credentials import is_literal, url_passwords
from composekit.lint.reading import has_variable, narrow
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK525", "credential-in-command", Severity.WARNING, "security", since="0.1")

_OPTION = re.compile(
    r"(?:^|\s)--?(?:[a-z0-9]+[-_.])*(?:password|passwd|passphrase|requirepass|secret|token|api[-_]?key|access[-_]?key|secret[-_]?key)"
    r"(?:[= ]+)([\"']?)([^\s\"'=&|;]+)\1",
    re.IGNORECASE,
)
_MYSQL = re.compile(
    r"\b(?:mysql|mysqladmin|mysqldump|mariadb|mariadb-admin|mariadb-dump)\b.*?\s-p([\"']?)([^\s\"']+)\1"
)
_MAY_BE = re.compile(r"pass|secret|token|key|mysql|mariadb|redis|_pwd|://", re.IGNORECASE)
"""What stands in every command that the other patterns find something in."""
_REDIS = re.compile(r"\bredis-cli\b.*?\s-a\s+([\"']?)([^\s\"']+)\1")
_ASSIGNED = re.compile(r"\b(?:PGPASSWORD|MYSQL_PWD|REDISCLI_AUTH)=([\"']?)([^\s\"']+)\1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for command in ctx.shared(commands) + ctx.shared(health_tests):
        line = " ".join(command.words)
        if not _MAY_BE.search(line):
            continue
        found = next((one for one in _credentials(line) if _is_one(one)), None)
        if found is None:
            continue
        index = next((at for at, word in enumerate(command.words) if found in word), None)
        if index is None:
            continue
        span = narrow(command.spans[index], found)
        if "\n" in span.text or has_variable(span):
            continue
        yield Hit(
            span,
            "the {key} of '{service}' holds a credential that stands in the file",
            path=command.path,
            hint="use a secret, or a variable that the program reads itself",
            service=command.service,
            key="health check" if command.key == "healthcheck" else command.key,
        )


def _credentials(line: str) -> Iterator[str]:
    for pattern in (_OPTION, _MYSQL, _REDIS, _ASSIGNED):
        for found in pattern.finditer(line):
            yield found[2]
    yield from url_passwords(line)


def _is_one(value: str) -> bool:
    """Tell whether a value can be the credential itself and not another option, a path or a file's name."""
    return (
        is_literal(value) and not value.startswith("-") and "$" not in value and not value.endswith((".txt", ".conf"))
    )
