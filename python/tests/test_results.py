import csv
import json

import pytest

import packrat
from packrat.__main__ import main

RESULT = {"exp_name": "r0", "config": {"dataset": "CIFAR10", "encoder": "none", "encoding_block": "", "method": "gdumb",
                                       "num_passes": 2, "seed": 0},
          "accuracy": {"final": 0.6, "best": 0.7, "task": 0.9}, "buffer": {"codec": "none", "slots": 4, "held": 3, "classes": 10},
          "bytes": {"entry": 10, "published_mib": 1.0, "exact": 30, "measured": 40, "why": "labels"}, "roundtrip_mse": 0.0,
          "seconds": {"train": 1.5}, "peak_memory_bytes": 5,
          "trainings": [{"task": 4, "curve": [{"pass": 1, "acc": 0.5, "task_acc": 0.8, "mean_loss": 1.2},
                                              {"pass": 2, "acc": 0.6, "task_acc": 0.9, "mean_loss": 1.1}]}]}


@pytest.fixture
def runs(tmp_path):
    for name, acc in (("b", 0.6), ("a/deep", 0.3)):
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(json.dumps({**RESULT, "accuracy": {**RESULT["accuracy"], "final": acc}}))
    return tmp_path / "runs"


def test_every_run_is_a_row_in_the_order_of_paths(runs):
    rows = packrat.results(runs)
    assert [row["final_acc"] for row in rows] == [0.3, 0.6]
    assert rows[0]["codec"] == "none" and rows[0]["measured_bytes"] == 40 and rows[0]["train_seconds"] == 1.5
    assert rows[0]["decode_seconds"] is None and rows[0]["options"]["seed"] == 0
    assert packrat.results(runs / "a").__class__ is packrat.Results


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"exp_name": 3}', '{"exp_name": "x", "config": []}', "\0"])
def test_a_damaged_result_is_named(text, runs):
    (runs / "b" / "result.json").write_text(text)
    with pytest.raises(ValueError, match="b/result.json"):
        packrat.results(runs)


def test_runs_become_a_csv_file_and_refusals_are_one_line(runs, tmp_path, capsys):
    assert main(["export", str(runs), "--to", "csv", "--out", str(tmp_path / "t.csv")]) == 0
    with open(tmp_path / "t.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["final_acc"] for row in rows] == ["0.3", "0.6"] and json.loads(rows[0]["options"])["dataset"] == "CIFAR10"
    (tmp_path / "empty").mkdir()
    for words in ([str(tmp_path / "none"), "--to", "csv"], [str(tmp_path / "empty"), "--to", "csv"],
                  [str(runs), "--to", "csv", "--out", str(tmp_path / "no/such/t.csv")]):
        capsys.readouterr()
        assert main(["export", *words]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert main(["info"]) == 0 and packrat.__version__ in capsys.readouterr().out


def test_runs_become_tensorboard_events(runs, tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    words = ["export", str(runs), "--to", "tensorboard", "--out", str(tmp_path / "tb")]
    assert main(words) == 0 and main(words) == 2  # a second time they would be there twice
    events = accumulator.EventAccumulator(str(tmp_path / "tb" / "a" / "deep"))
    events.Reload()
    assert [(e.step, round(e.value, 4)) for e in events.Scalars("test/acc")] == [(1, 0.5), (2, 0.6)]
    assert round(events.Scalars("final/acc")[0].value, 4) == 0.3


def test_runs_become_a_parquet_file_and_a_data_frame(runs, tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    assert main(["export", str(runs), "--to", "parquet", "--out", str(tmp_path / "t.parquet")]) == 0
    assert pandas.read_parquet(tmp_path / "t.parquet")["final_acc"].tolist() == [0.3, 0.6]
    assert packrat.results(runs).to_pandas()["seed"].tolist() == [0, 0]
