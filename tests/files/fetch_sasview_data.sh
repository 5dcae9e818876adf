#!/bin/sh
# Fetches the measured data that Debian's package python3-sasview ships and unpacks them.
#
# usage: fetch_sasview_data.sh FOLDER
#
# Afterwards FOLDER/test holds what the package has below sas/sasview/test. Nothing is installed; a
# second call does nothing. Exits with 1 and one line when the package cannot be had.
set -u

folder=${1:?usage: fetch_sasview_data.sh FOLDER}
[ -d "$folder/test" ] && exit 0

fail() {
  echo "fetch_sasview_data.sh: expected to download Debian's python3-sasview, $1" >&2
  exit 1
}

command -v apt-get >/dev/null || fail "found no apt-get on this machine"
work=$folder/download.$$
mkdir -p "$work" || fail "could not make $work"
trap 'rm -rf "$work"' EXIT

download() { (cd "$work" && apt-get download -q python3-sasview >log 2>&1); }
if ! download && [ "$(id -u)" = 0 ]; then
  apt-get update -q >"$work/update" 2>&1 # a fresh machine has no list of packages yet
  download
fi
set -- "$work"/python3-sasview_*.deb
[ -f "$1" ] || fail "apt-get download said: $(tail -n 1 "$work/log")"
dpkg -x "$1" "$work/package" || fail "could not unpack $1"
data=$work/package/usr/lib/python3/dist-packages/sas/sasview/test
[ -d "$data" ] || fail "found no sas/sasview/test in $(basename "$1")"
mv "$data" "$folder/test" 2>/dev/null || [ -d "$folder/test" ] || fail "could not write to $folder"
