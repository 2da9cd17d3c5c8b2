"""Credential in a label.

What it finds: a literal password, token or key in a label, by the label's name, such as `com.example.password`, and
    hashes of passwords in the basic authentication of Traefik.
Why it matters: labels are visible to everybody who may list containers, and the file is committed. Hashes can be
    guessed offline.
Instead of:
    services:
      web:
        image: example/web:1.0
        labels:
          com.example.api-token: a1b2c3d4e5
Write:
    services:
      web:
        image: example/web:1.0
        labels:
          com.example.api-token: ${FROM_SHELL_PASSWORD}
Fix: none; it has to be changed where it is used, too.
"""

import re
from collections.abc import Iterator

from composekit.lint.credentials import is_credential_name, is_literal
from composekit.lint.reading import has_variable, narrow, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.lint.services import is_written, labels
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK526", "credential-in-label", Severity.WARNING, "security", since="0.1")

_HASH = re.compile(r"\$\$?(?:apr1|2[aby])\$\$?[^,\"'\s]+")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service in ctx.services.items():
        if "labels" not in service and "deploy" not in service:
            continue
        for key, node in labels(service):
            value = text(node)
            last = key.rpartition(".")[2].replace("-", "_")
            if not value or "\n" in node.span.text or not is_written(node.span):
                continue
            hashed = _HASH.search(node.span.text) if key.endswith(".basicauth.users") else None
            literal = is_credential_name(last) and is_literal(value) and not has_variable(node.span)
            if hashed or literal:
                yield Hit(
                    node.span.part(hashed.start(), len(hashed[0])) if hashed else narrow(node.span, value, last=True),
                    "the label '{key}' holds a credential that stands in the file",
                    path=("services", name, "labels", key),
                    hint="use a ${{VARIABLE}}, or a file that the other program reads",
                    service=name,
                    key=key,
                )
