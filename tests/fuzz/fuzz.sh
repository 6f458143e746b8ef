#!/bin/bash
# fuzz.sh NAME|all [SECONDS]: real fuzzing with libFuzzer (clang), in build-fuzz; SECONDS
# for each target, 60 by default. "all" runs every target, "ews" those of the EWS library.
# Samples of real servers beside the checkout (../shared/ews/samples) are seeds too.
set -euo pipefail
cd "$(dirname "$0")/../.."
name=$1 seconds=${2:-60}
[ -f build-fuzz/build.ninja ] || CC=clang meson setup build-fuzz -Db_lundef=false \
  -Db_sanitize=address,undefined -Dc_args=-fsanitize=fuzzer-no-link >/dev/null

targets() { grep '^fuzz_targets' tests/fuzz/meson.build | grep -oE "\['[a-z_]+'" | grep -oE '[a-z_]+'; }

# Each sample once for every operation of a family: the first byte is the operation's place.
samples() { # samples TARGET DIRECTORY
  local source=../shared/ews/samples
  [ -d "$source" ] || return 0
  [ -d "$2" ] && return 0
  case $1 in
  ews_*) ;;
  sim_request) mkdir -p "$2" && cp "$source"/*request*.xml "$2" && return ;;
  *) return 0 ;;
  esac
  mkdir -p "$2"
  python3 - "$source" "$2" tests/fuzz/fuzz_"$1".c <<'PYTHON'
import pathlib, re, sys
source, target, code = sys.argv[1:]
count = len(re.findall(r"\btry_\w+", pathlib.Path(code).read_text())) or 16
for path in pathlib.Path(source).rglob("*"):
    if path.is_file() and re.search("esponse|ault|malformed", str(path)):
        for i in range(count):
            pathlib.Path(target, f"{path.name}-{i}").write_bytes(bytes([i]) + path.read_bytes())
PYTHON
}

run() {
  local name=$1 link
  ninja -C build-fuzz --quiet "tests/fuzz/fuzz_$name"
  # The same objects without replay.c, with libFuzzer's main.
  link=$(ninja -C build-fuzz -t commands "tests/fuzz/fuzz_$name" | tail -1 |
    sed -E "s# tests/fuzz/fuzz_$name.p/replay.c.o##; s#-o tests/fuzz/fuzz_$name #-o tests/fuzz/libfuzz_$name -fsanitize=fuzzer #")
  (cd build-fuzz && eval "$link")
  mkdir -p "build-fuzz/corpus/$name"
  samples "$name" "build-fuzz/samples/$name"
  local seeds=("tests/fuzz/corpus/$name")
  [ -d "build-fuzz/samples/$name" ] && seeds+=("build-fuzz/samples/$name")
  # Threads of a session are still ending when libFuzzer would look for leaks.
  local leaks=1
  [[ $name == *_session ]] && leaks=0
  "build-fuzz/tests/fuzz/libfuzz_$name" -max_total_time="$seconds" -timeout=20 \
    -detect_leaks=$leaks \
    -artifact_prefix="build-fuzz/$name-" "build-fuzz/corpus/$name" "${seeds[@]}"
}

case $name in
all) list=$(targets) ;;
ews) list=$(targets | grep '^ews_') ;;
*) list=$name ;;
esac
for target in $list; do
  echo "== $target"
  run "$target" 2>&1 | grep -vE '^#[0-9]+.*(NEW|REDUCE|RELOAD|pulse)|^NEW_FUNC'
done
