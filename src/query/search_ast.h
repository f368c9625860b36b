// The search language as a tree: what was written, not yet what it means for spans.
//
// The whole language has its place here (apis §4.1), also what nothing answers yet: who turns a tree into a plan says
// what that is (search_plan.h). Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vizsla::query {

// Where something stands in the text, in characters, the first of which is 1.
using SearchPlace = std::uint32_t;

// A word, or a text between quotes; escapes are resolved.
struct SearchText {
  std::string text{};
  std::vector<std::uint32_t> wildcards{};  // which bytes of it are a * or ? that stands for others, ascending
  bool quoted = false;
  SearchPlace place = 0;
};

struct SearchField {
  enum class Kind : std::uint8_t {
    Plain,       // service:…
    Attribute,   // @http.method:…
    Calculated,  // #calculated:…
    All,         // *:…
  };
  Kind kind = Kind::Plain;
  std::string name{};  // without @ or #
  SearchPlace place = 0;
};

// One end of a range.
struct SearchBound {
  std::optional<SearchText> value{};  // without: it goes on for ever
  bool inclusive = true;
};

struct SearchNode {
  enum class Kind : std::uint8_t {
    Everything,
    And,     // two or more children
    Or,      // two or more children
    Not,     // one child
    Is,      // `field` is `text`
    Exists,  // `field` is there
    Within,  // `field` lies between `low` and `high`: a range, or a comparison
    Words,   // free text
    Cidr,    // `field` is an address in one of `blocks`
  };
  Kind kind = Kind::Everything;
  SearchPlace place = 0;  // of what makes it what it is: of And and Or the first operator
  std::vector<SearchNode> children{};
  SearchField field{};
  SearchText text{};
  SearchBound low{};
  SearchBound high{};
  std::vector<std::string> blocks{};
};

}  // namespace vizsla::query
