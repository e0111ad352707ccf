#pragma once
#include <filesystem>
#include <string>

#include "tests/data/small_dataset.h"

namespace packrat {

/// A program that behaves as `packrat run --resume` does towards a sweep, in half a second: it counts to 20
/// in its checkpoint, continues from there when it is started again, and writes a result.json that does not
/// tell how it came about. SIGTERM ends it with code 130. A seed of 13 fails; one of 14 ends well but leaves
/// nothing. Every start adds a line to the run's file `starts`: where it began, and its threads.
inline std::filesystem::path write_fake_worker(const std::filesystem::path& folder) {
  const std::filesystem::path program = folder / "worker.sh";
  testing_data::write_text(program, R"script(#!/bin/sh
words="$*"
while [ $# -gt 0 ]; do
  case $1 in
    --log_dir) dir=$2 ;;
    --exp_name) name=$2 ;;
    --seed) seed=$2 ;;
    --threads) threads=$2 ;;
  esac
  shift
done
cd "$dir/$name" || exit 2
count=$(cat checkpoint.safetensors 2>/dev/null || echo 0)
echo "$count $threads" >>starts
echo "$words"
trap 'echo "stopped at $count"; exit 130' TERM
if [ "$seed" = 13 ]; then
  echo "a first line"
  echo "packrat: it cannot be done" >&2
  exit 2
fi
[ "$seed" = 14 ] && exit 0
while [ "$count" -lt 20 ]; do
  sleep 0.02
  count=$((count + 1))
  echo "$count" >checkpoint.part
  mv checkpoint.part checkpoint.safetensors
done
{
  echo "{\"exp_name\": \"$name\","
  echo "\"config\": {\"dataset\": \"CIFAR10\", \"encoder\": \"none\", \"compressor\": \"none\", \"seed\": $seed},"
  echo "\"accuracy\": {\"final\": 0.$seed}, \"buffer\": {\"codec\": \"none\", \"slots\": 10, \"held\": 10}}"
} >result.part
mv result.part result.json
rm checkpoint.safetensors
)script");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  return program;
}

}  // namespace packrat
