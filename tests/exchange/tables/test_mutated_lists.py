"""Lists broken at random are read, or refused in words: a tenth of what `make fuzz` tries."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from mutated_lists import fault_of, lay, mutated

LISTS = 1_000


@pytest.mark.slow
def test_broken_lists_are_read_or_refused_in_words(tmp_path):
    faults = {}
    for number in range(LISTS):
        one = mutated(number)
        with TemporaryDirectory(dir=tmp_path) as folder:
            if fault := fault_of(lay(one, Path(folder)), one.kind, number):
                faults[number, one.kind, one.name, one.how] = fault
    assert not faults
