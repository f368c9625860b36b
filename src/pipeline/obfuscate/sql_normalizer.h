// The lexer modes: hide literals and leave all else as it stands, or bring the statement into one form (one space
// between tokens, no comments, no aliases, no quotes around names, lists of values as one), or both at once.
//
// Rules: agent-protocol §6.2, in detail those of go-sqllexer 0.2.4. Nothing is refused: of a statement that breaks off,
// the part that can't be told is left as it is.
//
// One thread at a time. Linear; the body of a $func$ is a statement of its own, in which there is no further one.
#pragma once

#include <cstdint>
#include <string_view>

#include "pipeline/obfuscate/sql.h"
#include "pipeline/obfuscate/sql_lexer.h"
#include "pipeline/obfuscate/sql_metadata.h"
#include "pipeline/obfuscate/sql_text.h"

namespace vizsla::pipeline {

class SqlNormalizer {
 public:
  // options.mode isn't Default.
  explicit SqlNormalizer(const SqlOptions& options);

  // The result is valid until the next call.
  ObfuscatedSql obfuscate(std::string_view statement, SqlDialect dialect);

 private:
  // Which statement is read: the one given, or the body of a function in it.
  enum class Part : std::uint8_t { Statement, Body };

  // What hiding remembers: the literal behind a JSON operator may be kept, and the field in EXTRACT(field FROM …) goes.
  struct HidingState {
    bool behind_json_operator = false;
    enum class Extract : std::uint8_t { None, Function, Parenthesis } extract = Extract::None;
  };

  // A token's value as it is written. `text` has padding behind it.
  struct Value {
    SqlLexeme kind;
    std::string_view text;

    [[nodiscard]] bool is(char c) const { return text.size() == 1 && text[0] == c; }
    [[nodiscard]] bool is_name() const { return kind == SqlLexeme::Identifier || kind == SqlLexeme::QuotedIdentifier; }
  };

  // What normalising remembers of the last token that was no comment. Not its text: that may be gone.
  struct Last {
    SqlLexeme kind = SqlLexeme::End;
    char single = 0;           // its text, if that is one byte
    bool ends_in_dot = false;  // and has more than that
    bool table_follows = false;
    std::string_view alias_text;  // AS as it was written
  };

  // A statement that begins with "(" may declare its parameters there (SQL Server), which says nothing about it.
  struct Head {
    bool begun = false;
    bool inside = false;
    bool complete = false;
    bool nothing_behind = false;
    bool has_command = false;
    std::size_t depth = 0;
  };

  struct Normalized {
    SqlBuffer out;
    SqlBuffer head;
  };
  struct State {
    Last last;
    Head head;
    HidingState hiding;
    bool in_values = false;     // within ( ?, ?, … )
    bool behind_colon = false;  // the last token was ":"
    bool name_before_colon = false;
    bool in_table_list = false;  // FROM a, b
  };

  // `text` with its literals hidden, appended without white space around it.
  void hide_literals(std::string_view text, SqlDialect dialect, Part part, SqlBuffer& out);
  // `text` normalised, in into.out; a view of it without what is trimmed at its ends.
  template <Part part>
  std::string_view normalize(std::string_view text, SqlDialect dialect, bool hides, Normalized& into);
  static bool goes_with_values(const SqlLexToken& token, bool hides, Last& last);
  template <Part part>
  void normalize_token(const SqlLexToken& token, Value& value, State& state, Normalized& into);

  enum class Hidden : std::uint8_t { No, Literal, Digits, FuncBody };
  Hidden how_hidden(const SqlLexToken& token, HidingState& state) const;
  [[nodiscard]] bool is_extract_field(const SqlLexToken& token, const HidingState& state) const;
  // $func$ + the body with its literals hidden + $func$.
  std::string_view hide_func_body(std::string_view text, SqlDialect dialect);
  std::string_view normalize_func_body(std::string_view text);

  void collect(const SqlLexToken& token, Value& value, State& state);
  void collect_table(std::string_view name);
  [[nodiscard]] bool loses_quotes(const SqlLexToken& token, const Last& last) const;
  std::string_view without_quotes(std::string_view text);
  // True when the value goes with those before it. May write the comma that was held back.
  static bool joins_values(const Value& value, State& state, SqlBuffer& out);
  void append_space(const Value& value, const State& state, SqlBuffer& out) const;

  const SqlOptions options_;
  const bool collects_;

  SqlBuffer statement_;
  SqlBuffer hidden_;
  SqlBuffer digits_;
  SqlBuffer name_;
  SqlBuffer func_body_;  // padded, to be read
  SqlBuffer func_text_;
  Normalized normalized_;
  Normalized normalized_body_;
  SqlNameList ctes_;
  SqlMetadataCollector metadata_{SqlMetadataCollector::Repeats::Dropped};
};

}  // namespace vizsla::pipeline
