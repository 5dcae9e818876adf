#!/usr/bin/env bash
# The first command: sets up, builds, and lets foray map a film library that it has never seen; then
# compares it with a grid and with random sampling on the same hidden samples.
# On a fresh Debian 12 machine it needs only git's checkout; a second call starts within seconds.
# usage: scripts/demo.sh [FOLDER]     (default: runs/demo; an earlier run there is kept beside it)
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-runs/demo}
scripts/build.sh release foray
foray=build/release/app/foray

if [ -e "$folder" ]; then
  kept="$folder-$(date +%Y%m%d-%H%M%S)"
  mv "$folder" "$kept"
  echo "the run that was in $folder is now in $kept"
fi
mkdir -p "$(dirname "$folder")"
echo
echo "foray maps a combinatorial film library: four phases with curved boundaries, and the grain size"
echo "where the film is ordered. It measures frames on a simulated beamline; the sample is hidden from it."
echo
"$foray" run demo/film_library.json --out "$folder"
echo
echo "The same question, asked of a grid and of random sampling on hidden samples:"
echo
"$foray" study demo/film_library.json --samples 10 --out "$folder/study.html"
echo
echo "open $folder/report.html and $folder/study.html"
