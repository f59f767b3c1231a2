"""A task that has one way of being done is done that way alone: reads the sources of host/ line by line."""
import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A pattern that can fail or harm, the files that may hold it, and the way to take instead.
WAYS = [
    (r"\bdump\(", {"base/json_text.h"}, "json_text(): dump() throws where a text is not UTF-8"),
    (r"\bf?printf\(|\bf?puts\(|fmt::print\(|std::(cout|cerr|clog)\b|\bputchar\(", set(),
     "say() or print(): a message that cannot be written is no error, and texts are made printable"),
    (r"\bstderr\b|\bstdout\b", {"base/terminal.cpp"}, "say() or print()"),
    (r"\bSTDERR_FILENO\b", {"base/terminal.cpp", "train/progress.cpp"}, "say() or draw_on_terminal()"),
    (r"\b(signal|sigaction)\(SIG", {"command/process.cpp", "train/signals.cpp"}, "SignalGuard"),
]


def code_of(line):
    """The line without a comment and without texts."""
    return re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]


def strays(host):
    found = []
    for file in sorted(f for f in host.rglob("*") if f.suffix in (".h", ".cpp")):
        name = str(file.relative_to(host))
        for number, line in enumerate(file.read_text().splitlines(), 1):
            for pattern, allowed, instead in WAYS:
                if name not in allowed and re.search(pattern, code_of(line)):
                    found.append(f"{name}:{number}: take {instead}")
    return found


class Ways(unittest.TestCase):
    def test_there_is_one_way(self):
        self.assertEqual(strays(ROOT / "host"), [])

    def test_what_strays_is_found(self):
        with tempfile.TemporaryDirectory() as name:
            host = pathlib.Path(name)
            (host / "a.cpp").write_text('write(document.dump(2));\n// dump( in a comment\nsay("dump(");\n'
                                        'fmt::print(stderr, "x");\nstd::cerr << 1;\nwrite(STDERR_FILENO, "x", 1);\n'
                                        'std::signal(SIGINT, f);\n')
            self.assertEqual([line.split(":")[1] for line in strays(host)], ["1", "4", "4", "5", "6", "7"])


if __name__ == "__main__":
    unittest.main()
