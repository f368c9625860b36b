// The search language's words (apis §4.1).
//
// What a character means depends on where it stands: "-" begins a negation before a term and a number behind a colon,
// ":" ends a field's name and is part of a value. So the parser says with each call what it is about to read. Goes
// through the text once; one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "query/search_ast.h"

namespace vizsla::query {

struct SearchToken {
  enum class Kind : std::uint8_t {
    End,
    Open,   // (
    Close,  // )
    And,    // AND or &&
    Or,     // OR or ||
    Not,    // NOT, - or !
    Plus,
    Field,  // a name and its colon; `text` has the name as it was written, with its sigil
    Word,
    Quoted,
    RangeOpen,   // [ or {
    RangeClose,  // ] or }
    To,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Comma,
  };
  Kind kind = Kind::End;
  bool inclusive = false;     // of RangeOpen and RangeClose
  bool blank_before = false;  // white space, or the beginning of the text
  SearchPlace place = 0;
  SearchText text{};
};

class SearchLexer {
 public:
  enum class Mode : std::uint8_t {
    Term,      // where a term, an operator or a parenthesis may stand
    Value,     // right behind a field's colon
    Group,     // inside the parentheses of a field
    Bound,     // inside a range
    Argument,  // inside CIDR( … )
  };

  // Borrows `text`, which must be UTF-8.
  explicit SearchLexer(std::string_view text) : text_(text) {}

  // The next token. InvalidInput, with the place, for what can't begin one: a quote that isn't closed, an escape at the
  // end, a character that has to be escaped.
  Result<SearchToken> next(Mode mode);

 private:
  [[nodiscard]] bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  // Goes over `bytes` bytes, which end between two characters.
  void skip(std::size_t bytes);
  bool skip_blanks();
  Result<SearchToken> quoted(SearchToken token);
  Result<SearchToken> word(SearchToken token, Mode mode);

  std::string_view text_;
  std::size_t at_ = 0;     // in bytes
  SearchPlace place_ = 1;  // of the character there
};

// As much of a text as a message quotes: long enough to be found again in what was written.
std::string shortened(std::string_view text);

// InvalidInput: "<what> (at <place>)".
tl::unexpected<Error> search_error(std::string_view what, SearchPlace place);

}  // namespace vizsla::query
