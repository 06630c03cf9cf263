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


@pytest.mark.parametrize("text", ["9", "1.", " ", "a", "村", "1x"])
def test_a_very_long_cell_is_judged_within_the_time_of_a_list(tmp_path, text):
    path = tmp_path / "a.csv"
    for header in ("坐标", "经度", "户主"):
        path.write_text(f"户编号,{header}\n1,{text * (120_000 // len(text))}x\n2,110.5\n", encoding="utf-8")
        assert fault_of(path, "households", 0) is None
