#!/usr/bin/env bash
# Installs what is missing, configures a preset where that is new, and builds.
# usage: scripts/build.sh [PRESET] [TARGET ...]     (default: release, all targets)
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
shift || true
scripts/install-packages.sh
if [ ! -f "build/$preset/build.ninja" ]; then
  mkdir -p build
  cmake --preset "$preset" >"build/configure-$preset.log" 2>&1 || {
    cat "build/configure-$preset.log" >&2
    exit 1
  }
fi
# Two jobs at most per 3 GB: LibTorch's headers take a gigabyte a source.
cmake --build "build/$preset" --parallel "${FORAY_JOBS:-$(nproc)}" ${1:+--target "$@"}
