"""`python -m limen` is `limen`."""

import sys

from limen.cli import main

if __name__ == "__main__":
    sys.exit(main())
