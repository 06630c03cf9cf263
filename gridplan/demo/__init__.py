"""The demo town: an invented town of 30 villages, generated from a seed, never committed."""

from gridplan.demo.files import DemoFiles, write_town
from gridplan.demo.messy import MessyFiles, write_messy
from gridplan.demo.people import DemoMember
from gridplan.demo.town import DemoHamlet, DemoTown, make_town

__all__ = [
    "DemoFiles",
    "DemoHamlet",
    "DemoMember",
    "DemoTown",
    "MessyFiles",
    "make_town",
    "write_messy",
    "write_town",
]
