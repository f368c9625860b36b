#!/usr/bin/env python3
"""Makes what builds a folder of files into a binary.

    embed_files.py FOLDER OUT

Writes OUT/ui_files.S, which holds the bytes, and OUT/ui_files_table.cpp, which defines
vizsla::api::ui_files(). FOLDER/x.gz and FOLDER/x.br are taken as compressed forms of FOLDER/x.
"""
import pathlib
import sys

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


def main() -> None:
    folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix not in (".gz", ".br", ".map"))

    assembly = ['    .section .rodata']
    table = []
    declarations = []
    count = 0

    def embed(path: pathlib.Path) -> str:
        nonlocal count
        if not path.exists():
            return "{}"
        name = f"vizsla_ui_file_{count}"
        count += 1
        assembly.append(f'    .global {name}\n    .balign 16\n{name}:\n    .incbin "{path}"')
        declarations.append(f"extern const unsigned char {name}[];")
        return f"{{{name}, {path.stat().st_size}}}"

    for path in paths:
        kind = CONTENT_TYPES.get(path.suffix, "application/octet-stream")
        forms = [path, path.with_name(path.name + ".gz"), path.with_name(path.name + ".br")]
        table.append(f'    {{"/{path.relative_to(folder)}", "{kind}", ' + ", ".join(embed(form) for form in forms) + "},")

    assembly.append('    .section .note.GNU-stack,"",@progbits\n')
    (out / "ui_files.S").write_text("\n".join(assembly))
    (out / "ui_files_table.cpp").write_text(
        '#include "api/ui_files.h"\n\nextern "C" {\n' + "\n".join(declarations) + "\n}\n\n"
        "namespace vizsla::api {\nnamespace {\n\nconst UiFile kFiles[] = {\n" + "\n".join(table) + "\n};\n\n"
        "}  // namespace\n\nstd::span<const UiFile> ui_files() { return kFiles; }\n\n}  // namespace vizsla::api\n")


if __name__ == "__main__":
    main()
