#!/usr/bin/env python3
"""Keeps what fuzzing has found worth keeping, so that the next run begins where the last one ended.

    tools/fuzz_corpora.py keep FUZZERS CORPORA      packs what adds coverage of each CORPORA/<target> into tests/vectors/fuzz/<target>.zip
    tools/fuzz_corpora.py unpack TARGET FOLDER      the files of one target

FUZZERS is the folder of the targets (build/fuzz/fuzzers). Inputs longer than 4 KiB stay out: they are recorded payloads, which
tests/vectors/captures has, and repetitions. The same inputs give the same archive, byte for byte.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

KEPT = pathlib.Path(__file__).resolve().parent.parent / "tests/vectors/fuzz"
INPUT_BYTES_MAX = 4096
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def pack(files: list[pathlib.Path], archive: pathlib.Path) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for file in sorted(files, key=lambda file: file.name):
            out.writestr(zipfile.ZipInfo(file.name, LONG_AGO), file.read_bytes(), zipfile.ZIP_DEFLATED, 9)


def unpack(target: str, folder: pathlib.Path) -> int:
    """How many files there were: 0 for a target of which nothing is kept."""
    archive = KEPT / f"{target}.zip"
    folder.mkdir(parents=True, exist_ok=True)
    if not archive.exists():
        return 0
    with zipfile.ZipFile(archive) as files:
        files.extractall(folder)
        return len(files.namelist())


def keep(fuzzer: pathlib.Path, corpus: pathlib.Path) -> str:
    """Of the short inputs of `corpus`, and of those kept before, the fewest that reach the same code."""
    with tempfile.TemporaryDirectory() as folder:
        short, merged = pathlib.Path(folder, "short"), pathlib.Path(folder, "merged")
        merged.mkdir()
        unpack(fuzzer.name, short)
        for file in corpus.iterdir():
            if file.stat().st_size <= INPUT_BYTES_MAX:
                shutil.copy(file, short)
        subprocess.run([str(fuzzer), "-merge=1", str(merged), str(short)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        files = list(merged.iterdir())
        pack(files, KEPT / f"{fuzzer.name}.zip")
    return f"{fuzzer.name}: {len(files)} inputs, {(KEPT / f'{fuzzer.name}.zip').stat().st_size:,} bytes"


def main(arguments: list[str]) -> int:
    match arguments:
        case ["keep", fuzzers, corpora]:
            for corpus in sorted(pathlib.Path(corpora).iterdir()):
                print(keep(pathlib.Path(fuzzers, corpus.name).resolve(), corpus), flush=True)
        case ["unpack", target, folder]:
            print(f"{unpack(target, pathlib.Path(folder))} files")
        case _:
            print(__doc__)
            return 0 if arguments and arguments[0] in ("-h", "--help") else 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
