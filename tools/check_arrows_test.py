#!/usr/bin/env python3
"""check_arrows.py on small trees, each of which breaks one rule."""
import pathlib
import tempfile
import unittest

import check_arrows

RULES = """
[folders.base]
level = 0
may_include = []
[folders.http]
level = 1
may_include = ["base"]
[folders.store]
level = 2
may_include = ["base"]
[folders."store/embedded"]
level = 3
may_include = ["store", "base"]
[libraries]
"duckdb.h" = ["store/embedded"]
"boost/" = ["http"]
"""


class CheckArrowsTest(unittest.TestCase):
    def findings(self, files: dict[str, str], rules: str = RULES) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {"tools/arrows.toml": rules, **files}.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return check_arrows.check(root)

    def test_lets_allowed_arrows_pass(self):
        self.assertEqual(self.findings({
            "src/store/embedded/a.cpp": '#include "store/b.h"\n#include "base/c.h"\n#include <duckdb.h>\n#include <vector>\n',
            "src/store/b.h": '#include "base/c.h"\n',
            "src/http/s.cpp": "#include <boost/asio.hpp>\n",
        }), [])

    def test_finds_an_arrow_that_points_up(self):
        found = self.findings({"src/store/b.h": '\n#include "store/embedded/a.h"\n'})
        self.assertEqual(len(found), 1)
        self.assertIn("src/store/b.h:2: arrow: store may not include store/embedded", found[0])

    def test_finds_an_arrow_to_the_side(self):
        self.assertIn("http may not include store", self.findings({"src/http/s.cpp": '#include "store/b.h"\n'})[0])

    def test_finds_a_library_where_it_does_not_belong(self):
        self.assertIn("library: <duckdb.h>", self.findings({"src/store/b.cpp": "#include <duckdb.h>\n"})[0])
        self.assertIn("library: <boost/asio.hpp>", self.findings({"src/base/b.cpp": "#include <boost/asio.hpp>\n"})[0])

    def test_finds_includes_that_are_not_root_relative(self):
        self.assertIn("root-relative", self.findings({"src/base/b.cpp": '#include "c.h"\n'})[0])

    def test_keeps_testing_code_in_tests(self):
        self.assertIn("testing:", self.findings({"src/http/s.cpp": '#include "base/testing/fake.h"\n'})[0])
        self.assertEqual(self.findings({
            "src/http/s_test.cpp": '#include "base/testing/fake.h"\n',
            "src/http/testing/x.h": '#include "base/testing/fake.h"\n',
        }), [])

    def test_finds_folders_without_a_rule(self):
        self.assertIn("unknown-folder", self.findings({"src/new/x.cpp": ""})[0])

    def test_refuses_rules_that_allow_a_cycle(self):
        for broken in (RULES.replace("level = 2", "level = 0"), RULES + '[folders.x]\nlevel = 1\nmay_include = ["nothing"]\n'):
            with self.assertRaises(ValueError):
                self.findings({}, broken)


if __name__ == "__main__":
    unittest.main()
