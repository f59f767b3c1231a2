#!/usr/bin/env python3
"""Finds words on which readers of comments, messages and documents have stumbled; fails if there are any.

    tools/words.py [FILE…]      default: all text files of the project

A line that needs such a word is named in ALLOWED, word for word.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]

# pattern, plain English
WORDS = [
    (r"(?i)\bbehind\b", "after, following"),
    (r"(?i)\bso many\b", "n, this number of"),
    (r"\bstands in (error )?messages\b", "is used in error messages"),
    (r"^\s*///? Of ", "a noun phrase: The loss of …"),
    (r"\"Of [a-z]", "a noun phrase: Activation of …"),
    (r"\banew\b", "again, or a verb with re-"),
    (r"//.*(?<!thing)(?<!what)(?<!ever)(?<!one) else\b(?! if)", "otherwise"),
    (r"\bgo(es)? on with\b", "continue"),
    (r"\blooked at once\b", "used for one evaluation"),
]
TITLE = (r"^(//|#|\"\"\") ?(What|Where|Which|How) ", "a title that is a noun phrase")

ALLOWED = [  # (file, a part of the line)
    (".ci/run", "# What continuous integration runs"),
]

# The words themselves; the record of changes; files of other programs.
SKIPPED = re.compile(r"^(tools/words\.py|CHANGELOG\.md|LICENSE|tools/results/|tests/fuzz/corpus/|tests/golden/)")


def project_files():
    """Tracked and new files; without git, as in an archive, all but what is built."""
    command = ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [ROOT / name for name in sorted(filter(None, listed.stdout.split("\0")))]
    return sorted(p for p in ROOT.rglob("*") if p.relative_to(ROOT).parts[0] not in ("build", "data", "runs", "tour"))


def findings(path):
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
    if SKIPPED.match(name) or not path.is_file():
        return
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return  # not a text
    begin = 1 if lines and lines[0].startswith("#!") else 0
    for number, line in enumerate(lines):
        if any(name == file and part in line for file, part in ALLOWED):
            continue
        for pattern, better in WORDS + ([TITLE] if number == begin else []):
            if found := re.search(pattern, line):
                yield f"{name}:{number + 1}: '{found[0].strip()[:40]}': say {better}\n    {line.strip()}"


def main():
    files = [pathlib.Path(argument).resolve() for argument in sys.argv[1:]] or project_files()
    found = [finding for path in files for finding in findings(path)]
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
