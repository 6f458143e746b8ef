#!/usr/bin/python3
"""The table of operations in docs/ews-library.md says what the tests of other people's clients
call, no more and no less: their lists OPERATIONS are checked against ewsim's count."""
import os
import re
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CLIENTS = {"x": "tests/e2e/test_exchangelib.py", "j": "tests/e2e/ews_js.py",
           "d": "tests/e2e/davmail.py"}


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        return f.read()


def rows():
    """Operations of a row of the table, and what proves it."""
    for line in read("docs/ews-library.md").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 6 and cells[0] != "operation":
            names = [n for n in cells[0].split(", ") if re.fullmatch("[A-Z][a-z][A-Za-z]*", n)]
            if "Item" in names[0]:
                del names[1:]  # "CreateItem, ...": what is created
            yield names, set(cells[5].split())


def main():
    wrong, table = [], list(rows())
    assert len(table) > 40, table
    for letter, path in CLIENTS.items():
        called = set(re.search(r'^OPERATIONS = """(.*?)"""', read(path), re.S | re.M)[1].split())
        told = {name for names, proof in table if letter in proof for name in names}
        wrong += [f"{path}: {name} is not in its row" for name in sorted(called - told)]
        wrong += [f"{path} does not call {name}" for name in sorted(told - called)]
    print("\n".join(wrong) or "ok")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
