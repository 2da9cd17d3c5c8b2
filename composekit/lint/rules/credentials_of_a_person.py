"""Credentials of a person mounted into a service.

What it finds: a bind mount of ~/.ssh, ~/.aws, ~/.kube, ~/.gnupg, ~/.docker, ~/.netrc, ~/.config/gcloud or the like.
Why it matters: the program, and whoever takes it over, can act as that person on other machines.
Instead of:
    services:
      deploy:
        image: example/deploy:1.0
        volumes:
          - ~/.ssh:/root/.ssh:ro
Write:
    services:
      deploy:
        image: example/deploy:1.0
        secrets: [deploy-key]
    secrets:
      deploy-key:
        environment: DEPLOY_KEY
Fix: none; a key of its own, for this purpose alone, is better.
"""

import re
from collections.abc import Iterator

from composekit.lint.mounts import mounts, written_source
from composekit.lint.rule import STRICT_AND_HARDENED, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo(
    "CK512", "credentials-of-a-person", Severity.WARNING, "security", since="0.1", profiles=STRICT_AND_HARDENED
)

_FOLDERS = re.compile(
    r"(?:^|/)(\.ssh|\.aws|\.kube|\.gnupg|\.docker|\.azure|\.netrc|\.git-credentials|\.config/gcloud)(?:/|$)"
)


def check(ctx: LintContext) -> Iterator[Hit]:
    for mount in ctx.shared(mounts):
        found = _FOLDERS.search(written_source(mount)) if mount.kind == "bind" else None
        if found and re.match(r"~|\$\{?HOME|/root|/home|/Users", written_source(mount)):
            yield Hit(
                mount.source_span,
                "'{service}' gets the {folder} of a person",
                path=mount.path,
                hint="give it a key of its own, as a secret",
                service=mount.service,
                folder=found[1],
            )
