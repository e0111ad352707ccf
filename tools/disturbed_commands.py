"""Disturbs packrat's commands at random moments and calls them once more. They must end with the bytes and accuracies of an undisturbed
one. Called by tools/torture. A new command is a row of commands(), a new way to disturb one a row of WAYS."""
import collections
import fcntl
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import time

from damaged_files import make_pictures, outcome_of

LONGEST = 600  # seconds of one command
DAY = 86400
FAKETIME = next(iter(sorted(pathlib.Path("/usr/lib").glob("**/faketime/libfaketimeMT.so.1"))), None)

GRID = 'dataset = "CIFAR10"\nencoder = "cutr34"\nmemory_size = [60, 120]\nnum_passes = 6\nbackbone = "mlp"\n'
PLAN = 'encoder = "cutr34"\nencoding_block = "4"\nmethod = ["ncm", "slda"]\n'


class Command:
    """A command that can be called again until it is done. Its folder is its working directory, so that paths are the same.
    source: the folder in it that the command reads. known: what stands there is known by digest, so that a change is told."""

    def __init__(self, name, words, outputs, resume=(), source="data", known=True):
        self.name, self.words, self.outputs, self.again = name, words, outputs, words + list(resume)
        self.source, self.known = source, known


def commands(archive):
    data = ["--data_dir", "data"]
    table = [
        Command("run", ["run", "--dataset", "CIFAR10", *data, "--encoder", "cutr34", "--memory_size", "200", "--num_passes", "8", "--seed", "3",
                        "--exp_name", "r", "--save_buffer", "b.buffer", "--save_model", "m.model"],
                ["runs/r/checkpoint.log", "b.buffer", "m.model"], ["--resume"]),
        Command("sweep", ["sweep", "grid.toml", "--out", "swept", *data], ["swept/*/checkpoint.log"]),
        Command("plan", ["plan", "--budget", "400000", "--dataset", "CIFAR10", "--grid", "plan.toml", "--out", "planned", *data],
                ["planned/plan.json"]),
        Command("fit", ["fit", "convae:channels=2", "--dataset", "cifar10", *data, "--encoder", "none", "--images", "200", "--max_epochs", "8",
                        "--out", "c.codec"], ["c.codec"]),
        Command("encode", ["encode", "--dataset", "cifar10", *data, "--encoder", "cutr34", "--encoding_block", "3", "--out", "features"],
                ["features/train.safetensors", "features/test.safetensors"], ["--overwrite"]),
        Command("pretrain", ["pretrain", "--dataset", "cifar10", *data, "--classes", "0-3", "--epochs", "3", "--batch_size", "50",
                             "--out", "w.safetensors"],
                ["w.safetensors"], ["--resume"]),
        Command("sparsify", ["sparsify", "--dataset", "cifar10", *data, "--train_images", "50", "--dense_epochs", "4", "--sparsify_epochs", "4",
                             "--finetune_epochs", "4", "--model", "simpleconv", "--out", "sparse", "--export", "p.packed"],
                ["p.packed"], ["--resume"]),
        Command("pictures", ["data", "get", "folder:pictures", "--data_dir", "got"], ["got/folders/*/*.bin"], source="pictures", known=False),
    ]
    if archive:
        table.append(Command("archive", ["data", "get", "cifar100", "--from", "source/" + archive.name, "--data_dir", "got"],
                             ["got/cifar-100-binary/*.bin"], source="source"))
    return table


def last_line(err):
    return (err.decode(errors="replace").strip().splitlines() or [""])[-1][-300:]


def mounted(script, *words):
    """Words that run a script whose mounts nobody else sees; $1 and following are `words`, then the command's."""
    return ["unshare", *(["--mount"] if os.geteuid() == 0 else ["--map-root-user", "--mount"]), "sh", "-c", script, "sh", *words]


def can_mount():
    return shutil.which("unshare") and subprocess.call(mounted("mount -t tmpfs tmpfs /mnt"), stderr=subprocess.DEVNULL) == 0


READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && cd "$PWD" && shift && exec "$@"'
# In place of the folder, whose content goes there and comes back when the command has ended.
SMALL_DISK = ('here=$PWD && mount --bind . /mnt && mount -t tmpfs -o size="$1" tmpfs "$here" && cd "$here" && cp -a /mnt/. . && shift && '
              '{ "$@"; code=$?; } && cp -a . /mnt && exit $code')


class Disturbed:
    def __init__(self, args, work):
        self.args, self.work = args, work
        self.random = random.Random(args.seed)
        self.counts, self.failures, self.number = collections.Counter(), [], 0
        self.can_mount = can_mount()
        self.sources = work / "sources"
        make_pictures(self.sources / "pictures", 600)
        shutil.copytree(work / "data", self.sources / "data")
        if args.archive:
            (self.sources / "source").mkdir()
            shutil.copy2(args.archive, self.sources / "source")

    def folder(self, command):
        self.number += 1
        folder = self.work / f"{self.number}"
        shutil.copytree(self.sources / command.source, folder / command.source)
        (folder / "grid.toml").write_text(GRID)
        (folder / "plan.toml").write_text(PLAN)
        return folder

    def start(self, words, folder, before=(), **how):
        environment = dict(os.environ, OMP_WAIT_POLICY="passive", **how.pop("environment", {}))
        return subprocess.Popen([*before, self.args.packrat, *words], cwd=folder, env=environment,
                                **{"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **how})

    def end(self, process, seconds=LONGEST):
        """Exit code, None when it had to be killed; standard error."""
        try:
            _, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None, f"still there after {seconds} s".encode()
        return process.returncode, err or b""

    def results(self, command, folder):
        return {pattern: [(path.name, outcome_of(path)) for path in sorted(folder.glob(pattern))] for pattern in command.outputs}

    def fail(self, command, what, detail):
        self.counts[command.name, "failures"] += 1
        self.failures.append(f"{command.name}: {what}: {detail}")
        print(f"FAILED {self.failures[-1]}", flush=True)

    def count(self, command, what):
        self.counts[command.name, what] += 1
        print(f"  {command.name}: {what} {self.counts[command.name, what]}", end="\r", file=sys.stderr, flush=True)

    def expect_done_or_refused(self, command, what, code, err):
        """Done all the same, or one line and exit code 2."""
        if code != 0 and not (code == 2 and last_line(err).startswith("packrat: ")):
            self.fail(command, what, f"exit code {code}: {last_line(err)}")

    def expect_results(self, command, folder, what):
        found = self.results(command, folder)
        others = [pattern for pattern in command.outputs if found[pattern] != command.expected[pattern]]
        if others:
            self.fail(command, what, f"another {others[0]}; see {folder}")
        return not others

    def reference(self, command):
        folder, begun = self.folder(command), time.monotonic()
        code, err = self.end(self.start(command.words, folder))
        if code != 0:
            sys.exit(f"tools/torture: packrat {command.name}, undisturbed: exit code {code}: {last_line(err)}")
        command.seconds = time.monotonic() - begun
        command.expected = self.results(command, folder)
        shutil.rmtree(folder)
        print(f"{command.name}: {command.seconds:.1f} s undisturbed", flush=True)

    def finish(self, command, folder, what):
        """The same command once more, undisturbed; what it leaves must be what it always leaves."""
        code, err = self.end(self.start(command.again, folder))
        if code != 0:
            return self.fail(command, what, f"called again: exit code {code}: {last_line(err)}")
        if not self.expect_results(command, folder, what):
            return None
        left = [p for p in folder.rglob("*") if p.name.endswith(".partial") or ".partial." in p.name]
        if left:
            return self.fail(command, what, f"left {left[0].name}")
        return shutil.rmtree(folder)

    def works(self, command, process):
        """Waits for a random moment of the command; false when it has ended before."""
        try:
            process.wait(self.random.uniform(0, command.seconds))
        except subprocess.TimeoutExpired:
            return True
        return False

    def strike(self, command, folder, number):
        """Sends a signal at a random moment; False when the command had ended."""
        process = self.start(command.again, folder, stderr=subprocess.DEVNULL, start_new_session=True)
        if not self.works(command, process):
            return False
        if number == signal.SIGINT:  # as from a keyboard: to all that the command has started
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        code, err = self.end(process, 60)
        name = signal.Signals(number).name
        if code is None:
            self.fail(command, name, last_line(err))
        elif number != signal.SIGKILL and code not in (0, 130, -number):  # the last: before it was set up
            self.fail(command, name, f"exit code {code} instead of 130")
        self.count(command, name)
        return True

    # Ways to disturb a command: each ends with finish().

    def kills(self, command):
        folder = self.folder(command)
        for _ in range(5):
            if not self.strike(command, folder, signal.SIGKILL):
                break
        self.finish(command, folder, "SIGKILL")

    def signals(self, command):
        folder = self.folder(command)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
            self.strike(command, folder, number)
        self.finish(command, folder, "signals")

    def limited(self, command, what, folder=None, **how):
        folder = folder or self.folder(command)
        code, err = self.end(self.start(command.again, folder, **how))
        self.count(command, what.split(":")[0])
        self.expect_done_or_refused(command, what, code, err)
        self.finish(command, folder, what)

    def full_disk(self, command):
        """A disk of its own with little room, or files that cannot grow."""
        folder = self.folder(command)
        if self.can_mount and self.random.random() < 0.5:
            held = sum(-(-path.stat().st_size // 4096) * 4096 for path in folder.rglob("*") if path.is_file())
            size = held + int(2 ** self.random.uniform(12, 23))
            return self.limited(command, f"full disk: {size} bytes", folder, before=mounted(SMALL_DISK, str(size)))
        size = int(2 ** self.random.uniform(8, 23))
        return self.limited(command, f"full disk: files of {size} bytes", folder,
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))

    def little_memory(self, command):
        size = int(2 ** self.random.uniform(28, 33))
        self.limited(command, f"little memory: {size} bytes", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)))

    def read_only(self, command):
        """Its own folder, or what it reads; from the start, or when it had begun."""
        folder = self.folder(command)
        if self.random.random() < 0.5:
            self.strike(command, folder, signal.SIGKILL)
        protected = self.random.choice((folder, folder / command.source))
        self.limited(command, f"read-only folder: {protected.relative_to(self.work)}", folder, before=mounted(READ_ONLY, str(protected)))

    def rivals(self, command):
        folder = self.folder(command)
        both = [self.start(command.again, folder) for _ in range(2)]
        codes = sorted(self.end(process)[0] for process in both)
        self.count(command, "rivals")
        if codes not in ([0, 0], [0, 2]):
            self.fail(command, "rivals", f"exit codes {codes}")
        self.finish(command, folder, "rivals")

    def reader_leaves(self, command):
        folder = self.folder(command)
        read, write = os.pipe()
        process = self.start(command.again, folder, stdout=write)
        os.close(write)
        os.close(read)
        self.count(command, "reader leaves")
        self.expect_done_or_refused(command, "reader leaves", *self.end(process))
        self.finish(command, folder, "reader leaves")

    def full_pipe(self, command):
        """Nobody reads what it prints, until it is told to end or somebody does."""
        folder = self.folder(command)
        read, write = os.pipe()
        os.write(write, bytes(fcntl.fcntl(write, fcntl.F_GETPIPE_SZ)))
        process = self.start(command.again, folder, stdout=write, stderr=write)
        os.close(write)
        self.count(command, "full pipe")
        if self.works(command, process) and self.random.random() < 0.5:
            for _ in range(2):  # the first waits for what is being written, the second ends it at once
                process.send_signal(signal.SIGTERM)
                time.sleep(1)
            allowed = (0, 130, -signal.SIGTERM)
        else:
            subprocess.Popen(["cat"], stdin=read, stdout=subprocess.DEVNULL)
            allowed = (0,)
        code, err = self.end(process)
        os.close(read)
        if code not in allowed:
            self.fail(command, "full pipe", f"exit code {code}: {last_line(err)}")
        self.finish(command, folder, "full pipe")

    def clock_jumps_back(self, command):
        """By a day while it works; then again between two calls, which finds its files to be of tomorrow."""
        folder, clock = self.folder(command), self.work / "clock"
        clock.write_text("+0")
        process = self.start(command.again, folder, environment={
            "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1", "NO_FAKE_STAT": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"})
        if self.works(command, process):
            clock.write_text(f"-{DAY}")
            self.count(command, "clock jumps back")
        code, err = self.end(process)
        if code != 0:
            self.fail(command, "clock jumps back", f"exit code {code}: {last_line(err)}")
        elif self.expect_results(command, folder, "clock jumps back"):
            shutil.rmtree(folder)
        folder = self.folder(command)
        self.strike(command, folder, signal.SIGKILL)
        for path in folder.rglob("*"):
            os.utime(path, (time.time() + DAY,) * 2, follow_symlinks=False)
        self.finish(command, folder, "clock jumps back between two calls")

    def source_changes(self, command):
        """What the command reads is cut, written over, replaced or removed while it reads, and put back afterwards."""
        folder = self.folder(command)
        original = self.random.choice([p for p in sorted((self.sources / command.source).rglob("*")) if p.is_file()])
        path = folder / original.relative_to(self.sources)
        process = self.start(command.again, folder)
        self.works(command, process)
        content = bytearray(original.read_bytes())
        for _ in range(1 + len(content) // 1000):
            content[self.random.randrange(len(content))] ^= 255
        how = self.random.choice(("cut", "written over", "replaced", "removed"))
        if how == "cut":
            os.truncate(path, self.random.randrange(len(content)))
        elif how == "removed":
            path.unlink()
        elif how == "replaced":
            path.with_name("other").write_bytes(content)
            path.with_name("other").rename(path)
        else:
            with open(path, "r+b") as file:
                file.write(content)
        code, err = self.end(process)
        self.count(command, "source changes")
        what = f"source changes: {path.name} {how}"
        self.expect_done_or_refused(command, what, code, err)
        if code == 0 and command.known:
            self.expect_results(command, folder, what)
        shutil.copy2(original, path)
        self.finish(command, folder, what)

    WAYS = {"kills": kills, "signals": signals, "full_disk": full_disk, "little_memory": little_memory, "read_only": read_only, "rivals": rivals,
            "reader_leaves": reader_leaves, "full_pipe": full_pipe, "clock": clock_jumps_back, "source_changes": source_changes}

    def run(self, table, ways, ends):
        ways = list(ways or self.WAYS)
        for name, here, remedy in (("clock", FAKETIME, "apt-get install libfaketime"), ("read_only", self.can_mount, "unshare cannot mount here")):
            if name in ways and not here:
                print(f"{name}: not run: {remedy}", flush=True)
                ways.remove(name)
        for command in table:
            self.reference(command)
        turns = [(self.WAYS[way], command) for way in ways for command in table]
        while time.monotonic() < ends and turns:
            self.random.shuffle(turns)
            for way, command in turns:
                if time.monotonic() >= ends:
                    break
                way(self, command)

    def table(self):
        rows = sorted((name, what, n) for (name, what), n in self.counts.items())
        return "| command | disturbance | times |\n|---|---|---:|\n" + "".join(f"| {name} | {what} | {n} |\n" for name, what, n in rows)
