#!/usr/bin/env bash
# Mammoth's own program with its buffer, with packed pixels (the same accuracies, a quarter of the bytes), and with JPEG entries
# in as many bytes. Usage: mammoth_er.sh MAMMOTH_FOLDER [OPTIONS OF main.py...]
set -euo pipefail
cd "${1:?usage: mammoth_er.sh MAMMOTH_FOLDER [OPTIONS...]}"
options=(--dataset=seq-cifar10 --model=er --buffer_size=500 --lr=0.03 --minibatch_size=32 --seed=0 "${@:2}")
python main.py "${options[@]}"
python -m packrat.integrations.mammoth --classes 10 main.py "${options[@]}"
python -m packrat.integrations.mammoth --classes 10 --codec jpeg:quality=50 --budget 1.5MiB main.py "${options[@]}"
