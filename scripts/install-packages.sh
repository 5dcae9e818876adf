#!/usr/bin/env bash
# Installs the Debian packages of scripts/packages.txt that are missing; does nothing when all are
# there. As root or through sudo; otherwise prints the line to type and fails.
# usage: scripts/install-packages.sh
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t wanted < <(grep -vE '^\s*(#|$)' scripts/packages.txt)
missing=()
for package in "${wanted[@]}"; do
  # Literal ${...} is dpkg-query's own format.
  # shellcheck disable=SC2016
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

install=(apt-get install -y --no-install-recommends "${missing[@]}")
if [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }; then
  as_root=(sudo)
else
  echo "foray needs ${#missing[@]} Debian packages that are not installed. As root, type:" >&2
  echo "  apt-get update && ${install[*]}" >&2
  exit 1
fi
echo "installing ${#missing[@]} Debian packages (once): ${missing[*]}"
log=$(mktemp)
if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}"; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "scripts/install-packages.sh: apt-get failed; the whole output is in $log" >&2
  exit 1
fi
rm -f "$log"
