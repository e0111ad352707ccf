# shellcheck shell=bash
# To be sourced: a made-up data set for checks of the command line.

# CIFAR-10 in its official layout below ./data, but with few images: flat colours that tell the class, and noise.
small_cifar10() {
  local folder=data/cifar-10-batches-bin name entries=
  mkdir -p "$folder"
  for name in data_batch_{1..5}.bin test_batch.bin; do
    perl -e '
      srand(length($ARGV[0]) + ord(substr($ARGV[0], -5, 1)));
      for my $i (0 .. 199) {
        my $label = $i % 10;
        print chr($label);
        for my $channel (0 .. 2) {
          my $level = ($label + 1) * (37 + 61 * $channel) % 200;
          print map { chr($level + int(rand(56))) } 1 .. 1024;
        }
      }' "$name" >"$folder/$name"
    entries+=${entries:+,}$(printf '"%s": {"sha256": "%s", "size_bytes": %d, "mtime_ns": %s}' "$name" \
      "$(sha256sum <"$folder/$name" | cut -d ' ' -f 1)" "$(stat -c %s "$folder/$name")" \
      "$(date -r "$folder/$name" +%s%N)")
  done
  printf '{"source": "made up", "files": {%s}}\n' "$entries" >"$folder/packrat_manifest.json"
}
