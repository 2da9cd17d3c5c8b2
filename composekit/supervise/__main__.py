"""The supervisor without sandbox and network: `python -m composekit.supervise`."""

from composekit.supervise.daemon import run

if __name__ == "__main__":
    run()
