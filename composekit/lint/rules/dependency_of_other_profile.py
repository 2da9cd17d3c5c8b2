"""Dependency that some choice of profiles leaves out.

What it finds: a service that depends on another, where the other one has profiles and not all of the first one's are
    among them, so that some choice of profiles starts the first without the second. Dependencies with `required:
    false` are left alone.
Why it matters: with that choice of profiles the whole project is refused, not only this service.
Instead of:
    services:
      web:
        image: example/web:1.0
        profiles: [app]
        depends_on: [db]
      db:
        image: postgres:17
        profiles: [storage]
Write:
    services:
      web:
        image: example/web:1.0
        profiles: [app]
        depends_on: [db]
      db:
        image: postgres:17
        profiles: [app, storage]
Fix: none; either service's profiles may be the mistake.
"""

from collections.abc import Iterator

from composekit.lint.rule import Hit, LintContext, RuleInfo, profiles
from composekit.lint.services import needs
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK410", "dependency-of-other-profile", Severity.WARNING, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for need in ctx.shared(needs):
        mine, theirs = profiles(ctx.services[need.service]), profiles(ctx.services[need.needed])
        missing = sorted(mine - theirs)
        if not need.required or not theirs or (mine and not missing):
            continue
        when = f"with the profile '{missing[0]}' alone" if missing else "without a profile"
        yield Hit(
            need.span,
            "{when}, '{service}' runs but '{needed}', which it needs, does not",
            path=("services", need.service, "depends_on", need.needed),
            hint="give '{needed}' the same profiles, or say required: false",
            service=need.service,
            needed=need.needed,
            when=when,
        )
