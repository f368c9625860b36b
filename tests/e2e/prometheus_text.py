"""Prometheus' text format 0.0.4, read strictly: what a lenient reader would mend is refused here."""
import re

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(,|$)')
SAMPLE = re.compile(r"([^ {]+)(?:\{([^\n]*)\})? ([^ ]+)")
TYPES = ("counter", "gauge", "histogram", "summary", "untyped")

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parse(text: str) -> Samples:
    """(name, labels) → value. AssertionError, with the line, for anything that the format doesn't allow.

    Stricter than the format in what it calls good practice: HELP and TYPE come first and once, a family's lines stand
    together, and counters, and only they, end in `_total`.
    """
    assert text.endswith("\n"), "the last line has no end"
    samples: Samples = {}
    types: dict[str, str] = {}
    family, helped = "", ""
    for number, line in enumerate(text[:-1].split("\n"), 1):
        where = f"line {number}: {line}"
        if line.startswith("# HELP "):
            helped, _, help = line[7:].partition(" ")
            assert NAME.fullmatch(helped) and helped not in types and help.strip(), where
            assert not re.search(r"\\(?![\\n])", help), where
        elif line.startswith("# TYPE "):
            family, _, type = line[7:].partition(" ")
            assert family == helped and family not in types and type in TYPES, where
            assert (type == "counter") == family.endswith("_total"), where
            types[family] = type
        else:
            match = SAMPLE.fullmatch(line)
            assert match, where
            name, labels, value = match[1], match[2], float(match[3])
            assert name == family, where  # this server has neither histograms nor summaries
            key = (name, frozenset(_labels(labels or "", where)))
            assert key not in samples, where
            assert types[name] != "counter" or value >= 0, where
            samples[key] = value
    assert helped == family, f"{helped} has a HELP line only"
    return samples


def _labels(text: str, where: str) -> list[tuple[str, str]]:
    labels = []
    while text:
        match = LABEL.match(text)
        assert match and (match[3] == "" or match.end() < len(text)), where
        labels.append((match[1], re.sub(r"\\(.)", lambda escaped: {"n": "\n"}.get(escaped[1], escaped[1]), match[2])))
        text = text[match.end():]
    names = [name for name, _ in labels]
    assert len(set(names)) == len(names) and all(not name.startswith("__") for name in names), where
    return labels
