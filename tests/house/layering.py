"""Checks the house rules that a compiler does not: who may include whom, and what headers may show.

The table of docs/architecture.md is the one place where the layers are written; this reads it there.

usage: layering.py [ROOT]     exit 1 and a line per offence
"""

import pathlib
import re
import sys

HEAVY = {  # include prefix -> folders (of any layer) whose sources may use it
    "torch/": {"classifier", "deep"},
    "boost/beast": {"adapters/service"},
    "nlohmann/": {"adapters/codec", "adapters/files", "adapters/journal", "adapters/instruments",
                  "adapters/service", "app"},
    "valijson/": {"adapters/codec"},
    "sqlite3.h": {"adapters/journal"},
    "hdf5.h": {"adapters/files", "adapters/instruments"},
    "tango": {"adapters/instruments"},
    "nlopt": {"surrogate", "optimizer"},
    "ceres/": {"scattering"},
    "fftw3": {"classifier"},
    "muParser": {"optimizer", "simulator"},
    "CLI/": {"app"},
}
# The codec's json.h is for its siblings and the program, so it alone may show nlohmann.
HEADER_EXCEPTIONS = {("adapters/codec", "nlohmann/"), ("app", "CLI/")}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
# An argument, not a returned reference: it is followed by its name and "," or ")".
MATRIX_ARGUMENT = re.compile(r"const Eigen::(Vector|Matrix)Xd& \w+\s*(,|\)|=)")
MAX_LINES = 500


def read_layers(root):
    layers = {}
    for line in (root / "docs/architecture.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 3 and cells[0].startswith("`") and "/" not in cells[0].strip("`").replace(
                "adapters/", ""):
            names = re.findall(r"`([^`]+)`", cells[2])
            layers[cells[0].strip("`")] = names
    return {name: below for name, below in layers.items() if all(b in layers for b in below)}


def closure(layers, name):
    seen, stack = {name}, list(layers[name])
    while stack:
        below = stack.pop()
        if below not in seen:
            seen.add(below)
            stack += layers[below]
    return seen


def sources(root, folder):
    base = root / folder
    for path in sorted(base.rglob("*")):
        if path.suffix in {".h", ".cpp"}:
            yield path


def check(root):
    layers = read_layers(root)
    if "app" not in layers or len(layers) < 10:
        return ["docs/architecture.md: expected the table of layers, found %d rows" % len(layers)]
    module_of = {name.split("/")[-1]: name for name in layers}
    offences = []
    for folder in layers:
        allowed = closure(layers, folder)
        for path in sources(root, folder):
            offences += check_file(root, path, folder, allowed, module_of)
    for path in list(root.glob("*/CMakeLists.txt")) + list(root.glob("adapters/*/CMakeLists.txt")):
        text = path.read_text()
        if "file(GLOB" in text or re.search(r"^\s*include_directories", text, re.M):
            offences.append(f"{path.relative_to(root)}: file(GLOB) and include_directories are not used")
    for path in sorted((root / "tests").rglob("*_test.cpp")):
        # Test sources are compiled together, and repeat each other's local names.
        if not re.search(rf"^namespace foray[\w:]*::{path.stem} {{$", path.read_text(), re.M):
            offences.append(f"{path.relative_to(root)}: expected a namespace ending in ::{path.stem}")
    return offences


def check_file(root, path, folder, allowed, module_of):
    offences = []
    where = path.relative_to(root)
    public = "include" in path.relative_to(root / folder).parts
    lines = path.read_text().splitlines()
    if len(lines) > MAX_LINES:
        offences.append(f"{where}: {len(lines)} lines, expected at most {MAX_LINES}")
    for number, line in enumerate(lines, 1):
        if public and MATRIX_ARGUMENT.search(line):
            offences.append(f"{where}:{number}: expected const Eigen::Ref<const ...>&")
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(1)
        if target.startswith("foray/") and target.count("/") >= 2:
            module = module_of.get(target.split("/")[1])
            if module is None or module not in allowed:
                offences.append(f"{where}:{number}: {folder} may not include {target}")
        for prefix, users in HEAVY.items():
            if not target.startswith(prefix):
                continue
            if folder not in users:
                offences.append(f"{where}:{number}: {target} stays in {sorted(users)}")
            elif path.suffix == ".h" and public and (folder, prefix) not in HEADER_EXCEPTIONS:
                offences.append(f"{where}:{number}: a public header may not show {target}")
    return offences


if __name__ == "__main__":
    found = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found) if found else "the house is in order")
    sys.exit(1 if found else 0)
