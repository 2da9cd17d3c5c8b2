"""Part of deploy that Compose does not read.

What it finds: `placement`, `update_config`, `rollback_config`, `endpoint_mode`, `labels` or a global `mode` below
    `deploy`.
Why it matters: only swarm reads these. With Compose they have no effect: labels below `deploy` are not on the
    container, where a reverse proxy looks for them.
Instead of:
    services:
      web:
        image: nginx:1.27
        deploy:
          labels:
            traefik.enable: "true"
Write:
    services:
      web:
        image: nginx:1.27
        labels:
          traefik.enable: "true"
Fix: none; for a project that is deployed to swarm they are right.
"""

from collections.abc import Iterator

from composekit.lint.reading import text
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping

INFO = RuleInfo("CK450", "deploy-key-ignored", Severity.INFO, "correctness", since="0.1", profiles=STRICT)

_KEYS = ("placement", "update_config", "rollback_config", "endpoint_mode", "labels", "mode")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, deploy in ctx.having("deploy"):
        if not isinstance(deploy, Mapping):
            continue
        for key in _KEYS:
            if key not in deploy.key_spans or (key == "mode" and text(deploy.get(key)) == "replicated"):
                continue
            if key in deploy:
                yield Hit(
                    deploy.key_span(key),
                    "Compose does not read deploy.{key}: only swarm does",
                    path=("services", name, "deploy", key),
                    hint="put labels for other programs below the service" if key == "labels" else None,
                    service=name,
                    key=key,
                )
