"""``python -m multicentric``."""

import sys

from multicentric.cli import main

sys.exit(main())
