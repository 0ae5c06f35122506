#!/usr/bin/env python3
"""apply.py MUTANTS SOURCE_DIR NAME OUT: writes the source file with the mutant's bug planted.

Fails loudly when the text to be replaced does not stand in the file exactly once: the core has moved on, and the mutant
must follow.
"""
import re
import sys


def load(path):
    mutants = {}
    with open(path, encoding="utf-8") as lines:
        text = "".join(line for line in lines if not line.startswith("#"))
    for part in re.split(r"^== ", text, flags=re.MULTILINE)[1:]:
        head, body = part.split("\n", 1)
        name, file = head.split()[:2]
        old, new = re.split(r"^--$", body, maxsplit=1, flags=re.MULTILINE)
        mutants[name] = (file, old.split(), new.strip("\n"))
    return mutants


def main():
    mutants_path, source_dir, name, out = sys.argv[1:]
    file, old, new = load(mutants_path)[name]
    with open(f"{source_dir}/{file}", encoding="utf-8") as source:
        text = source.read()
    found = list(re.finditer(r"\s+".join(map(re.escape, old)), text))
    if len(found) != 1:
        sys.exit(f"mutant {name}: its text stands {len(found)} times in {file}, not once; bring mutants.txt up to date")
    at = found[0]
    with open(out, "w", encoding="utf-8") as target:
        target.write(text[: at.start()] + new + text[at.end() :])


main()
