"""The health check of a service as the supervisor's probe: Docker's forms and defaults."""

from composekit.images.program import Health, Program
from composekit.model.service import HealthCheck, Service
from composekit.runtime.stanza import Stanza
from composekit.supervise.spec import ProbeSpec

_SECOND = 1_000_000_000


def probe_of(service: Service, program: Program, stanza: Stanza) -> ProbeSpec | None:
    """Return the probe: the service's own test, else the image's; times of the service win over those of the image."""
    own = service.healthcheck
    if own is not None and own.disable:
        return None
    image = program.health or Health(())
    test = stanza.health or (own.test if own is not None and own.test else image.test)
    argv = _argv(test, program)
    if not argv:
        return None
    default = ProbeSpec(argv)
    return ProbeSpec(
        argv,
        interval_seconds=_seconds(own, "interval", image.interval_seconds, default.interval_seconds),
        timeout_seconds=_seconds(own, "timeout", image.timeout_seconds, default.timeout_seconds),
        start_period_seconds=_seconds(own, "start_period", image.start_period_seconds, default.start_period_seconds),
        start_interval_seconds=_seconds(
            own, "start_interval", image.start_interval_seconds, default.start_interval_seconds
        ),
        retries=(own.retries if own is not None else None) or image.retries or default.retries,
    )


def _argv(test: tuple[str, ...], program: Program) -> tuple[str, ...]:
    if not test or test[0] == "NONE":
        return ()
    if test[0] == "CMD-SHELL":
        return (*program.shell, *test[1:2]) if len(test) > 1 else ()
    return test[1:] if test[0] == "CMD" else test


def _seconds(own: HealthCheck | None, key: str, image: float | None, default: float) -> float:
    """A duration of 0 means "not given" in Docker too."""
    value = getattr(own, key) if own is not None else None
    if value:
        return float(value) / _SECOND
    return image or default
