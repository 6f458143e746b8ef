#!/bin/bash
# fuzz.sh NAME [SECONDS]: real fuzzing of one target with libFuzzer (clang), in build-fuzz.
set -euo pipefail
cd "$(dirname "$0")/../.."
name=$1 seconds=${2:-60}
[ -f build-fuzz/build.ninja ] || CC=clang meson setup build-fuzz -Db_lundef=false \
  -Db_sanitize=address,undefined -Dc_args=-fsanitize=fuzzer-no-link >/dev/null
ninja -C build-fuzz --quiet "tests/fuzz/fuzz_$name"
# The same objects without replay.c, with libFuzzer's main.
link=$(ninja -C build-fuzz -t commands "tests/fuzz/fuzz_$name" | tail -1 |
  sed -E "s# tests/fuzz/fuzz_$name.p/replay.c.o##; s#-o tests/fuzz/fuzz_$name #-o tests/fuzz/libfuzz_$name -fsanitize=fuzzer #")
(cd build-fuzz && eval "$link")
mkdir -p "build-fuzz/corpus/$name"
exec "build-fuzz/tests/fuzz/libfuzz_$name" -max_total_time="$seconds" -timeout=10 \
  "build-fuzz/corpus/$name" "tests/fuzz/corpus/$name"
