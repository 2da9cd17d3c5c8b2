"""Old name of the file.

What it finds: a file called docker-compose.yml or docker-compose.yaml.
Why it matters: the specification's name is compose.yaml; the others are read for old projects' sake.
Instead of:
    # docker-compose.yaml
    services:
      web:
        image: nginx:1.27
Write:
    # compose.yaml
    services:
      web:
        image: nginx:1.27
Fix: none; scripts may know the file by its name.
"""

import os
from collections.abc import Iterator

from composekit.lint.layout import by_source
from composekit.lint.rule import ON_REQUEST, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK811", "file-name-old", Severity.INFO, "style", since="0.1", profiles=ON_REQUEST)


def check(ctx: LintContext) -> Iterator[Hit]:
    for source, documents in by_source(ctx).items():
        name = os.path.basename(source.name)
        if name in {"docker-compose.yml", "docker-compose.yaml"} and documents[0].key_spans:
            yield Hit(
                min(documents[0].key_spans.values(), key=lambda span: span.start),
                "'{file}' is the old name of compose.yaml",
                hint="rename it",
                file=name,
            )
