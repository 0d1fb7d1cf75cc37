"""``python -m cascade_sim`` is the command line."""

import sys

from cascade_sim.cli import main

if __name__ == "__main__":
    sys.exit(main())
