"""``python -m packrat export RUNS --to FORMAT`` and ``python -m packrat info``."""

from __future__ import annotations

import argparse
import sys
from typing import List, Optional

import packrat

from ._export import FORMATS, export


def main(words: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m packrat", description=packrat.__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("info", help="versions, and where the library is")
    exporting = commands.add_parser("export", help="finished runs for other programs")
    exporting.add_argument("runs", help="folder that holds runs")
    exporting.add_argument("--to", required=True, choices=FORMATS, help="event files, one table of all runs, or its Parquet form")
    exporting.add_argument("--out", default="", help="file, or folder for tensorboard; default: named after the format")
    options = parser.parse_args(words)
    try:
        if options.command == "info":
            print(f"packrat {packrat.__version__}, library {packrat.library_version()} in {packrat.library_path()}")
        else:
            print(f"written: {export(options.runs, options.to, options.out)}")
    except (ValueError, OSError, ImportError) as error:
        print(f"python -m packrat {options.command}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
