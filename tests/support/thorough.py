"""Whether tests of faults may take minutes: make faults."""

import os
from typing import Final

THOROUGH: Final = "FAULTS" in os.environ
