"""Whether tests of faults may take minutes, and tests of bounds more problems: make faults."""

import os
from typing import Final

THOROUGH: Final = "FAULTS" in os.environ
