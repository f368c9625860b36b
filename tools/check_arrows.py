#!/usr/bin/env python3
"""Fails when an include goes another way than docs/architecture.md §4 allows.

    check_arrows.py [ROOT]

Reads ROOT/tools/arrows.toml and every source under ROOT/src. Prints one line per finding: file, line, rule,
and what to do instead. Exit status 0 when there is none, 1 when there is, 2 when the rules make no sense.
"""
import pathlib
import re
import sys
import tomllib

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
TEST_FILE = re.compile(r"_(test|bench|fuzz)\.cpp$")


def load_rules(root: pathlib.Path) -> dict:
    rules = tomllib.loads((root / "tools/arrows.toml").read_text())
    folders = rules["folders"]
    for name, folder in folders.items():
        for other in folder["may_include"]:
            if other not in folders:
                raise ValueError(f"arrows.toml: {name} may include {other}, which is no folder")
            if folders[other]["level"] >= folder["level"]:
                raise ValueError(f"arrows.toml: {name} (level {folder['level']}) may include {other} (level "
                                 f"{folders[other]['level']}): arrows must point down")
    return rules


def folder_of(path: str, folders: dict) -> str | None:
    """The longest folder name that `path` lies in; testing/ folders belong to the one around them."""
    parts = path.split("/")[:-1]
    while parts:
        if "/".join(parts) in folders:
            return "/".join(parts)
        parts.pop()
    return None


def check_file(path: pathlib.Path, source: pathlib.Path, rules: dict) -> list[str]:
    folders, libraries = rules["folders"], rules.get("libraries", {})
    relative = path.relative_to(source).as_posix()
    own = folder_of(relative, folders)
    if own is None:
        return [f"src/{relative}:1: unknown-folder: add the folder to tools/arrows.toml"]
    allowed = {own, *folders[own]["may_include"]}
    is_test = bool(TEST_FILE.search(relative)) or "/testing/" in relative
    findings = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, target = match.groups()
        place = f"src/{relative}:{number}"
        if quote == '"':
            other = folder_of(target, folders)
            if other is None:
                findings.append(f'{place}: root-relative: write "folder/file.h" from src/, not "{target}"')
            elif other not in allowed:
                findings.append(f"{place}: arrow: {own} may not include {other}; it may include "
                                f"{', '.join(sorted(allowed - {own})) or 'nothing'}")
            elif "/testing/" in target and not is_test:
                findings.append(f"{place}: testing: only tests may include {target}")
        elif not is_test:
            for library, homes in libraries.items():
                matches = target.startswith(library) if library.endswith("/") else target == library
                if matches and own not in homes:
                    findings.append(f"{place}: library: <{target}> may be included in {', '.join(homes)} only")
    return findings


def check(root: pathlib.Path) -> list[str]:
    rules = load_rules(root)
    source = root / "src"
    findings = []
    for path in sorted(source.rglob("*")):
        if path.suffix in (".h", ".cpp"):
            findings += check_file(path, source, rules)
    return findings


def main() -> int:
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent
    try:
        findings = check(root)
    except ValueError as error:
        print(error)
        return 2
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
