// Reads a statement as the Agent's default tokenizer does: agent-protocol §6.1, "Tokens". It is no parser and follows
// no database; what it takes for a token is what decides which name a statement has, so it is followed in its
// oddities too.
//
// Where the Agent would take a character of several bytes apart (behind "-." without a digit), this keeps it whole.
//
// One thread at a time. Linear. Nothing is allocated once the buffers are large enough.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline/obfuscate/sql.h"
#include "pipeline/obfuscate/sql_text.h"
#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {

// Below 0x80: the character itself. Above: in the Agent's order, since one of its error messages has the number.
enum class SqlKind : std::uint8_t {
  End = 0,
  Error = 128,
  Identifier,
  Limit,
  Null,
  String,
  DoubleQuotedString,
  DollarQuotedString,
  DollarQuotedFunc,
  Number,
  Boolean,
  BindVariable,
  ListBindVariable,  // never seen: "::" is a cast
  Comment,
  Variable,  // %s, %(name)s
  Savepoint,
  PreparedParameter,  // $1
  EscapeSequence,     // {…}
  NullSafeEqual,
  LessOrEqual,
  GreaterOrEqual,
  NotEqual,
  Not,
  As,
  Alter,
  Drop,
  Create,
  Grant,
  Revoke,
  Commit,
  Begin,
  Truncate,
  Select,
  From,
  Update,
  Delete,
  Insert,
  Into,
  Join,
  TableName,
  ColonCast,
  JsonSelect,
  JsonSelectText,
  JsonSelectPath,
  JsonSelectPathText,
  JsonContains,
  JsonContainedBy,
  JsonKeyExists,
  JsonAnyKeyExists,
  JsonAllKeysExist,
  JsonDelete,
  // What the filters make of tokens (sql_statement).
  Groupable,
  GroupableParenthesis,
  Dropped,
  DroppedBracketed,
};

constexpr SqlKind sql_kind(char c) {
  return static_cast<SqlKind>(c);
}

// The Agent's number for it.
constexpr unsigned sql_kind_number(SqlKind kind) {
  const auto value = static_cast<unsigned>(kind);
  return value < 128 ? value : 57346 + value - 128;
}

struct SqlToken {
  SqlKind kind = SqlKind::End;
  bool quoted = false;  // text() still has doubled delimiters and backslashes, or may be blank: see text_of()
  char delimiter = 0;   // of quoted text
  // Two pointers, since a view is copied in one piece, for which the processor waits after two separate writes.
  const char* begin = nullptr;
  const char* end = nullptr;

  // With padding behind it.
  [[nodiscard]] std::string_view text() const { return {begin, static_cast<std::size_t>(end - begin)}; }
};

class SqlTokenizer {
 public:
  struct Options {
    SqlDialect dialect = SqlDialect::Unknown;
    bool literal_escapes = false;  // backslashes stand for themselves
    bool dollar_quoted_func = false;
    bool dollar_bodies = false;  // what is inside $tag$…$tag$ is asked for
  };

  // Reads `statement` from its beginning. The statement has zeros behind it (SqlBuffer::pad) and stays where it is. It
  // is UTF-8; `broken_byte` is the first that isn't, if the statement had to be cut there.
  void start(std::string_view statement, std::optional<std::uint8_t> broken_byte, const Options& options);

  SqlToken next();

  // The text of the token that next() has given last: without delimiters, escapes undone, two delimiters when blank.
  // Valid until the next call.
  std::string_view text_of(const SqlToken& token);

  // A string held a backslash, so that reading the statement again with the other meaning may help.
  [[nodiscard]] bool saw_escape() const { return saw_escape_; }

  // "at position 13: …" of what went wrong first. Only after a token of kind Error.
  [[nodiscard]] std::string error() const;

 private:
  enum class Fault : std::uint8_t {
    None,
    InvalidUtf8,
    UnexpectedByte,
    AfterNot,
    AfterVariable,
    BindVariable,
    StringEnd,
    DollarEnd,
    CommentEnd,
    EscapeEnd,
  };

  [[nodiscard]] SqlToken token(SqlKind kind, const char* begin) const { return {kind, false, 0, begin, at_}; }
  // The next `size` bytes as a token.
  SqlToken take(SqlKind kind, std::size_t size) {
    const char* begin = at_;
    at_ += size;
    return token(kind, begin);
  }
  // `reads_past_end`: how often the Agent's tokenizer has asked for one more character when it gives up at the end; its
  // positions count that. `character`: the one that wasn't expected.
  SqlToken fail(Fault fault, int reads_past_end, char32_t character = 0);

  // Each reads one token, whose first bytes told which. at_ is behind what they say it is.
  SqlToken word(const char* begin);                            // behind its first character
  [[nodiscard]] SqlToken ascii_word(const char* begin) const;  // behind the word
  SqlToken number(const char* begin);                          // behind the sign
  SqlToken fraction(const char* begin);                        // behind the point
  SqlToken line_comment(const char* begin);                    // behind what opens it
  SqlToken block_comment(const char* begin);                   // behind what opens it
  SqlToken quoted(SqlKind kind, char delimiter);
  SqlToken minus();
  SqlToken point_behind_minus();
  SqlToken hash();
  SqlToken colon();
  SqlToken not_sign();
  SqlToken question_mark();
  SqlToken less_than();
  SqlToken percent();
  SqlToken dollar();
  SqlToken dollar_quoted();
  SqlToken opening_brace();
  SqlToken closing_brace();
  SqlToken other();

  // From behind the opening delimiter to behind the closing one; false at the end of the statement. `plain` becomes
  // false when what is between them isn't its own meaning.
  bool pass_quoted(char delimiter, bool& plain);
  void pass_character() { at_ += at_ == end_ ? 0 : sql_character(at_, end_).size; }
  void pass_digits() {
    while (is_ascii_digit(*at_)) ++at_;
  }
  void pass_exponent();
  void pass_unseen();
  [[nodiscard]] bool letter_follows() const;  // "letter" of §6.1 at at_
  [[nodiscard]] char32_t character() const;   // at at_; beyond Unicode at the end
  [[nodiscard]] std::int64_t position(int reads_past_end) const;
  [[nodiscard]] bool is(SqlDialect dialect) const { return options_.dialect == dialect; }

  const char* begin_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::optional<std::uint8_t> broken_byte_;
  Options options_;
  bool saw_escape_ = false;
  std::size_t open_braces_ = 0;
  const char* lost_ = nullptr;       // see minus()
  std::int64_t position_shift_ = 0;  // see minus()

  Fault fault_ = Fault::None;
  std::int64_t fault_position_ = 0;
  char32_t fault_character_ = 0;

  SqlBuffer text_;              // of the last quoted token
  SqlBuffer dollar_delimiter_;  // of the last $tag$…$tag$, and what is inside
  SqlBuffer dollar_body_;
};

}  // namespace vizsla::pipeline
