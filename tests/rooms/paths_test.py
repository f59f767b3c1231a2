"""Paths are looked at and files are opened in host/file alone, where nothing throws what main() does not expect."""
import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# std::filesystem's questions and acts; the functions of fs::path itself look at nothing.
CALLS = ("absolute canonical copy copy_file copy_symlink create_directories create_directory create_hard_link "
         "create_symlink current_path directory_entry directory_iterator equivalent exists file_size hard_link_count "
         "is_directory is_empty is_regular_file is_symlink is_fifo is_other last_write_time permissions proximate "
         "read_symlink recursive_directory_iterator relative remove remove_all rename resize_file space status "
         "symlink_status temp_directory_path weakly_canonical").split()
THROWING = re.compile(r"\b(?:fs|filesystem)::(?:%s)\b" % "|".join(CALLS))
OPENING = re.compile(r"\b(?:std::ifstream|std::ofstream|std::fstream|fopen|gzopen|png_image_begin_read_from_file)\b")
ALLOWED = {"host/file/paths.cpp": THROWING,  # with error codes, see there
           "host/base/cpu_info.cpp": OPENING}  # the kernel's own files, in a folder that a test may choose
KERNEL_FILES = re.compile(r'"/proc/[a-z/]+"')  # of the kernel's own, which are always there and never wait


def code(file):
    return [re.sub(r"//.*", "", line) for line in file.read_text().splitlines()]


def calls(root):
    """Lines `file:line: call` of host/ that ask std::filesystem, or open a file, at another place."""
    found = []
    for file in sorted((root / "host").rglob("*")):
        if file.suffix not in (".h", ".cpp"):
            continue
        name = str(file.relative_to(root))
        for number, line in enumerate(code(file), 1):
            for pattern in (THROWING, OPENING):
                if pattern is ALLOWED.get(name) or KERNEL_FILES.search(line):
                    continue
                found += [f"{name}:{number}: {call}" for call in pattern.findall(line)]
    return found


class Paths(unittest.TestCase):
    def test_only_one_file_asks_the_file_system(self):
        self.assertEqual(calls(ROOT), [])

    def test_every_call_of_that_file_takes_an_error_code(self):
        text = "\n".join(code(ROOT / "host/file/paths.cpp"))
        for call in THROWING.finditer(text):
            self.assertIn("error", text[call.start():text.index(";", call.start())], call.group())

    def test_a_call_elsewhere_is_found(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            (root / "host/show").mkdir(parents=True)
            (root / "host/show/a.cpp").write_text("if (std::filesystem::exists(p)) {}  // fs::status\n"
                                                  "std::ifstream f(p);\nfs::path q;\n"
                                                  'std::ifstream s("/proc/self/stat");\n')
            self.assertEqual(calls(root), ["host/show/a.cpp:1: filesystem::exists", "host/show/a.cpp:2: std::ifstream"])


if __name__ == "__main__":
    unittest.main()
