"""`python -m composekit`: the same program as the `composekit` command."""

import sys

from composekit.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
