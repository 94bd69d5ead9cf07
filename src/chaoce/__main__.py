"""`python -m chaoce` is `chaoce`."""

import sys

from chaoce.cli import main

if __name__ == "__main__":
    sys.exit(main())
