"""The demo town: an invented town of 30 villages, generated from a seed, never committed."""

from gridplan.demo.messy import MessyFiles, write_messy
from gridplan.demo.province import write_province
from gridplan.demo.town import DemoFiles, DemoTown, make_town, write_town

__all__ = ["DemoFiles", "DemoTown", "MessyFiles", "make_town", "write_messy", "write_province", "write_town"]
