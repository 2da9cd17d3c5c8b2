"""The supervisor without sandbox and network: `python -m composekit.supervise`."""

import sys

from composekit.supervise.daemon import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
