"""Threads, forked and spawned processes, Ctrl-C."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import packrat

PACKAGE = os.path.dirname(os.path.dirname(packrat.__file__))  # for other processes: the source tree, or where it is installed


def read_all(buffer, queue):
    rows, labels, _ = buffer.get(range(len(buffer)))
    queue.put((rows.sum(), labels.sum(), buffer.draw(5).tolist()))


@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_another_process_reads_the_buffer_as_it_was(how, filled):
    context = multiprocessing.get_context(how)
    queue = context.Queue()
    process = context.Process(target=read_all, args=(filled, queue))
    process.start()
    rows, labels, slots = queue.get(timeout=300)
    process.join()
    here = filled.get(range(len(filled)))
    assert (rows, labels, slots) == (here[0].sum(), here[1].sum(), filled.draw(5).tolist())


def test_a_fork_while_other_threads_decode_does_not_hang(filled):
    stop = threading.Event()

    def decode():
        while not stop.is_set():
            filled.sample(20, threads=2)

    threads = [threading.Thread(target=decode) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            child = os.fork()
            if child == 0:
                signal.alarm(20)  # a child that hangs is killed
                filled.sample(10)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_threads_that_read_and_write_one_buffer_end_in_order(filled, draw):
    rows = draw.normal(size=(40, 8, 2, 2)).astype("float32")
    errors = []

    def use(work):
        try:
            for _ in range(60):
                work()
        except packrat.Error as error:  # what was there has just been removed: an error message, no crash
            if "slot" not in str(error) and "drawn" not in str(error):
                errors.append(error)
        except Exception as error:
            errors.append(error)

    def write():
        filled.add(rows, np.arange(40) % 5, logits=np.zeros((40, 5), "float32"), id=np.arange(40))

    def shrink():
        filled.remove([0, len(filled) - 1])

    works = [write, shrink, lambda: filled.sample(5), lambda: filled.labels, filled.to_bytes, lambda: repr(filled)]
    threads = [threading.Thread(target=use, args=(work,)) for work in works * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    ids, labels = filled.column("id"), filled.labels
    assert (ids % 5 == labels).all()


def test_a_call_gives_the_interpreter_back_to_other_threads():
    """While one thread is inside the library, another runs Python: with the interpreter's lock held it could take no step."""
    codec = packrat.Codec("thin:factor=0.9", (1024,))
    rows = np.random.default_rng(0).normal(size=(4000, 1024)).astype("float32")
    steps, done = [0], threading.Event()

    def count():
        while not done.wait(0.001):
            steps[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    before = steps[0]
    codec._encode(rows, 0, 1)  # one call of the library, some tens of milliseconds
    during = steps[0] - before
    done.set()
    thread.join()
    assert during > 2


CTRL_C = """
import os, signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits that it is ignored
sys.path.insert(0, {top!r})
import numpy as np, packrat
rows = np.random.default_rng(0).normal(size=(2000, 3, 16, 16)).astype("float32")
timer = threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT))
timer.start()
try:
    packrat.Codec.fit("convae:channels=4", rows, max_epochs=100000, patience=100000)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_stops_a_long_fit():
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-c", CTRL_C.format(top=PACKAGE)], capture_output=True, text=True,
                          timeout=100)
    assert done.stdout == "interrupted\n", done.stderr
    assert time.monotonic() - begin < 60


def test_a_worker_process_uses_one_thread_unless_told_otherwise():
    from packrat._arrays import threads_here

    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.map(threads_here, [None, 3]) == [1, 3]
    assert threads_here(None) == threads_here(0) == len(os.sched_getaffinity(0))


def test_importing_is_quick_and_brings_no_framework():
    code = ("import sys, numpy, time; sys.path.insert(0, sys.argv[1]); t = time.process_time(); import packrat; "
            "print(time.process_time() - t, [m for m in ('torch', 'pandas', 'tensorboard', 'avalanche') if m in sys.modules])")
    said = subprocess.run([sys.executable, "-c", code, PACKAGE], capture_output=True, text=True, check=True).stdout
    assert float(said.split()[0]) < 0.2 and said.endswith(" []\n")
