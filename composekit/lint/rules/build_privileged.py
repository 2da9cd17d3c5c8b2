"""Build or hook with privileges.

What it finds: `build.privileged: true`, the build entitlements `security.insecure` and `network.host`, and
    `privileged: true` in `post_start` or `pre_stop`.
Why it matters: what a Dockerfile downloads and runs has the host while it builds; a hook that is taken over has it,
    too.
Instead of:
    services:
      web:
        build:
          context: https://github.com/example/web.git
          privileged: true
Write:
    services:
      web:
        build:
          context: https://github.com/example/web.git
Fix: none; the Dockerfile has to do without.
"""

from collections.abc import Iterator

from composekit.lint.reading import child, entries, is_true, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK533", "build-privileged", Severity.WARNING, "security", since="0.1")

_ENTITLEMENTS = frozenset({"security.insecure", "network.host"})


def check(ctx: LintContext) -> Iterator[Hit]:
    for key in ("build", "post_start", "pre_stop"):
        for name, _, body in ctx.having(key):
            found = [child(one, "privileged") for one in (entries(body) if key != "build" else (body,))]
            for node in (*found, *entries(child(body, "entitlements"))):
                if node is None or not (is_true(node) or text(node) in _ENTITLEMENTS):
                    continue
                yield Hit(
                    node.span,
                    "{what} of '{service}' has privileges on the host",
                    path=("services", name, key),
                    hint="do without",
                    service=name,
                    what="the build" if key == "build" else f"a {key} hook",
                )
