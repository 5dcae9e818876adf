"""The layering check passes on the project and fails on every kind of planted offence."""

import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import layering  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLANTS = {
    "an upward include": ("surrogate/src/planted.cpp", '#include "foray/optimizer/parameter.h"\n'),
    "a sibling's include": ("adapters/files/src/planted.cpp", '#include "foray/journal/j.h"\n'),
    "an unknown module": ("campaign/src/planted.cpp", '#include "foray/nowhere/x.h"\n'),
    "a heavy library below": ("campaign/src/planted.cpp", "#include <nlohmann/json.hpp>\n"),
    "a heavy library in a public header": (
        "classifier/include/foray/classifier/planted.h", "#include <torch/torch.h>\n"),
    "a matrix by const reference": (
        "surrogate/include/foray/surrogate/planted.h", "void f(const Eigen::VectorXd& x);\n"),
    "a test in its module's own namespace": (
        "tests/surrogate/planted_test.cpp", "namespace foray::surrogate {\n}\n"),
    "a file without end": ("common/src/planted.cpp", "// line\n" * 501),
}


class Layering(unittest.TestCase):
    def test_the_project_keeps_its_rules(self):
        self.assertEqual(layering.check(ROOT), [])

    def test_each_planted_offence_is_found(self):
        for name, (place, text) in PLANTS.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                root = pathlib.Path(folder)
                (root / "docs").mkdir()
                shutil.copy(ROOT / "docs/architecture.md", root / "docs")
                self.assertEqual(layering.check(root), [])
                planted = root / place
                planted.parent.mkdir(parents=True)
                planted.write_text(text)
                offences = layering.check(root)
                self.assertEqual(len(offences), 1, offences)
                self.assertIn(place, offences[0])


if __name__ == "__main__":
    unittest.main()
