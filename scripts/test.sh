#!/usr/bin/env bash
# The second command: sets up, builds, and runs every check and test of foray.
# On a fresh Debian 12 machine it needs only git's checkout; a second call starts within seconds.
# usage: scripts/test.sh [PRESET]     (default: release; also dev, asan, tsan, clang)
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
started=$SECONDS
step() { printf '\n== %s (%d s)\n' "$*" "$((SECONDS - started))"; }

step "build ($preset)"
scripts/build.sh "$preset"
if [ "$preset" = release ]; then
  step "format"
  scripts/check-format.sh
  step "clang-tidy"
  scripts/tidy.py
fi
step "tests"
ctest --preset "$preset"
step "all is well"
