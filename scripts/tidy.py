#!/usr/bin/env python3
"""Runs clang-tidy over the library's and the program's sources.

usage: scripts/tidy.py     (after scripts/build.sh release)

Most of the time goes into headers, so the sources of a module are read as one translation unit,
as far as their anonymous namespaces let them. What passed is not read again until it, a header of
ours, the checks or this script change.
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
FOLDERS = ("common", "surrogate", "scattering", "simulator", "classifier", "optimizer", "campaign",
           "adapters", "app")
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
        if skip or word in ("-c", "-march=native") or word.endswith(".cpp"):
            skip = False
        elif word == "-o":
            skip = True
        else:
            flags.append(word)
    return tuple(flags)


def private_names(source):
    """What a source declares in anonymous namespaces: two that share a name are read apart."""
    names = set()
    for space in re.finditer(r"^namespace \{$(.*?)^\}  // namespace$", source.read_text(),
                             re.DOTALL | re.MULTILINE):
        for line in space.group(1).splitlines():
            if re.match(r"using (namespace )?\w+::", line):
                continue
            found = (re.match(r"(?:struct|class|enum class|using|namespace) (\w+)", line)
                     or re.match(r"[\w\[].*?(\w+)\(", line)
                     or re.match(r"\w.*?(\w+)(?:\[\w*\])*(?: = |\{|;)", line))
            if found:
                names.add(found.group(1))
    return names


def sources_by_module():
    modules = collections.defaultdict(list)
    for entry in json.loads(DATABASE.read_text()):
        source = pathlib.Path(entry["file"])
        inside = source.is_relative_to(ROOT) and source.relative_to(ROOT).parts[0] in FOLDERS
        if inside and source.suffix == ".cpp" and not HEAVY.search(source.read_text()):
            module = "_".join(source.relative_to(ROOT).parts[:-2])
            modules[module, flags_of(entry["command"])].append(source)
    return modules


def units_together():
    units = []
    for (module, flags), sources in sources_by_module().items():
        parts = []  # (names taken, sources)
        for source in sorted(sources):
            names = private_names(source)
            part = next((one for one in parts if not one[0] & names), None)
            if part is None:
                part = (set(), [])
                parts.append(part)
            part[0].update(names)
            part[1].append(source)
        units += [Unit(f"{module}_{part[1][0].stem}", tuple(part[1]), flags) for part in parts]
    return sorted(units, key=lambda unit: -len(unit.sources))  # long ones first: all end together


def units_apart(sources, flags):
    return [Unit("_".join(source.relative_to(ROOT).with_suffix("").parts), (source,), flags)
            for source in sources]


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
    if len(unit.sources) > 1 and "clang-diagnostic-error" in run.stdout:
        print(f"{unit.name}: its sources cannot be read together, so one by one", flush=True)
        return "".join(read(one, key) for one in units_apart(unit.sources, unit.flags))
    return run.stdout or run.stderr


def main():
    if len(sys.argv) > 1:
        sys.exit(__doc__.split("\n\n")[1])
    SCRATCH.mkdir(parents=True, exist_ok=True)
    units = units_together()
    print(f"{sum(len(unit.sources) for unit in units)} sources in {len(units)} units")
    key = common_key()
    jobs = int(os.environ.get("FORAY_JOBS", os.cpu_count() or 1))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        complaints = "".join(pool.map(lambda unit: read(unit, key), units))
    print(complaints, end="")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
