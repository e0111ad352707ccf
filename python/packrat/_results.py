"""Finished runs of the program as rows: what ``packrat results --format json`` prints, read without the program."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, Iterator, List, Union

Row = Dict[str, Any]

_PHASES = ("load", "encode", "fit", "ingest", "train", "decode", "evaluate")


class Results(List[Row]):
    """A list of dicts, one a run, the columns named as in ``packrat results --format json``."""

    def to_pandas(self) -> Any:
        """A pandas.DataFrame, one row a run. ImportError when pandas is not installed."""
        import pandas

        return pandas.DataFrame(list(self))


def results(folder: Union[str, os.PathLike[str]] = "runs") -> Results:
    """Every finished run below a folder, in the order of their paths. FileNotFoundError when it is no folder,
    ValueError that names the file when a result is damaged.

    >>> import packrat
    >>> rows = packrat.results("runs")                                    # doctest: +SKIP
    >>> [(row["codec"], row["measured_bytes"], row["final_acc"]) for row in rows]   # doctest: +SKIP
    [('quantize:states=4,range=local', 1536000, 0.6502)]
    """
    top = Path(folder)
    if not top.is_dir():
        raise FileNotFoundError(f"{top} is not a folder: packrat run writes its results below --log_dir, runs by default")
    return Results(_row(path) for path in _files(top))


def curve(row: Row) -> List[Dict[str, float]]:
    """What a run measured while it trained: pass, mean_loss, acc and task_acc, in order, tasks one after the other."""
    return [dict(point, task=training["task"]) for training in _read(Path(row["file"])).get("trainings", [])
            for point in training.get("curve", [])]


def _files(top: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(top, followlinks=False):
        folders.sort()
        if "result.json" in files:
            yield Path(here) / "result.json"


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: not a result of packrat run: {error}") from None


def _row(path: Path) -> Row:
    result = _read(path)
    try:
        config, accuracy, held, size = result["config"], result["accuracy"], result["buffer"], result["bytes"]
        row = {"file": str(path), "name": result["exp_name"]}
        row.update((key, config.get(key)) for key in ("dataset", "encoder", "encoding_block", "method"))
        row.update(codec=held["codec"], slots=held["slots"], held=held["held"], classes=held["classes"])
        row.update(num_passes=config.get("num_passes"), seed=config.get("seed"))
        row.update((f"{key}_acc", accuracy.get(key)) for key in ("final", "best", "task"))
        row.update(entry_bytes=size.get("entry"), published_mib=size.get("published_mib"), exact_bytes=size.get("exact"))
        row.update(measured_bytes=size["measured"], roundtrip_mse=result.get("roundtrip_mse"))
        row.update((f"{phase}_seconds", result.get("seconds", {}).get(phase)) for phase in _PHASES)
        row.update(peak_memory_bytes=result.get("peak_memory_bytes"), why=size.get("why"), options=config)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: not a result of packrat run: {error!r} is missing or of another kind") from None
    return row
