// Regular expressions of settings: Go's, as the Agent takes them, on RE2. Matching is linear in the text whatever the
// expression; there are no look-arounds and no back references (agent-protocol §7).
//
// Go's "(?<name>…)" is read as "(?P<name>…)", which this RE2 doesn't know yet. RE2 is named in the .cpp only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace vizsla::pipeline {

// Immutable and thread-safe once compiled.
class Regex {
 public:
  // InvalidInput says what is wrong with `pattern`.
  static Result<Regex> compile(std::string_view pattern);

  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  // Does it match anywhere in `text`?
  [[nodiscard]] bool search(std::string_view text) const;

  [[nodiscard]] const std::string& pattern() const { return pattern_; }

 private:
  friend class RegexReplacement;

  Regex(std::string pattern, std::unique_ptr<re2::RE2> compiled);

  std::string pattern_;  // as it was given
  std::unique_ptr<re2::RE2> compiled_;
};

// A regular expression and what its matches are replaced by.
//
// The replacement is a template in Go's syntax (regexp.Expand): $1, ${1}, $name and ${name} stand for groups, $$ for a
// dollar; a name is as long as letters, digits and "_" go on, so that "$1x" is the group "1x", which doesn't exist and
// stands for nothing. One thread at a time: the places of groups are kept from call to call.
class RegexReplacement {
 public:
  RegexReplacement(Regex regex, std::string_view replacement);
  RegexReplacement(RegexReplacement&&) noexcept;
  RegexReplacement& operator=(RegexReplacement&&) noexcept;
  ~RegexReplacement();

  // Appends `text` with every match replaced, and gives true; false, and nothing is appended, when nothing matches.
  //
  // Matches don't overlap; an empty one right behind another doesn't count. More than kReplacedBytesMax are never
  // written: a text that would become longer becomes "?". Each match is found in linear time, all of them are not for
  // an expression such as "x(.*y)?", which looks at the whole rest for every x: texts should be bounded before.
  bool replace(std::string_view text, std::string& out);

  static constexpr std::size_t kReplacedBytesMax = 1 << 20;

  [[nodiscard]] const Regex& regex() const { return regex_; }

 private:
  // Text, and then a group.
  struct Piece {
    std::string text;
    int group = -1;  // -1 = none
  };
  struct Match;

  void parse(std::string_view replacement);
  void append_replacement(std::string& out) const;

  Regex regex_;
  std::vector<Piece> pieces_;
  std::unique_ptr<Match> match_;
};

}  // namespace vizsla::pipeline
