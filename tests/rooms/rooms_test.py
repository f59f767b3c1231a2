"""The order of the house: a folder includes only what lies below it, and the step stays as short as it is.

Reads host/, kernels/ and include/.
"""
import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# From the ground up, as host/README.md draws it. A folder may include itself and all before it.
FLOORS = ["include", "host/base", "host/mpi", "host/file", "host/data", "host/engine", "host/model", "host/train", "host/use",
          "host/show", "host/command"]
KERNEL_FLOORS = ["kernels/device", "kernels/ranks", "kernels/verbs", "kernels/cublas", "kernels/fused", "kernels/engines"]
INTERFACES = {"Engine", "Network", "RankSum", "ModelGroup"}
TOOLKIT_HEADERS = {"cuda.h", "cublas.h", "cublas_v2.h", "cublaslt.h", "cuda_runtime.h", "nccl.h"}


def sources(root):
    return sorted(f for top in ("include", "host", "kernels") for f in (root / top).rglob("*")
                  if f.suffix in (".h", ".cpp", ".cu"))


def room(root, file):
    parts = file.relative_to(root).parts
    return "include" if parts[0] == "include" else "/".join(parts[:2])


def may_include(user, used):
    if user in KERNEL_FLOORS:
        floors = FLOORS[:FLOORS.index("host/engine") + 1] + KERNEL_FLOORS
    else:
        floors = FLOORS
    return used in floors and floors.index(used) <= floors.index(user)


def arrows_up(root):
    """Lines `file includes file` that no rule allows."""
    found = []
    for file in sources(root):
        for name in re.findall(r'^#include "([^"]+)"', file.read_text(), re.MULTILINE):
            for base in ("include", "host", "kernels"):
                target = root / base / name
                if target.exists() and not may_include(room(root, file), room(root, target)):
                    found.append(f"{file.relative_to(root)} includes {target.relative_to(root)}")
    return found


def derived_from_concrete(root):
    """Lines `file: class derives from class`, below host/engine and kernels, where the base is no interface and no
    template of constants."""
    found = []
    for file in sources(root):
        if room(root, file) != "host/engine" and not room(root, file).startswith("kernels"):
            continue
        for name, base in re.findall(r"^\s*(?:class|struct) (\w+)[^;{(]*?: (?:public |private )?(\w+)\b(?!<)", file.read_text(),
                                     re.MULTILINE):
            if base not in INTERFACES:
                found.append(f"{file.relative_to(root)}: {name} derives from {base}")
    return found


class Rooms(unittest.TestCase):
    def test_every_folder_has_its_floor(self):
        rooms = {room(ROOT, f) for f in sources(ROOT)}
        self.assertEqual(rooms - set(FLOORS) - set(KERNEL_FLOORS), set())

    def test_no_include_runs_up(self):
        self.assertEqual(arrows_up(ROOT), [])

    def test_an_include_that_runs_up_is_found(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            for file, text in {"host/base/low.h": '#include "show/high.h"\n', "host/show/high.h": "",
                               "kernels/cublas/c.h": '#include "fused/f.h"\n', "kernels/fused/f.h": ""}.items():
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                (root / file).write_text(text)
            self.assertEqual(arrows_up(root), ["host/base/low.h includes host/show/high.h",
                                               "kernels/cublas/c.h includes kernels/fused/f.h"])

    def test_no_header_has_a_name_of_the_toolkits(self):
        self.assertEqual([f for f in sources(ROOT) if f.name.lower() in TOOLKIT_HEADERS], [])

    def test_the_step_is_one_concept_and_reads_without_branches_of_the_compiler(self):
        step = (ROOT / "include/ae/step.h").read_text()
        self.assertEqual(len(re.findall(r"^concept ", step, re.MULTILINE)), 1)
        self.assertNotIn("if constexpr", step)

    def test_engines_and_kernels_derive_from_interfaces_alone(self):
        self.assertEqual(derived_from_concrete(ROOT), [])
        with tempfile.TemporaryDirectory() as name:
            file = pathlib.Path(name) / "host/engine/e.h"
            file.parent.mkdir(parents=True)
            file.write_text("class Lt final : public Cublas {};\nclass Own : public Engine {};\n")
            self.assertEqual(derived_from_concrete(pathlib.Path(name)), ["host/engine/e.h: Lt derives from Cublas"])

    def test_an_order_is_made_in_one_place(self):
        self.assertEqual([str(f.relative_to(ROOT)) for f in sources(ROOT)
                          if f.name != "order.h" and re.search(r"\bOrder\{", f.read_text())], [])


if __name__ == "__main__":
    unittest.main()
