#!/usr/bin/env bash
# Fails, with the places, when a C++ file is not formatted as .clang-format says.
# usage: scripts/check-format.sh
set -euo pipefail
cd "$(dirname "$0")/.."
find common surrogate deep scattering simulator classifier optimizer campaign adapters app tests bench \
  \( -name '*.h' -o -name '*.cpp' \) -print0 |
  xargs -0 -n 20 -P "$(nproc)" clang-format-14 --dry-run --Werror
