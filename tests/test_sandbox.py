"""Whatever a file does to its reader, the process that asked goes on, and says which file it was and what to do."""

import os
import subprocess
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import openpyxl
import pytest

from gridplan import sandbox
from gridplan.errors import InputRefused
from gridplan.exchange.tables import read
from gridplan.exchange.tables.read import read_all, read_table


@pytest.fixture(autouse=True)
def no_child_waits():
    """Every test starts its own child and leaves none behind."""
    sandbox.stop_spare()
    yield
    sandbox.stop_spare()


def write(path, rows):
    path.write_text("id,name\n" + "".join(f"{n},household {n}\n" for n in range(rows)))
    return str(path)


def refusal(argument) -> str:
    with pytest.raises(InputRefused) as caught:
        read_table(str(argument))
    assert caught.value.say("en") and caught.value.say("zh")
    assert caught.value.message.values["file"]
    return caught.value.message.code


def waiting():
    return [one._process.pid for one in sandbox.Child.spare]


def test_one_child_reads_file_after_file(tmp_path):
    path = write(tmp_path / "a.csv", 3)
    assert len(read_table(path).rows) == 3
    first = waiting()
    assert refusal(tmp_path / "missing.csv") == "read.missing"
    assert len(read_all([path, path])) == 2
    assert waiting() == first
    assert len(first) == 1


def test_more_rows_than_one_batch_arrive_in_their_order_and_their_child_is_not_kept(tmp_path):
    count = read.MOST_ROWS_TO_REUSE + 10_000
    table = read_table(write(tmp_path / "a.csv", count))
    assert [row[0] for row in table.rows] == [str(n) for n in range(count)]
    assert list(table.numbers) == list(range(2, count + 2))
    assert waiting() == []


def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_read(tmp_path, monkeypatch):
    path = write(tmp_path / "a.csv", 3)
    monkeypatch.setattr(read, "LIMITS", replace(read.LIMITS, seconds=0.001))
    assert refusal(path) == "read.too_slow"
    assert waiting() == []
    monkeypatch.undo()
    assert len(read_table(path).rows) == 3


@pytest.mark.slow
def test_a_file_that_takes_too_much_memory_is_given_up_and_the_next_is_read(tmp_path, monkeypatch):
    path = write(tmp_path / "a.csv", 300_000)
    monkeypatch.setattr(read, "LIMITS", replace(read.LIMITS, memory=5_000_000))
    assert refusal(path) == "read.too_much_memory"
    monkeypatch.undo()
    assert len(read_table(path).rows) == 300_000


def test_a_reader_that_is_killed_by_what_it_reads_is_no_end_of_this_process(tmp_path):
    """Calamine ends its process where memory ends; a cell in single quotes passes the check before it."""
    book = openpyxl.Workbook()
    for row in (["id", "name"], ["1", "a"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            far = b"<row r='1048576'><c r='XFD1048576' t='inlineStr'><is><t>x</t></is></c></row></sheetData>"
            new.writestr(name, old.read(name).replace(b"</sheetData>", far))
    assert refusal(tmp_path / "b.xlsx") == "read.crashed"
    assert waiting() == []
    assert read_table(str(tmp_path / "a.xlsx")).rows == [("1", "a")]


def test_a_child_that_died_while_it_waited_is_replaced(tmp_path):
    path = write(tmp_path / "a.csv", 3)
    read_table(path)
    (one,) = sandbox.Child.spare
    one._process.kill()
    one._process.wait()
    assert len(read_table(path).rows) == 3


def test_several_threads_read_at_once(tmp_path):
    paths = [write(tmp_path / f"{n}.csv", n) for n in range(1, 7)]
    with ThreadPoolExecutor(3) as threads:
        tables = list(threads.map(read_table, paths))
    assert [len(table.rows) for table in tables] == [1, 2, 3, 4, 5, 6]
    assert len(waiting()) <= 1
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(read.LIMITS.seconds / 2)  # one that was cancelled ends at once
            assert not thread.is_alive()


def test_paths_are_those_of_the_folder_one_is_in(tmp_path, monkeypatch):
    for name, rows in (("one", 1), ("two", 2)):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "a.csv", rows)
        monkeypatch.chdir(tmp_path / name)
        assert len(read_table("a.csv").rows) == rows


def test_modules_beside_the_list_are_never_run(tmp_path):
    (tmp_path / "csv.py").write_text("import os; os.abort()")
    (tmp_path / "numpy.py").write_text("import os; os.abort()")
    write(tmp_path / "a.csv", 3)
    script = (
        "import os, sys; os.chdir(sys.argv[1]); from gridplan.exchange.tables.read import read_table;"
        "print(len(read_table('a.csv').rows))"
    )
    run = subprocess.run(
        [sys.executable, "-P", "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert run.stdout.strip() == "3", run.stderr


def test_no_child_outlives_its_process(tmp_path):
    write(tmp_path / "a.csv", 3)
    script = (
        "import sys; from gridplan import sandbox; "
        "from gridplan.exchange.tables.read import read_table; read_table(sys.argv[1]); "
        "print(sandbox.Child.spare[0]._process.pid)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.csv")], capture_output=True, text=True, check=True
    )
    with pytest.raises(ProcessLookupError):
        os.kill(int(run.stdout), 0)


def test_reading_lists_does_not_load_the_engine():
    script = "import sys, gridplan.exchange.tables.formats; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numba", "sklearn", "scipy", "pandas", "geopandas", "pyarrow"} & set(loaded)
