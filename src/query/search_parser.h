// The search language's grammar (apis §4.1): text → tree. Understands all of it, whether or not it can be answered.
//
//   a b         both            a OR b, a || b    either         (a OR b) c   as in arithmetic: AND binds tighter
//   -a  NOT a   without         field:value       @attribute:value           field:(x OR y)   field:>1   field:[1 TO 2]
//
// Pure. What it takes is bounded, in length, depth and number of terms, so that a tree is walked without looking out.
#pragma once

#include <string_view>

#include "base/result.h"
#include "query/search_ast.h"

namespace vizsla::query {

// Written by people or made from lists of ids; whoever needs more asks twice.
inline constexpr std::size_t kSearchBytesMax = 16 << 10;
// Of parentheses in each other. What walks a tree calls itself as often.
inline constexpr std::size_t kSearchDepthMax = 100;
// Each one is compared with every span that the others leave.
inline constexpr std::size_t kSearchTermsMax = 500;

// The empty text is Everything. InvalidInput says what was expected, and where: "(at 12)" is the twelfth character.
Result<SearchNode> parse_search(std::string_view text);

}  // namespace vizsla::query
