#!/usr/bin/env bash
# Runs clang-tidy over the library's and the program's sources; a source that passed is not read again
# until it, a header of ours or .clang-tidy changes. Sources that include LibTorch are left to the
# compiler: clang 14 cannot read its headers at the speed of a check (see docs/contributing.md).
# usage: scripts/tidy.sh     (after scripts/build.sh release)
set -euo pipefail
cd "$(dirname "$0")/.."
folders=(common surrogate scattering simulator classifier optimizer campaign adapters app)
passed=build/tidy
mkdir -p $passed

headers=$( (cat .clang-tidy; find "${folders[@]}" -name '*.h' -print0 | sort -z | xargs -0 cat) | sha256sum | cut -c1-16)
todo=()
while IFS= read -r source; do
  grep -q '"file": ".*/'"$source"'"' build/release/compile_commands.json || continue
  grep -qE '#include <(torch|boost/beast|valijson)/' "$source" && continue
  key=$( (echo "$headers"; cat "$source") | sha256sum | cut -c1-16)
  stamp="$passed/$(tr '/' '_' <<<"$source").$key"
  [ -e "$stamp" ] || todo+=("$source $stamp")
done < <(find "${folders[@]}" -name '*.cpp' | sort)

echo "${#todo[@]} sources to read"
[ ${#todo[@]} -eq 0 ] && exit 0
# shellcheck disable=SC2016  # the inner shell expands these
printf '%s\n' "${todo[@]}" | xargs -P "$(nproc)" -L 1 bash -c '
  if ! clang-tidy-14 --quiet -p build/release --extra-arg=-Wno-unknown-warning-option \
    --extra-arg=-Qunused-arguments "$0" >"$1.log" 2>"$1.err"; then
    cat "$1.log"; grep -v "warnings generated" "$1.err" || true; exit 255
  fi
  rm -f "$1.log" "$1.err" && touch "$1"'
