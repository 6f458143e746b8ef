#!/usr/bin/python3
"""Mutt."""
import common
import mutt

if __name__ == "__main__":
    common.main(lambda: mutt.test("mutt"))
