#!/usr/bin/env python3
"""Turns the numbered SQL files into C: embed.py OUTPUT FILE..."""
import os
import re
import sys

out = ['/* Made by schema/embed.py. */', '#include "bridge/store_schema.h"', '']
rows = []
for path in sorted(sys.argv[2:]):
    name = os.path.basename(path)
    which, number = re.fullmatch(r'(ledger|cache|text)_(\d{4})_\w+\.sql', name).groups()
    with open(path, 'rb') as f:
        data = f.read() + b'\0'
    out.append(f'static const char {which}_{number}[] = {{')
    for i in range(0, len(data), 24):
        out.append('\t' + ','.join(str(b) for b in data[i:i + 24]) + ',')
    out.append('};')
    rows.append((which, number))
for which in ('ledger', 'cache', 'text'):
    out.append(f'const struct store_schema store_schema_{which}[] = {{')
    out += [f'\t{{ {int(n)}, {w}_{n} }},' for w, n in rows if w == which]
    out.append('\t{ 0, 0 },\n};')
with open(sys.argv[1], 'w') as f:
    f.write('\n'.join(out) + '\n')
