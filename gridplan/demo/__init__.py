"""The demo town: an invented town of 30 villages, generated from a seed, never committed."""

from gridplan.demo.files import DemoFiles, write_town
from gridplan.demo.messy import MessyFiles, write_messy
from gridplan.demo.town import DemoTown, make_town

__all__ = ["DemoFiles", "DemoTown", "MessyFiles", "make_town", "write_messy", "write_town"]
