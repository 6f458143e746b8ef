#!/usr/bin/python3
"""Holds the code to docs/architecture.md: the include table, who may use which library, banned
calls, headers that compile alone, layout by clang-format. Prints each breach, exits 1 on any."""
import os, re, shutil, subprocess, sys
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
os.chdir(TOP)

# Who may include whom; 'bridge/mime' is pure and may be used by the test double too.
MAY = {
    'base': {'base'},
    'ews': {'base', 'ews'},
    'bridge/mime': {'base', 'bridge/mime'},
    'bridge': {'base', 'ews', 'bridge', 'bridge/mime'},
    'imapfront': {'base', 'bridge', 'bridge/mime', 'imapfront'},
    'calendar': {'base', 'bridge', 'bridge/mime', 'calendar'},
    'tests/ewsim': {'base', 'bridge/mime', 'tests/ewsim'},
}
MAIN = re.compile(r'bridge/(main|cmd_\w+)\.c$')  # see everything
# Header of a library -> files that may include it.
LIBRARIES = {
    r'sqlite3\.h': r'bridge/store\w*\.[ch]$',
    r'curl/': r'ews/(call\w*|autodiscover\w*|oauth\w*)\.c$',
    r'libxml/': r'(ews|tests/ewsim|tests/unit|tests/fuzz)/',
    r'libical/': r'(calendar|contacts|tests/unit/calendar)/',
    r'openssl/': r'base/(crypto|tls)\.c$',
    r'zlib\.h': r'(base/deflate\.c$|tests/ewsim/|tests/unit/ews/)',
    r'zstd\.h': r'base/pack\.c$',
    r'ini\.h': r'bridge/config\.c$',
    r'unicode/': r'(bridge/mime|calendar|bridge/store\w*|tests/ewsim|tests/unit/calendar)',
}
# Headers that are included from outside of their module.
PUBLIC = set()
BANNED = re.compile(r'(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|strtok|strtok_r|atoi|atol|atof|'
                    r'gets|alloca|setlocale|localtime|localtime_r)\s*\(')
STRTO = re.compile(r'(?<![\w.>])strto(l|ul|ll|ull|d|f|imax|umax)\s*\(')

bad = []

def complain(path, line, text):
    bad.append(f'{path}:{line}: {text}')

def module(path):
    for m in sorted(MAY, key=len, reverse=True):
        if path.startswith(m + '/'):
            return m
    return None

def without_comments_and_strings(text):
    keep = lambda m: re.sub(r'[^\n]', ' ', m.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', keep, text, flags=re.S)

def check_includes(path, text):
    mine = module(path)
    for n, line in enumerate(text.split('\n'), 1):
        m = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not m:
            continue
        quoted, target = m.group(1) == '"', m.group(2)
        for lib, users in LIBRARIES.items():
            if re.match(lib, target) and not re.match(users, path):
                complain(path, n, f'<{target}> belongs to {users}')
        if not quoted:
            if path in PUBLIC and any(re.match(l, target) for l in LIBRARIES):
                complain(path, n, 'other modules include this: it may not need a library')
            continue
        if '/' not in target:
            complain(path, n, f'"{target}": write the path from the top')
        theirs = module(target)
        if mine and not MAIN.search(path) and theirs and theirs not in MAY[mine]:
            complain(path, n, f'{mine} may not include {theirs}')

def check_text(path, text):
    code = without_comments_and_strings(text)
    for n, line in enumerate(code.split('\n'), 1):
        m = BANNED.search(line)
        if m:
            complain(path, n, f'{m.group(1)}() is banned')
        if STRTO.search(line) and path != 'base/num.c':
            complain(path, n, 'numbers are read by base/num.h')
        if re.match(r'typedef\s+(struct|enum|union)\b', line):
            complain(path, n, 'structs have tags, no typedef')
    if path.endswith('.h'):
        guard = re.sub(r'[/.-]', '_', path).upper().replace('TESTS_EWSIM', 'EWSIM')
        if not re.search(r'#ifndef \w*' + re.escape(guard.rsplit('/', 1)[-1].split('_')[-2]), text):
            complain(path, 1, f'no include guard like {guard}')
    elif not text.lstrip().startswith(('/*', '#define')):
        complain(path, 1, 'a .c file opens by saying what it does')

def check_header(path):
    flags = ['-fsyntax-only', '-std=c17', '-D_POSIX_C_SOURCE=200809L', '-D_DEFAULT_SOURCE', '-I.', '-isystem', '/usr/include/libxml2']
    r = subprocess.run(['gcc', *flags, '-x', 'c', '-'], input=f'#include "{path}"\n',
                       capture_output=True, text=True)
    if r.returncode:
        complain(path, 1, 'does not compile alone: ' + r.stderr.split('\n')[0])

def check_layout(path):
    r = subprocess.run(['clang-format', '--dry-run', '-Werror', path], capture_output=True, text=True)
    if r.returncode:
        complain(path, 1, 'not in the layout of clang-format')

files = [f for f in subprocess.run(['git', 'ls-files', '*.c', '*.h'], capture_output=True, text=True,
                                   check=True).stdout.split('\n') if f and os.path.exists(f)]
for f in files:
    with open(f, encoding='utf-8') as handle:
        for target in re.findall(r'#include "([^"]+)"', handle.read()):
            # The store's own tests look into it.
            if module(target) != module(f) and not f.startswith('tests/unit/store/'):
                PUBLIC.add(target)
for f in files:
    with open(f, encoding='utf-8') as handle:
        text = handle.read()
    check_includes(f, text)
    check_text(f, text)
with ThreadPoolExecutor(2) as pool:
    list(pool.map(check_header, [f for f in files if f.endswith('.h')]))
    if shutil.which('clang-format'):
        list(pool.map(check_layout, files))
print('\n'.join(sorted(bad)) or f'{len(files)} files, no breach')
sys.exit(1 if bad else 0)
