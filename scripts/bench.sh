#!/usr/bin/env bash
# Prints every table of docs/performance.md: foray's benchmarks and, beside them, the peers from
# Debian on this machine. The peers are unpacked below build/peers, not installed: their packages
# depend on Boost 1.74, which cannot stand beside the Boost 1.81 that foray needs.
# usage: scripts/bench.sh [FILTER]     FILTER: a part of a benchmark's name, e.g. surrogate
set -euo pipefail
cd "$(dirname "$0")/.."
filter=${1:-}
scripts/build.sh release

peers=build/peers
if [ ! -d $peers/root/usr/lib/python3/dist-packages/bornagain ]; then
  mkdir -p $peers
  packages=(python3-scipy python3-sklearn python3-sklearn-lib python3-joblib python3-threadpoolctl
    python3-decorator python3-pyfai python3-fabio python3-silx python3-numexpr liblbfgsb0
    libopenblas0-pthread libgfortran5 umap-learn python3-pynndescent python3-numba python3-llvmlite
    python3-tqdm libllvm14 python3-numpy python3-sasmodels sasmodels-private-libs python3-bornagain
    bornagain python3-matplotlib python3-yaml libcerf1 libfftw3-double3 libgsl27 libgslcblas0
    libopenmpi3 libboost-iostreams1.74.0 libtiffxx6 libevent-pthreads-2.1-7)
  (cd $peers && apt-get download "${packages[@]}" >download.log 2>&1) || { cat $peers/download.log >&2; exit 1; }
  for package in $peers/*.deb; do dpkg -x "$package" $peers/root; done
fi
export PYTHONPATH=$PWD/$peers/root/usr/lib/python3/dist-packages
library=$PWD/$peers/root/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$library/openblas-pthread:$library:$PWD/$peers/root/usr/lib/bornagain
results=build/bench
rm -rf $results
mkdir -p $results

printf '== machine\n'
lscpu | grep -E '^(Model name|CPU\(s\)|L2|L3)' || true
for program in build/release/bench/*/foray_*_bench; do
  [[ $program == *"$filter"* ]] || continue
  printf '\n== %s\n' "$(basename "$program")"
  "$program" --benchmark_min_time=0.2 --benchmark_repetitions=3 --benchmark_report_aggregates_only=true \
    --benchmark_out="$results/$(basename "$program").json" --benchmark_out_format=json
done
for script in bench/*/*.py; do
  [[ $script == *"$filter"* ]] || continue
  printf '\n== %s\n' "$script"
  /usr/bin/python3 "$script" | tee -a $results/peers.txt
done
printf '\n== processor times of one thread beside the peers\n'
python3 scripts/bench_ratios.py $results
