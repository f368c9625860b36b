#include "pipeline/obfuscate/sql_lexer.h"

#include <array>

#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {
namespace {

struct Meaning {
  SqlLexeme kind = SqlLexeme::End;
  bool table_follows = false;
};

constexpr auto kWords = [] {
  constexpr Meaning kCommand{SqlLexeme::Command, false};
  constexpr Meaning kCommandOnTable{SqlLexeme::Command, true};
  constexpr Meaning kKeyword{SqlLexeme::Keyword, false};
  constexpr Meaning kKeywordBeforeTable{SqlLexeme::Keyword, true};
  return std::to_array<SqlWordEntry<Meaning>>({
      {"ALTER", kCommand},
      {"BEGIN", kCommand},
      {"CLONE", kCommandOnTable},
      {"COMMIT", kCommand},
      {"CREATE", kCommand},
      {"DELETE", kCommand},
      {"DROP", kCommand},
      {"EXEC", kCommand},
      {"EXECUTE", kCommand},
      {"EXPLAIN", kCommand},
      {"GRANT", kCommand},
      {"INSERT", kCommand},
      {"JOIN", kCommandOnTable},
      {"MERGE", kCommand},
      {"REVOKE", kCommand},
      {"SELECT", kCommand},
      {"STRAIGHT_JOIN", kCommandOnTable},
      {"TRUNCATE", kCommand},
      {"UPDATE", kCommandOnTable},
      {"USE", kCommand},
      {"VACUUM", kCommand},

      {"ADD", kKeyword},
      {"ALL", kKeyword},
      {"ANALYZE", kKeyword},
      {"AND", kKeyword},
      {"ANY", kKeyword},
      {"ASC", kKeyword},
      {"ASSERTION", kKeyword},
      {"BETWEEN", kKeyword},
      {"BY", kKeyword},
      {"CASE", kKeyword},
      {"CHECK", kKeyword},
      {"CLUSTER", kKeyword},
      {"COLUMN", kKeyword},
      {"CONSTRAINT", kKeyword},
      {"COPY", kKeyword},
      {"CUBE", kKeyword},
      {"DATABASE", kKeyword},
      {"DECLARE", kKeyword},
      {"DEFAULT", kKeyword},
      {"DESC", kKeyword},
      {"DISTINCT", kKeyword},
      {"DOMAIN", kKeyword},
      {"ELSE", kKeyword},
      {"END", kKeyword},
      {"ESCAPE", kKeyword},
      {"EXISTS", kKeywordBeforeTable},
      {"FOREIGN", kKeyword},
      {"FROM", kKeywordBeforeTable},
      {"GROUP", kKeyword},
      {"HAVING", kKeyword},
      {"IF", kKeyword},
      {"ILIKE", kKeyword},
      {"IN", kKeyword},
      {"INDEX", kKeyword},
      {"INNER", kKeyword},
      {"INTO", kKeywordBeforeTable},
      {"IS", kKeyword},
      {"KEY", kKeyword},
      {"LATERAL", kKeyword},
      {"LEFT", kKeyword},
      {"LIKE", kKeyword},
      {"LIMIT", kKeyword},
      {"LITERAL", kKeyword},
      {"NOT", kKeyword},
      {"OF", kKeyword},
      {"OFFSET", kKeyword},
      {"ON", kKeyword},
      {"ONLY", kKeywordBeforeTable},
      {"OR", kKeyword},
      {"ORDER", kKeyword},
      {"OUT", kKeyword},
      {"OUTER", kKeyword},
      {"PLPGSQL", kKeyword},
      {"PRIMARY", kKeyword},
      {"RECURSIVE", kKeyword},
      {"REPLACE", kKeyword},
      {"RETURNING", kKeyword},
      {"RETURNS", kKeyword},
      {"RIGHT", kKeyword},
      {"ROLLBACK", kKeyword},
      {"ROLLUP", kKeyword},
      {"ROWNUM", kKeyword},
      {"SET", kKeyword},
      {"SKIP", kKeyword},
      {"SOME", kKeyword},
      {"TABLE", kKeywordBeforeTable},
      {"TEMPORARY", kKeyword},
      {"TOP", kKeyword},
      {"TRIGGER", kKeyword},
      {"UNION", kKeyword},
      {"UNIQUE", kKeyword},
      {"UNLOGGED", kKeyword},
      {"USING", kKeyword},
      {"VALUES", kKeyword},
      {"VIEW", kKeyword},
      {"WHERE", kKeyword},
      {"WINDOW", kKeyword},

      {"FALSE", {SqlLexeme::Boolean, false}},
      {"TRUE", {SqlLexeme::Boolean, false}},
      {"NULL", {SqlLexeme::Null, false}},
      {"PROC", {SqlLexeme::ProcedureIndicator, false}},
      {"PROCEDURE", {SqlLexeme::ProcedureIndicator, false}},
      {"WITH", {SqlLexeme::CteIndicator, false}},
      {"AS", {SqlLexeme::AliasIndicator, false}},
  });
}();
constexpr SqlWordTable<Meaning, kWords.size()> kMeanings(kWords);
constexpr std::size_t kWordBytesMax = 13;

// Classes of ASCII characters, to be combined.
constexpr int kLetter = 1;        // and _
constexpr int kInIdentifier = 2;  // what an identifier goes on with
constexpr int kOperator = 4;
constexpr int kPunctuation = 8;
constexpr int kSpace = 16;
constexpr int kDigit = 32;

constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  const auto add = [&](std::string_view characters, int traits) {
    for (const char c : characters) classes[static_cast<std::uint8_t>(c)] |= static_cast<std::uint8_t>(traits);
  };
  add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", kLetter | kInIdentifier);
  add("0123456789", kDigit | kInIdentifier);
  add("\".?$#/@!", kInIdentifier);
  add("+-*/=<>!&|^%~?@:#", kOperator);
  add("(),;.:[]{}", kPunctuation);
  add(" \t\n\r", kSpace);
  return classes;
}();

bool is_of(char c, int classes) {
  return (kClasses[static_cast<std::uint8_t>(c)] & classes) != 0;
}

bool is_ascii(char c) {
  return static_cast<std::uint8_t>(c) < 0x80;
}

bool is_sign(char c) {
  return c == '+' || c == '-';
}

}  // namespace

SqlLexToken SqlLexer::next() {
  while (is_of(*at_, kSpace)) ++at_;
  const char c = *at_;
  if (is_of(c, kLetter)) return word();
  if (is_ascii_digit(c)) return number();
  switch (c) {
    case 0:
      return {};
    case '"':
      return is(SqlDialect::MySql) ? string(c) : quoted_identifier(c, c);
    case '\'':
      return string(c);
    case '+':
    case '-':
      if (c == '-' && at_[1] == '-') return line_comment(2);
      return is_ascii_digit(at_[1]) || at_[1] == '.' ? signed_number() : operators();
    case '/':
      return at_[1] == '*' ? block_comment() : operators();
    case '*':
      return take(SqlLexeme::Wildcard, 1);
    case '$':
      return dollar();
    case ':':
      return is(SqlDialect::Oracle) && alphanumeric_at(at_ + 1) > 0 ? parameter(SqlLexeme::BindParameter, 1)
                                                                    : operators();
    case '`':
      return is(SqlDialect::MySql) ? quoted_identifier(c, c) : take(SqlLexeme::Unknown, 1);
    case '#':
      if (is(SqlDialect::SqlServer)) return identifier(at_);
      return is(SqlDialect::MySql) ? line_comment(1) : operators();
    case '@':
      return at_sign();
    case '[':
      return is(SqlDialect::SqlServer) ? quoted_identifier(c, ']') : take(SqlLexeme::Punctuation, 1);
    default:
      if (is_of(c, kOperator)) return operators();
      if (is_of(c, kPunctuation)) return take(SqlLexeme::Punctuation, 1);
      return is_ascii(c) ? take(SqlLexeme::Unknown, 1) : beyond_ascii();
  }
}

SqlLexToken SqlLexer::word() {
  const char* const begin = at_;
  while (is_of(*at_, kLetter)) ++at_;
  const auto size = static_cast<std::size_t>(at_ - begin);
  const char behind = *at_;
  const bool may_be_keyword = is_of(behind, kPunctuation | kSpace) || behind == 0 || (behind == '/' && at_[1] == '*');
  if (may_be_keyword && size <= kWordBytesMax) {
    const Meaning meaning = kMeanings.find(SqlWord::of_padded({begin, size}));
    if (meaning.kind != SqlLexeme::End) {
      SqlLexToken keyword = token(meaning.kind, begin);
      keyword.table_follows = meaning.table_follows;
      return keyword;
    }
  }
  return identifier(begin);
}

// From at_ on; `begin` is where the identifier begins.
SqlLexToken SqlLexer::identifier(const char* begin) {
  bool has_digits = false;
  for (;;) {
    if (is_of(*at_, kInIdentifier)) {
      has_digits |= is_of(*at_, kDigit);
      ++at_;
    } else if (!is_ascii(*at_) && letter_at(at_)) {
      at_ += sql_character(at_, end_).size;
    } else {
      break;
    }
  }
  SqlLexToken identifier = token(*at_ == '(' && is_ascii(*begin) ? SqlLexeme::Function : SqlLexeme::Identifier, begin);
  identifier.has_digits = has_digits;
  return identifier;
}

// "schema"."table" is one identifier.
SqlLexToken SqlLexer::quoted_identifier(char opening, char closing) {
  const char* const begin = at_++;
  int classes = 0;  // of all characters within
  bool is_simple = letter_at(at_);
  for (;;) {
    const char c = *at_;
    if (c == closing) {
      if (at_[1] != '.' || at_[2] != opening) break;
      is_simple = false;
      at_ += 3;
    } else if (c == 0) {
      return token(SqlLexeme::Error, begin);
    } else if (is_ascii(c)) {
      classes |= kClasses[static_cast<std::uint8_t>(c)];
      is_simple = is_simple && is_of(c, kLetter | kDigit);
      ++at_;
    } else {
      is_simple = is_simple && alphanumeric_at(at_) > 0;
      at_ += sql_character(at_, end_).size;
    }
  }
  ++at_;
  SqlLexToken identifier = token(SqlLexeme::QuotedIdentifier, begin);
  identifier.has_digits = (classes & kDigit) != 0;
  identifier.has_space = (classes & kSpace) != 0;
  identifier.is_simple = is_simple;
  return identifier;
}

// To the closing delimiter or the end. SQL Server and Oracle know no backslash escapes.
SqlLexToken SqlLexer::string(char delimiter) {
  const bool escapes = !is(SqlDialect::SqlServer) && !is(SqlDialect::Oracle);
  const char* const begin = at_++;
  for (;;) {
    at_ = find_end_of_plain(at_, delimiter);
    if (*at_ == 0) break;
    if (*at_ == delimiter) {
      ++at_;
      break;
    }
    ++at_;
    if (escapes && *at_ != 0) ++at_;
  }
  return token(SqlLexeme::String, begin);
}

SqlLexToken SqlLexer::number() {
  const char* const begin = at_;
  if (begin[0] == '0' && (begin[1] == 'x' || begin[1] == 'X')) {
    at_ += 2;
    while (is_hex_digit(*at_)) ++at_;
    return token(SqlLexeme::Number, begin);
  }
  if (begin[0] == '0' && begin[1] >= '0' && begin[1] <= '7') {
    while (*at_ >= '0' && *at_ <= '7') ++at_;
    return token(SqlLexeme::Number, begin);
  }
  return decimal(begin);
}

SqlLexToken SqlLexer::signed_number() {
  const char* const begin = at_++;
  return decimal(begin);
}

SqlLexToken SqlLexer::decimal(const char* begin) {
  const char* at = at_;
  for (;;) {
    while (is_of(*at, kDigit)) ++at;
    if (*at == 'e' || *at == 'E') {
      ++at;
      if (is_sign(*at)) ++at;
    } else if (*at == '.') {
      ++at;
    } else {
      at_ = at;
      return token(SqlLexeme::Number, begin);
    }
  }
}

SqlLexToken SqlLexer::operators() {
  const char* const begin = at_;
  switch (begin[0]) {
    case '-':
      if (begin[1] == '>') return take(SqlLexeme::JsonOperator, begin[2] == '>' ? 3 : 2);
      break;
    case '#':
      if (begin[1] == '>') return take(SqlLexeme::JsonOperator, begin[2] == '>' ? 3 : 2);
      if (begin[1] == '-') return take(SqlLexeme::JsonOperator, 2);
      break;
    case '?':
      if (begin[1] == '|' || begin[1] == '&') return take(SqlLexeme::JsonOperator, 2);
      break;
    case '<':
      if (begin[1] == '@') return take(SqlLexeme::JsonOperator, 2);
      break;
    default:
      break;
  }
  // "=?" and "=@name" are two tokens.
  ++at_;
  while (is_of(*at_, kOperator) && (at_[-1] != '=' || (*at_ != '?' && *at_ != '@'))) ++at_;
  return token(SqlLexeme::Operator, begin);
}

SqlLexToken SqlLexer::line_comment(std::size_t opening) {
  const char* const begin = at_;
  at_ += opening;
  while (*at_ != '\n' && *at_ != 0) ++at_;
  return token(SqlLexeme::Comment, begin);
}

SqlLexToken SqlLexer::block_comment() {
  const char* const begin = at_;
  at_ += 2;
  while (*at_ != 0 && (at_[0] != '*' || at_[1] != '/')) ++at_;
  if (*at_ == 0) return token(SqlLexeme::Error, begin);
  at_ += 2;
  return token(SqlLexeme::Comment, begin);
}

SqlLexToken SqlLexer::dollar() {
  const char* const begin = at_;
  if (is_ascii_digit(begin[1])) {
    ++at_;
    while (is_ascii_digit(*at_)) ++at_;
    return token(SqlLexeme::PositionalParameter, begin);
  }
  return is(SqlDialect::SqlServer) && letter_at(begin + 1) ? identifier(begin) : dollar_quoted();
}

SqlLexToken SqlLexer::dollar_quoted() {
  const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  const std::size_t tag_end = rest.find('$', 1);
  std::size_t closing = std::string_view::npos;
  std::string_view tag;
  if (tag_end != std::string_view::npos) {
    tag = rest.substr(0, tag_end + 1);
    bool tag_is_ascii = true;
    for (const char c : tag) tag_is_ascii = tag_is_ascii && is_ascii(c);
    // Linear: a tag has no dollar within.
    if (tag_is_ascii) closing = rest.find(tag, tag.size());
  }
  if (closing == std::string_view::npos) return take(SqlLexeme::Error, rest.size());
  return take(tag == "$func$" ? SqlLexeme::DollarQuotedFunc : SqlLexeme::DollarQuotedString, closing + tag.size());
}

SqlLexToken SqlLexer::at_sign() {
  if (at_[1] == '@') {
    return alphanumeric_at(at_ + 2) > 0 ? parameter(SqlLexeme::SystemVariable, 2) : take(SqlLexeme::JsonOperator, 2);
  }
  if (alphanumeric_at(at_ + 1) > 0) {
    return is(SqlDialect::Snowflake) ? identifier(at_) : parameter(SqlLexeme::BindParameter, 1);
  }
  if (at_[1] == '?' || at_[1] == '>') return take(SqlLexeme::JsonOperator, 2);
  return operators();
}

SqlLexToken SqlLexer::parameter(SqlLexeme kind, std::size_t opening) {
  const char* const begin = at_;
  at_ += opening;
  while (const std::size_t size = alphanumeric_at(at_)) at_ += size;
  return token(kind, begin);
}

SqlLexToken SqlLexer::beyond_ascii() {
  return letter_at(at_) ? identifier(at_) : take(SqlLexeme::Unknown, sql_character(at_, end_).size);
}

std::size_t SqlLexer::alphanumeric_at(const char* at) const {
  if (is_ascii(*at)) return is_of(*at, kLetter | kDigit) ? 1 : 0;
  const SqlCharacter character = sql_character(at, end_);
  return is_unicode_letter(character.code) || is_unicode_number(character.code) ? character.size : 0;
}

bool SqlLexer::letter_at(const char* at) const {
  return is_ascii(*at) ? is_of(*at, kLetter) : is_unicode_letter(sql_character(at, end_).code);
}

}  // namespace vizsla::pipeline
