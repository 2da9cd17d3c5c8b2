"""The torture of the supervisor: a sample of every part in some minutes, or all of the volumes with --full."""

import argparse
import random
import sys
import time

from parts import PARTS, Tally, Volume


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3, help="how long altogether (3)")
    parser.add_argument("--full", action="store_true", help="by volume: " + ", ".join(_volumes()))
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    _say(f"seed {options.seed}")
    tally = Tally(random.Random(options.seed))
    share = sum(PARTS[name][1] for name in options.only)
    took: dict[str, float] = {}
    for name in options.only:
        part, weight, whole = PARTS[name]
        _say(f"{name}: {(part.__doc__ or '').splitlines()[0]}")
        began, known = time.monotonic(), dict(tally.counts)
        volume = Volume(count=whole) if options.full else Volume(seconds=options.minutes * 60 * weight / share)
        part(volume, tally)
        took[name] = time.monotonic() - began
        _table({key: value for key, value in tally.counts.items() if known.get(key) != value}, took[name])
    _say(f"all: {sum(took.values()):.0f} s")
    _say(f"{len(tally.troubles)} troubles: {'FAILED' if tally.troubles else 'nothing lost, doubled or left behind'}")
    return 1 if tally.troubles else 0


def _volumes() -> list[str]:
    return [f"{whole} of {name}" for name, (_, _, whole) in PARTS.items()]


def _table(counts: dict[str, int], seconds: float) -> None:
    width = max(map(len, counts), default=0)
    for name, number in counts.items():
        _say(f"    {name:<{width}}  {number:>9,}")
    _say(f"    {'seconds':<{width}}  {seconds:>9.0f}")


if __name__ == "__main__":
    sys.exit(main())
