// Reads the text vectors of tests/vectors/obfuscate:
//
//   # a comment
//   == json keep_values=a,b        what the cases below are put through, and its settings
//   < {"a": 1, "c": 2}             input
//   > {"a":1,"c":"?"}              what must come out
//
// In inputs and outputs \n, \r, \t, \\ and \xHH stand for bytes.
#pragma once

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline::testing {

struct TextVector {
  std::string place;  // "redis.txt, line 12"
  std::string function;
  std::map<std::string, std::string, std::less<>> settings;
  std::string input;
  std::string expected;

  [[nodiscard]] bool is_on(std::string_view setting) const { return settings.contains(setting); }

  // The values of a setting that is a list.
  [[nodiscard]] std::vector<std::string> list(std::string_view setting) const {
    std::vector<std::string> values;
    const auto found = settings.find(setting);
    if (found == settings.end()) return values;
    std::string_view rest = found->second;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      values.emplace_back(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return values;
  }
};

inline std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      out += text[at];
      continue;
    }
    const char c = text[++at];
    if (c == 'x') {
      VIZSLA_CHECK(at + 2 < text.size());
      out += static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
      at += 2;
    } else {
      out += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
    }
  }
  return out;
}

inline std::vector<TextVector> read_text_vectors(const std::string& folder, const std::string& file) {
  std::ifstream in(folder + "/" + file);
  VIZSLA_CHECK(in.is_open());
  std::vector<TextVector> vectors;
  TextVector next;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const std::string_view content = line.size() > 2 ? std::string_view(line).substr(2) : std::string_view();
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("== ")) {
      next.settings.clear();
      std::string_view rest = std::string_view(line).substr(3);
      for (bool first = true; !rest.empty(); first = false) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        const std::size_t equals = std::min(word.find('='), word.size());
        if (first) {
          next.function = word;
        } else {
          next.settings[std::string(word.substr(0, equals))] = word.substr(std::min(equals + 1, word.size()));
        }
      }
    } else if (line[0] == '<') {
      next.input = unescape(content);
    } else {
      VIZSLA_CHECK(line[0] == '>');
      next.expected = unescape(content);
      next.place = file + ", line " + std::to_string(number);
      vectors.push_back(next);
    }
  }
  return vectors;
}

}  // namespace vizsla::pipeline::testing
