// Reads a statement as the lexer modes of the Agent do (agent-protocol §6.2): the rules of the library go-sqllexer, as
// of its version 0.2.4. Unlike sql_tokenizer it refuses nothing: what isn't closed is an Error token to the end.
//
// Two differences: a parameter's name that isn't ASCII stays whole (@größe), and the tag of a dollar-quoted string that
// isn't ASCII never closes it.
//
// A zero ends the statement. One thread at a time. Linear; allocates nothing.
#pragma once

#include <cstdint>
#include <string_view>

#include "pipeline/obfuscate/sql.h"
#include "pipeline/obfuscate/sql_text.h"

namespace vizsla::pipeline {

enum class SqlLexeme : std::uint8_t {
  End,
  Error,
  String,
  Number,
  Identifier,
  QuotedIdentifier,
  Function,  // an identifier with "(" right behind it
  Operator,
  JsonOperator,
  Wildcard,
  Punctuation,
  Comment,
  DollarQuotedFunc,  // $func$…$func$
  DollarQuotedString,
  PositionalParameter,
  BindParameter,
  SystemVariable,
  Unknown,
  Command,
  Keyword,
  Boolean,
  Null,
  ProcedureIndicator,
  CteIndicator,    // WITH
  AliasIndicator,  // AS
};

struct SqlLexToken {
  SqlLexeme kind = SqlLexeme::End;
  bool table_follows = false;  // FROM, INTO, …
  bool has_digits = false;     // of identifiers
  bool is_simple = false;      // of quoted identifiers: would be an identifier without the quotes, too
  bool has_space = false;      // of quoted identifiers
  // A part of the statement, with its quotes. Two pointers, as in SqlToken.
  const char* begin = nullptr;
  const char* end = nullptr;

  [[nodiscard]] std::string_view text() const { return {begin, static_cast<std::size_t>(end - begin)}; }
};

class SqlLexer {
 public:
  // The statement has zeros behind it (SqlBuffer::pad) and stays where it is.
  SqlLexer(std::string_view statement, SqlDialect dialect)
      : at_(statement.data()), end_(at_ + statement.size()), dialect_(dialect) {}

  // White space between tokens is passed over.
  SqlLexToken next();

  // Behind the last token; once that was End, where the statement ends.
  [[nodiscard]] const char* position() const { return at_; }

 private:
  [[nodiscard]] SqlLexToken token(SqlLexeme kind, const char* begin) const {
    return {.kind = kind, .begin = begin, .end = at_};
  }
  SqlLexToken take(SqlLexeme kind, std::size_t size) {
    const char* const begin = at_;
    at_ += size;
    return token(kind, begin);
  }

  SqlLexToken word();
  SqlLexToken identifier(const char* begin);
  SqlLexToken quoted_identifier(char opening, char closing);
  SqlLexToken string(char delimiter);
  SqlLexToken number();
  SqlLexToken signed_number();
  SqlLexToken decimal(const char* begin);
  SqlLexToken operators();
  SqlLexToken line_comment(std::size_t opening);
  SqlLexToken block_comment();
  SqlLexToken dollar();
  SqlLexToken dollar_quoted();
  SqlLexToken at_sign();
  SqlLexToken parameter(SqlLexeme kind, std::size_t opening);
  SqlLexToken beyond_ascii();

  // Bytes of the letter or digit (or number beyond ASCII) at `at`; 0 when there is none.
  [[nodiscard]] std::size_t alphanumeric_at(const char* at) const;
  [[nodiscard]] bool letter_at(const char* at) const;
  [[nodiscard]] bool is(SqlDialect dialect) const { return dialect_ == dialect; }

  const char* at_;
  const char* const end_;
  const SqlDialect dialect_;
};

}  // namespace vizsla::pipeline
