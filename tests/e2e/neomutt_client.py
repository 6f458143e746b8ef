#!/usr/bin/python3
"""NeoMutt."""
import common
import mutt

if __name__ == "__main__":
    common.main(lambda: mutt.test("neomutt"))
