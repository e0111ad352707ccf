"""What the Python package costs beside C: rows a second, memory beside the ledger, threads, import. Uses the library that
PACKRAT_LIBRARY names, a C compiler, and a few minutes. Times are processor seconds, so that other work hardly counts.

    PACKRAT_LIBRARY=build/release/lib/libpackrat.so PYTHONPATH=python python3 bench/python/library.py
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

import packrat

HERE = Path(__file__).parent
ROUNDS, SECONDS = 7, 0.5
SHAPE = (256, 2, 2)
SPECS = ["none", "float16", "quantize:states=4,range=local", "quantize:states=16,range=local", "thin:factor=0.9",
         "quantize:states=16,range=local|entropy"]


def c_program(folder):
    library, program = packrat.library_path(), folder / "decode"
    subprocess.run([os.environ.get("CC", "cc"), "-O2", f"-I{HERE.parents[1] / 'include'}", HERE / "decode.c", library,
                    f"-Wl,-rpath,{Path(library).resolve().parent}", "-o", program], check=True)
    return program


def filled(spec, count=4000):
    rows = np.maximum(np.random.default_rng(0).normal(size=(count, *SHAPE)), 0).astype("float32")
    buffer = packrat.ReplayBuffer(packrat.Codec.fit(spec, rows[:500]), classes=10, budget=f"slots:{count}")
    buffer.add(rows, np.arange(count) % 10)
    return buffer


def python_rate(buffer, out):
    begin = time.process_time()
    rows = 0
    while time.process_time() < begin + SECONDS:
        buffer.sample(256, out, threads=1)
        rows += 256
    return rows / (time.process_time() - begin)


def throughput(folder):
    program = c_program(folder)
    print(f"{'batches of 256, rows a processor second':46} {'C':>10} {'Python':>10}  Python / C")
    for spec in SPECS:
        buffer = filled(spec)
        buffer.save(folder / "buffer")
        out = np.empty((256, *SHAPE), "float32")
        pairs = [(float(subprocess.run([program, folder / "buffer", str(SECONDS)], check=True, capture_output=True).stdout),
                  python_rate(buffer, out)) for _ in range(ROUNDS)]
        c, python = np.median(pairs, 0)
        print(f"{spec:46} {c:10.0f} {python:10.0f}  {python / c:.3f}")


def memory():
    def resident():
        return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmRSS"))

    codec = packrat.Codec("quantize:states=16,range=local", shape=(1024,))
    rows, labels = np.random.default_rng(0).normal(size=(4096, 1024)).astype("float32"), np.arange(4096) % 10
    warm = packrat.ReplayBuffer(codec, classes=10, budget="slots:4096")
    warm.add(rows, labels)
    before = resident()
    buffer = packrat.ReplayBuffer(codec, classes=10, budget="1GB")
    while len(buffer) < buffer.capacity:
        buffer.add(rows, labels)
    held, total = resident() - before, buffer.ledger.total
    print(f"a buffer of 1 GB: ledger {total} bytes, resident memory {held} bytes, {held / total - 1:+.2%}")


def threads():
    """Best of several: other work can only make it slower."""
    buffer = filled("quantize:states=16,range=local|entropy")

    def wall(count):
        def work():
            for _ in range(40 // count):
                buffer.get(slots, threads=1)

        slots = np.arange(2048)
        workers = [threading.Thread(target=work) for _ in range(count)]
        begin = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return time.perf_counter() - begin

    one, two = (min(wall(count) for _ in range(ROUNDS)) for count in (1, 2))
    print(f"the same batches by two Python threads instead of one: {one / two:.2f} times as fast ({os.cpu_count()} cores)")


def imports():
    script = "import time; import numpy; begin = time.process_time(); import packrat; print(time.process_time() - begin)"
    taken = [float(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True).stdout) for _ in range(ROUNDS)]
    print(f"import packrat, behind NumPy: {1000 * np.median(taken):.0f} ms")


def main():
    print(f"packrat {packrat.__version__}, Python {sys.version.split()[0]}, NumPy {np.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        throughput(Path(folder))
    memory()
    threads()
    imports()


if __name__ == "__main__":
    main()
