#!/usr/bin/env bash
# Prints every table of docs/performance.md: foray's benchmarks and, beside them, the peers from
# Debian on this machine. The peers are unpacked below build/peers, not installed: their packages
# depend on Boost 1.74, which cannot stand beside the Boost 1.81 that foray needs.
# usage: scripts/bench.sh [FILTER]     FILTER: a part of a benchmark's name, e.g. surrogate
#        scripts/bench.sh tables       only what follows the timed benchmarks: decisions, recognition,
#                                      the demo; some hours of processor time
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
library=$PWD/$peers/root/usr/lib/$(uname -m)-linux-gnu
# Runs a Python program with the peers; foray's own programs must not load their BLAS.
peer() {
  PYTHONPATH=$PWD/$peers/root/usr/lib/python3/dist-packages \
    LD_LIBRARY_PATH=$library/openblas-pthread:$library:$PWD/$peers/root/usr/lib/bornagain /usr/bin/python3 "$@"
}
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
  # These print tables of their own, below.
  case $script in */sklearn_ei.py | */scipy_floor.py | */peer_problems.py | */independent_frames.py) continue ;; esac
  printf '\n== %s\n' "$script"
  peer "$script" | tee -a $results/peers.txt
done
[ "$filter" = tables ] || { printf '\n== beside the peers\n'; python3 scripts/bench_ratios.py $results; }

decisions=build/release/bench/optimizer/foray_bo_runner
tables=(
  "build/release/app/foray study demo/film_library.json --samples 10 --out $results/demo.html"
  "build/release/bench/surrogate/foray_training_table 200 48"
  "build/release/bench/surrogate/foray_training_table 1000 8 0 8 2"
  "build/release/bench/deep/foray_deep_table"
  "build/release/bench/classifier/foray_belief_table 1200"
  "build/release/bench/classifier/foray_attribute_table 2000 800 1"
  "build/release/bench/classifier/foray_novelty_table 100"
  "build/release/bench/classifier/foray_tuning_table 4 160 1 6"
  "peer bench/classifier/independent_frames.py 17 1"
  "build/release/bench/classifier/foray_domain_table 400 1"
  "build/release/bench/classifier/foray_symmetry_table 20 2026"
  "build/release/bench/classifier/foray_transition_table 200 1"
  "build/release/bench/classifier/foray_recall_table 2040 680 1"
  "build/release/bench/optimizer/foray_field_study seeds=20 first=11"
)
for problem in branin hartmann6 ackley5 levy4; do
  tables+=("$decisions problem=$problem" "$decisions problem=$problem moved=1"
    "peer bench/optimizer/scipy_floor.py problem=$problem")
  for noise in 0.01 0.1; do
    tables+=("peer bench/optimizer/scipy_floor.py problem=$problem noise=$noise")
    for strategy in foray bobyqa random; do
      tables+=("$decisions problem=$problem noise=$noise strategy=$strategy")
    done
    tables+=("peer bench/optimizer/sklearn_ei.py problem=$problem noise=$noise seeds=10")
  done
done
for problem in branin_disk gramacy2 zdt1_4 fonseca2; do
  for noise in 0 0.01; do
    for strategy in foray random; do
      tables+=("$decisions problem=$problem noise=$noise strategy=$strategy")
    done
  done
done
for table in "${tables[@]}"; do
  [ "$filter" = tables ] || [[ $table == *"$filter"* ]] || continue
  printf '\n== %s\n' "$table"
  $table
done
