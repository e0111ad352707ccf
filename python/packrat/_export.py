"""``python -m packrat export``: finished runs for other programs."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any, List

from ._results import Results, Row, curve, results

FORMATS = ("tensorboard", "csv", "parquet")


def export(runs: str, to: str, out: str = "") -> Path:
    """Writes every finished run below `runs` as TensorBoard event files (a folder a run), a CSV file or a Parquet file.

    Returns what was written: `out`, by default ``tensorboard/``, ``runs.csv`` or ``runs.parquet``. ValueError for an
    unknown format and when there are no runs, ImportError that names the package when one is needed.
    """
    if to not in FORMATS:
        raise ValueError(f"--to {to}: there are {', '.join(FORMATS)}")
    rows = results(runs)
    if not rows:
        raise ValueError(f"no finished run below {runs}")
    target = Path(out or {"tensorboard": "tensorboard", "csv": "runs.csv", "parquet": "runs.parquet"}[to])
    {"tensorboard": _tensorboard, "csv": _csv, "parquet": _parquet}[to](rows, target, runs)
    return target


def _flat(row: Row) -> Row:
    return {**row, "options": json.dumps(row["options"], sort_keys=True)}


def _csv(rows: Results, target: Path, runs: str) -> None:
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(_flat(row) for row in rows)


def _parquet(rows: Results, target: Path, runs: str) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ImportError("--to parquet needs pyarrow: pip install pyarrow") from None
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([_flat(row) for row in rows]), target)


def _tensorboard(rows: Results, target: Path, runs: str) -> None:
    try:
        from tensorboard.summary.writer.event_file_writer import EventFileWriter
    except ImportError:
        raise ImportError("--to tensorboard needs tensorboard: pip install tensorboard") from None
    folders = [target / os.path.relpath(Path(row["file"]).parent, runs) for row in rows]
    for folder in folders:
        if any(folder.glob("events.out.tfevents.*")):
            raise ValueError(f"{folder} has event files already: name another folder with --out, or remove it")
    for row, folder in zip(rows, folders):
        writer = EventFileWriter(str(folder))
        for event in _events(row):
            writer.add_event(event)
        writer.close()


def _events(row: Row) -> List[Any]:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    # Events of a run lie a second apart, behind the time at which its result was written: TensorBoard sorts by them.
    written = Path(row["file"]).stat().st_mtime

    def event(step: int, **values: Any) -> Any:
        scalars = [Summary.Value(tag=tag.replace("__", "/"), simple_value=float(value))
                   for tag, value in values.items() if value is not None]
        return Event(wall_time=written + step, step=step, summary=Summary(value=scalars))

    points = curve(row)
    events = [event(step, train__mean_loss=point.get("mean_loss"), test__acc=point.get("acc"),
                    test__task_acc=point.get("task_acc")) for step, point in enumerate(points, 1)]
    events.append(event(len(points), final__acc=row["final_acc"], final__best_acc=row["best_acc"],
                        bytes__measured=row["measured_bytes"], bytes__exact=row["exact_bytes"], slots=row["slots"]))
    return events
