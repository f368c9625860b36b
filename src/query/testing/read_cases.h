// Reads the vectors of tests/vectors/search:
//
//   # a comment
//   == Terms           a title for the cases below
//   < service:web      what is read
//   > …                what it is taken for, or
//   >! …               the message with which it is refused
//
// Nothing is unescaped: a backslash is one of the search language.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace vizsla::query::testing {

struct Case {
  std::string place;  // "trees.txt, line 12"
  std::string title;
  std::string input;
  std::string expected;  // behind "> ", or with "!" and the message
};

inline std::vector<Case> read_cases(const std::string& name) {
  std::ifstream file(VIZSLA_VECTORS "/search/" + name);
  EXPECT_TRUE(file.is_open()) << name;
  std::vector<Case> cases;
  std::string title;
  std::string input;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.starts_with("== ")) title = line.substr(3);
    if (line.starts_with('<')) input = line.size() > 2 ? line.substr(2) : "";
    if (!line.starts_with('>')) continue;
    const std::string expected = line.starts_with(">!") ? "!" + line.substr(3) : line.substr(2);
    cases.push_back({fmt::format("{}, line {}", name, number), title, input, expected});
  }
  EXPECT_FALSE(cases.empty()) << name;
  return cases;
}

}  // namespace vizsla::query::testing
