"""README.md: short, its train_step is the one of include/ae/step.h, and every link of a document leads somewhere."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md")] + sorted(
    path for folder in ("host", "kernels", "tests", "tools") for path in (ROOT / folder).rglob("*.md"))


class Readme(unittest.TestCase):
    def test_is_read_in_one_sitting(self):
        self.assertLessEqual(len(README.splitlines()), 150)

    def test_shows_the_training_step_as_it_is(self):
        shown = re.search(r"```cpp\n(/// One step of training\.\n.*?)```", README, re.DOTALL)
        self.assertIsNotNone(shown)
        self.assertIn(shown[1], (ROOT / "include/ae/step.h").read_text(encoding="utf-8"))

    def test_links_lead_to_files(self):
        links = [(document, target) for document in DOCUMENTS
                 for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
                 if "://" not in target]
        self.assertGreater(len(links), 20)
        for document, target in links:
            self.assertTrue((document.parent / target).exists(), f"{document.relative_to(ROOT)}: {target}")

    def test_links_to_a_heading_lead_to_one(self):
        """GitHub makes a heading's anchor of its words in small letters with - between them, without punctuation."""
        links = [(document, target, anchor) for document in DOCUMENTS
                 for target, anchor in re.findall(r"\]\(([^)#]*\.md)?#([^)]+)\)", document.read_text(encoding="utf-8"))]
        self.assertGreater(len(links), 4)
        for document, target, anchor in links:
            text = (document.parent / target if target else document).read_text(encoding="utf-8")
            headings = re.findall("^#+ (.*)$", text, re.MULTILINE)
            anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
            self.assertIn(anchor, anchors, f"{document.relative_to(ROOT)}: {target}#{anchor}")


if __name__ == "__main__":
    unittest.main()
