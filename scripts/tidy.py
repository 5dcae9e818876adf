#!/usr/bin/env python3
"""Runs clang-tidy over the library's and the program's sources.

usage: scripts/tidy.py     (after scripts/build.sh release)

Most of the time goes into headers, so the sources of a library are read together: half the time of
reading them ten by ten. What passed is not read again until it, a header of ours, the checks or
this script change.
"""

import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATABASE = ROOT / "build" / "release" / "compile_commands.json"
SCRATCH = ROOT / "build" / "release" / "tidy"
FOLDERS = ("common", "surrogate", "deep", "scattering", "simulator", "classifier", "optimizer",
           "campaign", "adapters", "app")
# Libraries with headers too long for every change: the preset tidy reads these sources.
HEAVY = re.compile(r"#include (<(torch|boost/beast|valijson)/|\"torch_network.h\")")
# Without vector instructions Eigen is shorter and means the same.
FLAGS = ["-Wno-unknown-warning-option", "-Qunused-arguments", "-Wthread-safety",
         "-DEIGEN_DONT_VECTORIZE"]

Unit = collections.namedtuple("Unit", "name sources flags")


def flags_of(command):
    """What matters to clang-tidy of a compiler's command line."""
    words = shlex.split(command)
    words = words[next(i for i, word in enumerate(words) if word.startswith("-")):]
    flags = []
    skip = False
    for word in words:
        if skip or word in ("-c", "-march=native") or word.endswith((".cpp", ".cxx")):
            skip = False
        elif word == "-o":
            skip = True
        else:
            flags.append(word)
    return tuple(flags)


def sources_of(entry):
    """Those of our sources that an entry of the database compiles, the heavy ones left out."""
    compiled = pathlib.Path(entry["file"])
    sources = [compiled]
    if compiled.parent.name == "Unity":  # CMake's, which includes the sources
        sources = [pathlib.Path(path) for path in
                   re.findall(r'^#include "(.*)"$', compiled.read_text(), re.MULTILINE)]
    return tuple(
        source for source in sources
        if source.is_relative_to(ROOT) and source.relative_to(ROOT).parts[0] in FOLDERS
        and source.suffix == ".cpp" and not HEAVY.search(source.read_text()))


def units_of(database):
    libraries = collections.defaultdict(dict)  # as a set that keeps the order
    seen = set()  # a benchmark may compile a source once more
    for entry in json.loads(database.read_text()):
        for source in [one for one in sources_of(entry) if one not in seen]:
            seen.add(source)
            parts = source.relative_to(ROOT).parts
            library = parts[:parts.index("src")]
            libraries[library, flags_of(entry["command"])][source] = None
    units = []
    for (folders, flags), sources in libraries.items():
        name = "_".join((*folders, next(iter(sources)).stem))
        units.append(Unit(name, tuple(sources), flags))
    return sorted(units, key=lambda unit: -len(unit.sources))  # long ones first: all end together


def digest(*texts):
    whole = hashlib.sha256()
    for text in texts:
        whole.update(hashlib.sha256(text.encode()).digest())
    return whole.hexdigest()[:16]


def common_key():
    headers = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.h"))
    return digest((ROOT / ".clang-tidy").read_text(), pathlib.Path(__file__).read_text(),
                  *(header.read_text() for header in headers))


def read(unit, key):
    """The complaints about a unit, "" where there are none."""
    key = digest(key, *unit.flags, *(f"{s}\n{s.read_text()}" for s in unit.sources))
    stamp = SCRATCH / f"{unit.name}.{key}.passed"
    if stamp.exists():
        return ""
    target = unit.sources[0]
    if len(unit.sources) > 1:
        target = SCRATCH / f"{unit.name}.cpp"
        target.write_text("".join(f'#include "{source}"  // NOLINT\n' for source in unit.sources))
    run = subprocess.run(
        ["clang-tidy-14", "--quiet", f"--config-file={ROOT / '.clang-tidy'}",
         str(target), "--", *unit.flags, *FLAGS], cwd=ROOT, capture_output=True, text=True)
    if run.returncode == 0:
        stamp.touch()
        return ""
    return run.stdout or run.stderr


def main():
    if len(sys.argv) > 1:
        sys.exit(__doc__.split("\n\n")[1])
    SCRATCH.mkdir(parents=True, exist_ok=True)
    units = units_of(DATABASE)
    print(f"{sum(len(unit.sources) for unit in units)} sources in {len(units)} units")
    key = common_key()
    jobs = int(os.environ.get("FORAY_JOBS", os.cpu_count() or 1))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        complaints = "".join(pool.map(lambda unit: read(unit, key), units))
    print(complaints, end="")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
