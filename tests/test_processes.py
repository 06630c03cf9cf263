"""A process that outlives its test is found, named with the test that started it, and ended; so are its children."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from processes import end_those_left, for_the_session

WAIT = [sys.executable, "-S", "-c", "import time; print('started', flush=True); time.sleep(60)"]
HERE = "tests/test_processes.py::"

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="the system tells nothing of processes")


def waiting(*command: str) -> subprocess.Popen[bytes]:
    """Start the command and return when it has its environment: the system shows none for a moment after a start."""
    process = subprocess.Popen([*command, *WAIT], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"started\n"
    return process


def left():
    return end_those_left(HERE, grace_s=0.3)


def test_a_process_that_is_left_is_named_with_its_test_and_ended():
    with waiting() as process:
        (sentence,) = left()
        assert process.wait(10) == -signal.SIGKILL
    assert sentence.startswith(f"{HERE}test_a_process_that_is_left_is_named")
    assert "time.sleep(60)" in sentence
    assert left() == []


def test_whoever_is_left_by_a_process_that_ended_is_found_too():
    with waiting("/bin/sh", "-c", '"$@" & true', "sh") as shell:
        assert shell.wait(10) == 0
        assert len(left()) == 1
    assert left() == []


def test_what_is_for_the_session_may_stay():
    with for_the_session(), waiting() as process:
        assert left() == []
        process.kill()


def test_ctrl_c_can_be_pressed_in_a_run_that_was_told_to_ignore_it():
    script = "import signal, processes; processes.mark_run(); signal.raise_signal(signal.SIGINT)"
    ignoring = ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-c", script]
    done = subprocess.run(ignoring, cwd=Path(__file__).parent / "support", capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in done.stderr
