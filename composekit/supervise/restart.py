"""Whether and when a process that ended is started again. Pure; Docker's rules, and swarm's delay and window."""

from typing import NamedTuple

from composekit.supervise.spec import RestartPolicy

FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 60.0
CALM_SECONDS = 10.0  # a run this long makes the next delay the first one again


class Restart(NamedTuple):
    """Start again after `delay_seconds`; this makes `attempts` that count."""

    delay_seconds: float
    attempts: int


def decide(
    policy: RestartPolicy, *, code: int, ran_seconds: float, attempts: int, last_delay_seconds: float
) -> Restart | None:
    """Return the restart that `policy` asks for, or `None` when the process stays ended.

    A stop by the user is the caller's to know; every policy obeys it.
    """
    if policy.name == "no" or (policy.name == "on-failure" and code == 0):
        return None
    if policy.window_seconds is not None and ran_seconds >= policy.window_seconds:
        attempts = 0
    # Zero is Docker's "no limit".
    if policy.max_attempts and attempts >= policy.max_attempts:
        return None
    if policy.delay_seconds is not None:
        return Restart(policy.delay_seconds, attempts + 1)
    return Restart(_backoff(ran_seconds, last_delay_seconds), attempts + 1)


def _backoff(ran_seconds: float, last_delay_seconds: float) -> float:
    if ran_seconds >= CALM_SECONDS or last_delay_seconds <= 0:
        return FIRST_DELAY_SECONDS
    return min(last_delay_seconds * 2, LONGEST_DELAY_SECONDS)
