"""Damages every kind of file that Packrat writes. The command that reads a damaged file must name it in a one-line error, repair it, or
give the same answer as before. Called by tools/torture. A new kind of file is a row of kinds()."""
import collections
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
LONGEST = 300  # seconds of one reader
CUTS, FLIPS, ZEROS, JOINS = 200, 500, 50, 50

MAP = """
import numpy, packrat
codec = packrat.Codec("quantize:states=4,range=local", shape=(8, 2, 2))
rows = numpy.random.default_rng(SEED).random((60, 8, 2, 2), dtype=numpy.float32)
buffer = packrat.ReplayBuffer(codec, classes=3, budget="slots:40", seed=SEED, storage="mapped:x.mapped")
buffer.add(rows, numpy.arange(60) % 3)
buffer.close()
"""
MAP_AND_RESIZE = MAP.replace("buffer.close()", 'buffer.resize("slots:25")\nbuffer.close()')
READ_MAPPED = """
import hashlib, sys, numpy, packrat
try:
    buffer = packrat.ReplayBuffer.load("x.mapped")
    batch = buffer.get(numpy.arange(len(buffer)))
    print(len(buffer), hashlib.sha256(batch[0].tobytes()).hexdigest(), batch[1].tolist())
except packrat.Error as error:
    print(f"packrat: {error}", file=sys.stderr)
    sys.exit(2)
"""
HEAD = """
import numpy, packrat
head = packrat.StreamingHead("slda:precision=int8", (6, 2, 2), 3, seed=SEED)
head.observe(numpy.random.default_rng(SEED).random((60, 6, 2, 2), dtype=numpy.float32), numpy.arange(60) % 3)
head.end_of_task()
open("x.head", "wb").write(head.to_bytes())
"""
READ_HEAD = """
import hashlib, sys, numpy, packrat
try:
    head = packrat.StreamingHead.from_bytes(open("x.head", "rb").read())
    head.fit()
    print(hashlib.sha256(head.scores(numpy.ones((1, 6, 2, 2), dtype=numpy.float32)).tobytes()).hexdigest())
except packrat.Error as error:
    print(f"packrat: x.head: {error}", file=sys.stderr)
    sys.exit(2)
"""


class Kind:
    """make: calls that leave the file, for a seed; one with a name in front is stopped as soon as it has begun to work, and leaves a
    file of that name. read: the call that reads it. results: files that must then be the same; without any, what it prints must.
    unsealed: it has no checksum (people edit it, or it is changed in place) and may say something else."""

    def __init__(self, name, make, file, read, results=(), unsealed=False):
        self.name, self.make, self.file, self.read, self.results, self.unsealed = name, make, file, read, results, unsealed
        self.counts, self.failures = collections.Counter(), []


def kinds(data):
    data_dir = ["--data_dir", data]

    def run(*more, passes="4"):
        return ["run", "--dataset", "CIFAR10", *data_dir, "--encoder", "cutr34", "--memory_size", "60", "--num_passes", passes, "--seed", "SEED",
                "--backbone", "mlp", "--exp_name", "r", "--save_buffer", "b.buffer", "--save_model", "m.model", *more]
    fit = ["fit", "convae:channels=2", "--dataset", "cifar10", *data_dir, "--encoder", "none", "--images", "100", "--max_epochs", "30", "--seed",
           "SEED", "--out", "c.codec"]
    pretrain = ["pretrain", "--dataset", "cifar10", *data_dir, "--epochs", "1", "--batch_size", "500", "--seed", "SEED",
                "--out", "w.safetensors"]

    def sparsify_into(folder):
        return ["sparsify", "--dataset", "cifar10", *data_dir, "--train_images", "50", "--dense_epochs", "8", "--sparsify_epochs", "4",
                "--finetune_epochs", "2", "--model", "simpleconv", "--seed", "SEED", "--dense_cache", "dense",
                "--out", folder, "--export", f"{folder}.packed"]
    sparsify, again = sparsify_into("sparse"), sparsify_into("again")
    pictures = ["run", "--dataset", "folder:pictures", "--data_dir", "d", "--encoder", "none", "--backbone", "mlp", "--num_tasks", "1",
                "--num_classes_per_task", "2", "--memory_size", "10", "--num_passes", "2", "--exp_name", "r", "--save_buffer", "b.buffer"]
    sweep = ["sweep", "grid.toml", "--out", "swept", *data_dir]
    plan = ["plan", "--budget", "400000", "--dataset", "CIFAR10", "--grid", "plan.toml", "--out", "planned", *data_dir]
    encode = ["encode", "--dataset", "cifar10", *data_dir, "--encoder", "none", "--out", "features"]
    features = ["run", "--dataset", "features:features", "--data_dir", "d", "--method", "slda", "--exp_name", "r", "--save_model", "m.model"]
    machine = ["machine", "--out", "machine.json", "--repetitions", "1", "--buffer", "1MiB"]
    models = ["b.buffer", "m.model"]
    return [
        Kind("buffer", [run()], "b.buffer", ["buffer", "inspect", "b.buffer"]),
        Kind("mapped buffer", [["python", MAP]], "x.mapped", ["python", READ_MAPPED], unsealed=True),
        Kind("resized mapped buffer", [["python", MAP_AND_RESIZE]], "x.mapped", ["python", READ_MAPPED], unsealed=True),
        Kind("head", [["python", HEAD]], "x.head", ["python", READ_HEAD]),
        Kind("model", [run()], "m.model", ["eval", "--model", "m.model", *data_dir]),
        Kind("codec", [fit], "c.codec", ["codec", "describe", "--codec_file", "c.codec"]),
        Kind("weights", [pretrain], "w.safetensors", ["profile", "--checkpoint", "w.safetensors", "--format", "json"]),
        Kind("packed network", [sparsify], "sparse.packed", ["eval", "--model", "sparse.packed", *data_dir]),
        Kind("checkpoint of a run", [("runs/r/checkpoint.safetensors", run(passes="400"))], "runs/r/checkpoint.safetensors",
             run("--resume", passes="400"), models),
        Kind("checkpoint of a fit", [("c.codec.part.*", fit)], "c.codec.part.*", fit, ["c.codec"]),
        Kind("checkpoint of a pretraining", [("w.safetensors.checkpoint", pretrain)], "w.safetensors.checkpoint", [*pretrain, "--resume"],
             ["w.safetensors"]),
        Kind("stage", [("sparse/*.checkpoint.safetensors", sparsify)], "sparse/*.checkpoint.safetensors", [*sparsify, "--resume"], ["sparse.packed"]),
        Kind("finished stage", [sparsify], "sparse/fine-tune.safetensors", [*sparsify, "--resume"], ["sparse.packed"]),
        Kind("dense network", [sparsify], "dense/*.safetensors", again, ["again.packed"]),
        Kind("summary of a stage", [sparsify], "sparse/fine-tune.json", ["results", "sparse"], unsealed=True),
        Kind("feature cache", [run("--cache_dir", "cache")], "cache/*train*.features", run("--cache_dir", "cache", "--overwrite"), models),
        Kind("records", [pictures], "d/folders/*/train.bin", [*pictures, "--overwrite"], ["b.buffer"]),
        Kind("index of records", [pictures], "d/folders/*/image_folder.json", [*pictures, "--overwrite"], ["b.buffer"]),
        Kind("manifest", [pictures], "d/folders/*/packrat_manifest.json", [*pictures, "--overwrite"], ["b.buffer"]),
        Kind("features", [encode], "features/train.safetensors", features, ["m.model"], unsealed=True),
        Kind("manifest of features", [encode, features], "d/feature_files/*/packrat_manifest.json", [*features, "--overwrite"], ["m.model"]),
        Kind("plan", [plan], "planned/plan.txt", plan, ["planned/plan.json"]),
        Kind("trial of a plan", [plan], "planned/trials/*/result.json", plan, ["planned/plan.json"], unsealed=True),
        Kind("results.db", [sweep], "swept/results.db", sweep),
        Kind("grid", [], "grid.toml", ["sweep", "grid.toml", "--dry_run"], unsealed=True),
        Kind("result.json", [run()], "runs/r/result.json", ["results", "runs"], unsealed=True),
        Kind("machine", [machine], "machine.json", ["roofline", "--machine", "machine.json", "--platform", "this-machine"], unsealed=True),
    ]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "not there"


def outcome_of(path):
    """What has to be the same again: the bytes, of a plan all but its times."""
    def without_times(value):
        if isinstance(value, dict):
            return {k: without_times(v) for k, v in value.items() if "seconds" not in k}
        return [without_times(v) for v in value] if isinstance(value, list) else value
    if path.name == "plan.json" and path.is_file():
        return json.dumps(without_times(json.loads(path.read_text())), sort_keys=True)
    return digest(path)


def make_pictures(folder, each):
    """So many small pictures of two classes, always the same."""
    for name in ("ant", "bee"):
        (folder / name).mkdir(parents=True)
        for i in range(each):
            (folder / name / f"{i}.ppm").write_bytes(b"P6 8 8 255\n" + random.Random(f"{name} {i}").randbytes(192))


def damages(content, other, rng):
    """In any order: the bytes, what was done to them in a word, and where."""
    turns = [("cuts", n) for n in range(CUTS)] + [("flips", n) for n in range(FLIPS)]
    turns += [("zeros", n) for n in range(ZEROS)] + [("joins", n) for n in range(JOINS)]
    rng.shuffle(turns)
    for what, _ in turns:
        at = rng.randrange(len(content))
        changed = bytearray(content)
        if what == "cuts":
            changed = changed[:at]
        elif what == "flips":
            changed[at] ^= 1 << rng.randrange(8)
        elif what == "zeros":
            length = min(rng.choice((16, 512, 4096)), len(content) - at)
            changed[at:at + length] = bytes(length)
        else:
            changed = changed[:at] + other[at:]
        yield bytes(changed), what, at


class DamagedFiles:
    def __init__(self, packrat, work, data, seed, wanted=()):
        self.packrat, self.work, self.random, self.number, self.folders = packrat, work, random.Random(seed), 0, {}
        self.kinds = [k for k in kinds(data) if not wanted or k.name in wanted]
        library = pathlib.Path(packrat).parent.parent / "lib" / "libpackrat.so"
        self.environment = dict(os.environ, OMP_WAIT_POLICY="passive", PYTHONPATH=str(ROOT / "python"), PACKRAT_LIBRARY=str(library))

    def folder(self):
        self.number += 1
        folder = self.work / f"kind{self.number}"
        make_pictures(folder / "pictures", 12)
        (folder / "grid.toml").write_text(
            'dataset = "CIFAR10"\nencoder = "none"\nmemory_size = [20, 40]\nnum_passes = 2\nbackbone = "mlp"\n')
        (folder / "plan.toml").write_text('encoder = "none"\nmethod = ["ncm"]\n')
        return folder

    def start(self, words, folder):
        program = [sys.executable, "-c"] if words[0] == "python" else [self.packrat, words[0]]
        return subprocess.Popen(program + words[1:], cwd=folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def call(self, words, folder):
        process = self.start(words, folder)
        try:
            out, err = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None, b"", "took more than five minutes"
        return process.returncode, out, err.decode(errors="replace")

    def stopped(self, words, folder, pattern):
        """Runs the command until it has begun to work and stops it; true when it left the file."""
        for seconds in (0.8, 1.2, 2, 3, 5, 8, 1, 1.5, 2.5):
            process = self.start(words, folder)
            try:
                process.communicate(timeout=seconds)
                shutil.rmtree(folder)  # it was done before: from the start
                return False
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=60)
            if list(folder.glob(pattern)):
                return True
        return False

    def made(self, kind, seed):
        """A folder with the kind's file, and the file; None and why when there is none. Kinds that are made alike share the folder."""
        key = json.dumps([kind.make, seed])
        for _ in range(3):
            folder = self.folders.get(key) or self.called(kind.make, seed)
            if isinstance(folder, str):
                return None, folder
            found = sorted(folder.glob(kind.file)) if folder.is_dir() else []
            if found:
                self.folders[key] = folder
                return folder, found[0].relative_to(folder)
        return None, f"no {kind.file} was left"

    def called(self, calls, seed):
        """The folder that the calls leave; why not, when one fails."""
        folder = self.folder()
        for call in calls:
            pattern, words = call if isinstance(call, tuple) else (None, call)
            words = [w.replace("SEED", str(seed)) for w in words]
            if pattern:
                self.stopped(words, folder, pattern)
                continue
            code, _, err = self.call(words, folder)
            if code != 0:
                return err.strip()[-200:]
        return folder

    def read(self, kind, folder):
        code, out, err = self.call([w.replace("SEED", "3") for w in kind.read], folder)
        return code, [outcome_of(folder / name) for name in kind.results] or out, err

    def prepare(self, kind):
        """Makes the file; false when it cannot be."""
        folder, kind.path = self.made(kind, 3)
        other, path = self.made(kind, 4)
        if folder is None or other is None:
            print(f"{kind.name}: not made: {kind.path if folder is None else path}", flush=True)
            kind.counts["not made"] += 1
            return False
        kind.folder, kind.content = folder, (folder / kind.path).read_bytes()
        kind.damages = damages(kind.content, (other / path).read_bytes(), self.random)
        trial = self.copied(kind)
        code, kind.expected, err = self.read(kind, trial)
        shutil.rmtree(trial)
        if code != 0:
            kind.failures.append(f"the whole file is not read: {err.strip()[-300:]}")
        return code == 0

    def copied(self, kind):
        self.number += 1
        return pathlib.Path(shutil.copytree(kind.folder, self.work / f"trial{self.number}"))

    def try_one(self, kind):
        """One damage; false when all have been tried."""
        turn = next(kind.damages, None)
        if turn is None:
            return False
        changed, what, at = turn
        kind.counts[what] += 1
        trial = self.copied(kind)
        path = trial / kind.path
        path.write_bytes(changed)
        code, results, err = self.read(kind, trial)
        lines = err.strip().splitlines() or [""]
        if code == 2 and (path.name in lines[-1] or path.parent.name in lines[-1] and not kind.unsealed):
            kind.counts["refused"] += 1
        elif code == 0 and results == kind.expected:
            kind.counts["healed" if path.is_file() and changed != kind.content == path.read_bytes() else "as before"] += 1
        elif code == 0 and kind.unsealed:
            kind.counts["says something else"] += 1
        else:
            why = "another result in silence" if code == 0 else f"exit code {code}: {lines[-1][-300:]}"
            kind.failures.append(f"{what} at {at}: {why}")
            print(f"FAILED {kind.name}: {kind.failures[-1]}", flush=True)
            (self.work / "failed").mkdir(exist_ok=True)
            (self.work / "failed" / f"{kind.name.replace(' ', '-')}-{len(kind.failures)}").write_bytes(changed)
        shutil.rmtree(trial)
        return True

    def run(self, ends):
        """Turns of all kinds until the time ends."""
        left = list(self.kinds)
        while left and time.monotonic() < ends:
            for kind in list(left):
                if time.monotonic() >= ends:
                    break
                if not (hasattr(kind, "damages") or self.prepare(kind)) or not self.try_one(kind):
                    left.remove(kind)

    def lines(self):
        """One a kind."""
        for kind in self.kinds:
            size = f" ({len(kind.content)} bytes)" if hasattr(kind, "content") else ""
            tried = ", ".join(f"{kind.counts[w]} {w}" for w in ("cuts", "flips", "zeros", "joins") if kind.counts[w]) or "nothing tried"
            ends = ", ".join(f"{kind.counts[w]} {w}" for w in ("refused", "healed", "as before", "says something else", "not made") if kind.counts[w])
            yield f"{kind.name}{size}: {tried}: {ends or '-'}, {len(kind.failures)} failures"
