"""Credential in the arguments of a build.

What it finds: a build argument whose name ends as those of credentials do, with a value, be it literal or from a
    ${VARIABLE}.
Why it matters: arguments are kept in the image's history. Whoever has the image reads them with `docker history`.
Instead of:
    services:
      web:
        build:
          context: https://github.com/example/web.git
          args:
            NPM_TOKEN: ${FROM_SHELL_PASSWORD}
Write:
    services:
      web:
        build:
          context: https://github.com/example/web.git
          secrets: [npm-token]
    secrets:
      npm-token:
        environment: NPM_TOKEN
Fix: none; the Dockerfile has to read the secret: RUN --mount=type=secret,id=npm-token.
"""

from collections.abc import Iterator

from composekit.lint.credentials import is_credential_name, is_literal
from composekit.lint.reading import child, has_variable, narrow, pairs, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping

INFO = RuleInfo("CK524", "credential-in-build", Severity.WARNING, "security", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, build in ctx.having("build"):
        args = child(build, "args")
        for key, node in pairs(args):
            value = text(node)
            if is_credential_name(key) and value and (has_variable(node.span) or is_literal(value)):
                yield Hit(
                    args.key_span(key)
                    if isinstance(args, Mapping) and key in args.key_spans and args.key_span(key).text == key
                    else narrow(node.span, key),
                    "'{key}' stays readable in the history of the image",
                    path=("services", name, "build", "args", key),
                    hint="use build.secrets",
                    service=name,
                    key=key,
                )
