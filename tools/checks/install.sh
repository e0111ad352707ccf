# shellcheck shell=bash
# Installing: the installed program works without its source tree, its completions and its manual page are sound, and
# tools/install_packages says what to do where it can do nothing. Sourced by tools/check_commands.

# Installs what was built with the program, and moves it: nothing in it may depend on where it is.
install_program() {
  local build
  build=$(dirname "$(dirname "$program")")
  [[ -f $build/CMakeCache.txt ]] || fail "$program is not in the bin folder of a build"
  cmake --install "$build" --prefix "$work/first" >log || fail "cmake --install: $(tail -n 1 log)"
  mv first installed
  local file
  for file in bin/packrat libexec/packrat/packrat-tensors share/packrat/weights/{resnet34_tinyimagenet32.safetensors,README.md} share/packrat/tables/qutibench/platforms.json \
    share/doc/packrat/{README.md,LICENSE,NOTICE,CITATION.cff,docs/codecs.md} share/man/man1/packrat.1 \
    share/bash-completion/completions/packrat share/zsh/site-functions/_packrat; do
    [[ -s installed/$file ]] || fail "not installed: $file"
  done
}

# The installed program in a mount namespace of its own, where nothing is below the source tree: the build, which is there,
# is gone, too.
hide_source_tree() {
  mkdir no_source_tree
  cat >hidden <<'END'
#!/usr/bin/env bash
work=$(dirname "${BASH_SOURCE[0]}")
exec unshare "${@:1:1}" bash -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' _ "$work/no_source_tree" "${@:2}"
END
  chmod +x hidden
  local how
  for how in -m -rm; do  # as root; as a user who may make namespaces
    ./hidden "$how" "$root" true 2>/dev/null || continue
    [[ -z $(./hidden "$how" "$root" ls -A "$root") ]] || fail "the source tree is still to be seen"
    printf '#!/usr/bin/env bash\nexec "%s" %s "%s" "%s" "$@"\n' "$work/hidden" "$how" "$root" "$work/installed/bin/packrat" >packrat
    chmod +x packrat
    return
  done
  say "neither root nor user namespaces: the source tree stays to be seen"
  ln -s installed/bin/packrat packrat
}

installed_program() {
  local program=$work/packrat
  answers --version
  answers info --data_dir data
  has "weights +$work/installed/share/packrat/weights: used"
  has "published tables +$work/installed/share/packrat/tables: used"
  has 'resnet34_tinyimagenet32.safetensors +[0-9]'
  has "CIFAR10 +10 classes; data/cifar-10-batches-bin"
  has 'Data caches +(L1 |of unknown size)'
  answers run --dataset CIFAR10 --data_dir data --log_dir installed_runs --encoder cutr34 --memory_bytes 100000 --num_passes 1 \
    --compressor quantization --n_states 4 --exp_name encoded --save_model installed.model
  has 'Accuracy on the test set'
  answers run --dataset CIFAR10 --data_dir data --log_dir installed_runs --encoder cutr34 --memory_size 20 --num_passes 1 \
    --codec fcae:neurons=8 --exp_name shipped_codec
  printf 'dataset = "CIFAR10"\nencoder = "cutr34"\nmemory_size = [20, 40]\nnum_passes = 1\nbackbone = "mlp"\n' >installed.toml
  answers sweep installed.toml --data_dir data --out installed_sweep
  has '^2 runs: 2 finished'
  answers report installed_runs installed_sweep --out installed.html
  has '^4 runs, '
  answers roofline --platform ZCU104
  answers regress --published
  answers profile resnet50
}

# completed LINE: what bash offers at its end, one a line, in out.
completed() {
  bash --norc --noprofile -c '
    source "$1"
    complete -p packrat >/dev/null || exit 1
    COMP_LINE=$2 COMP_POINT=${#2}
    _packrat
    ((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"
  ' _ "$work/installed/share/bash-completion/completions/packrat" "$1" >out || fail "completing '$1' failed"
}

# completes LINE WORDS...: exactly these, in any order.
completes() {
  completed "$1"
  [[ $(sort -u out) == "$(printf '%s\n' "${@:2}" | sort -u)" ]] || fail "'$1' is completed by: $(tr '\n' ' ' <out)"
}

shell_completions() {
  mkdir -p 'words/a folder' words/folder2
  touch words/grid.toml
  completes 'packrat ro' roofline
  completes 'packrat run --method sl' slda
  completes 'packrat no_such_command'
  completes 'packrat data ' get list verify
  completes 'packrat run --encod' --encoder --encoding_block --encoder_dtype
  completes 'packrat run --encoder ' none cutr cutr34 mobilenet_v2 onnx:
  completes 'packrat run --seed 3 --whole_dataset --encoder=c' cutr cutr34
  completes 'packrat run --compressor t' thinning
  completes 'packrat run --seed '
  completes 'packrat run --data_dir words/f' words/folder2
  completes 'packrat run --weights words/g' words/grid.toml
  completes 'packrat run --dataset cifar' cifar10 cifar100
  completes 'packrat run --dataset folder:words/f' words/folder2
  completes 'packrat data get t' tinyimagenet
  completes 'packrat sweep rescon-' rescon-cifar10 rescon-cifar100
  completes 'packrat sweep words/' words/grid.toml words/folder2 'words/a folder'
  completes 'packrat sweep --launcher ' local slurm
  completes 'packrat results --format ' table csv json
  completes 'packrat profile resnet5' resnet50
  completes 'packrat codec preview --o' --out
  completes 'packrat eval words/g' words/grid.toml
  completed 'packrat energy measure -- ls'
  has '^ls$'
  completed 'packrat '
  # Every command of the help text is offered, and every option of theirs.
  local name option
  for name in $(subcommands); do
    completed 'packrat '
    has "^$name$"
    completed "packrat $name --"
    mv out offered
    answers "$name" --help
    for option in $(grep -oE '^  (-h,)?--[a-zA-Z_]+' out | grep -oE -- '--[a-zA-Z_]+'); do
      grep -qx -- "$option" offered || fail "packrat $name: $option is not completed"
    done
  done
  if command -v zsh >/dev/null; then
    zsh -n installed/share/zsh/site-functions/_packrat || fail "the completion for zsh is not sound"
  fi
  refuses completion
  refuses completion fish
}

manual_page() {
  local page=installed/share/man/man1/packrat.1 name
  if command -v man >/dev/null; then
    LC_ALL=C MANWIDTH=100 man --warnings -l "$page" >out 2>err </dev/null || fail "man: $(head -n 1 err)"
    [[ ! -s err ]] || fail "the manual page: $(head -n 1 err)"
    has 'packrat energy measure'
  fi
  for name in $(subcommands); do grep -q "^.SS packrat $name" "$page" || fail "the manual page has no packrat $name"; done
}

# A machine without apt, and a user who is not root: the one line to run on standard output, exit code 2.
packages_to_install() {
  local tool code=0 line='apt-get update && apt-get install -y --no-install-recommends g\+\+ .*libtorch-dev'
  mkdir tools_only
  for tool in bash env dirname basename cat grep awk timeout nproc; do ln -s "$(command -v "$tool")" tools_only/; done
  env -i PATH="$work/tools_only" "$(command -v bash)" "$root/tools/install_packages" >out 2>err || code=$?
  ((code == 2)) || fail "without apt: exit code $code instead of 2"
  has "^$line"
  (($(wc -l <out) == 1 && $(wc -l <err) == 1)) || fail "without apt: not one line of reason and one of command"
  if ((EUID == 0)) && setpriv --reuid=65534 --clear-groups test -r "$root/tools/install_packages"; then
    printf '#!%s\nexit 1\n' "$(command -v bash)" >tools_only/apt-get
    chmod a+rx . tools_only tools_only/apt-get
    code=0
    env -i PATH="$work/tools_only" "$(command -v setpriv)" --reuid=65534 --clear-groups \
      "$(command -v bash)" "$root/tools/install_packages" >out 2>err || code=$?
    ((code == 2)) || fail "without root: exit code $code instead of 2"
    has "^su - -c '$line.*'$"
  fi
}

check_install() {
  step "install" install_program
  step "the source tree out of sight" hide_source_tree
  step "the installed program without its source tree" installed_program
  step "completion of command lines" shell_completions
  step "the manual page" manual_page
  step "packages where they cannot be installed" packages_to_install
}
