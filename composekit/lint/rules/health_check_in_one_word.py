"""Health check that names a whole line as its program.

What it finds: a health check `["CMD", "..."]` with one word only, and blanks in it.
Why it matters: after CMD each word is an argument and the first is the program. No program is called `curl -f
    http://localhost`, so the service never becomes healthy.
Instead of:
    services:
      web:
        image: example/web:1.0
        healthcheck:
          test: ["CMD", "curl -f http://localhost"]
Write:
    services:
      web:
        image: example/web:1.0
        healthcheck:
          test: ["CMD-SHELL", "curl -f http://localhost"]
Fix: CMD becomes CMD-SHELL; unsafe, as the check then runs for the first time.
"""

import re
from collections.abc import Iterator

from composekit.lint.commands import health_tests
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Edit, Fix, Severity

INFO = RuleInfo("CK420", "health-check-in-one-word", Severity.ERROR, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for test in ctx.shared(health_tests):
        if test.words[0] != "CMD" or len(test.words) != 2 or " " not in test.words[1].strip():
            continue
        if re.match(r"[A-Za-z]:[\\/]", test.words[1]):
            continue  # a program in a folder such as C:\Program Files
        first = test.spans[0]
        edit = Edit(first, first.text.replace("CMD", "CMD-SHELL"))
        yield Hit(
            test.spans[1] if "\n" not in test.spans[1].text else first,
            "after CMD this whole line is the name of one program",
            path=test.path,
            hint="write CMD-SHELL, or each word by itself",
            fix=Fix("let a shell read the line", (edit,), safe=False) if first.text != test.span.text else None,
            service=test.service,
        )
