#include "pipeline/obfuscate/sql_tokenizer.h"

#include <array>

#include <fmt/format.h>

namespace vizsla::pipeline {
namespace {

constexpr char32_t kPastUnicode = 0x110000;  // what the Agent reads at the end, and prints in its messages

constexpr auto kKeywordList = std::to_array<SqlWordEntry<SqlKind>>({
    {"ALTER", SqlKind::Alter},         {"AS", SqlKind::As},
    {"BEGIN", SqlKind::Begin},         {"COMMIT", SqlKind::Commit},
    {"CREATE", SqlKind::Create},       {"DELETE", SqlKind::Delete},
    {"DROP", SqlKind::Drop},           {"FALSE", SqlKind::Boolean},
    {"FROM", SqlKind::From},           {"GRANT", SqlKind::Grant},
    {"INSERT", SqlKind::Insert},       {"INTO", SqlKind::Into},
    {"JOIN", SqlKind::Join},           {"LIMIT", SqlKind::Limit},
    {"NULL", SqlKind::Null},           {"REVOKE", SqlKind::Revoke},
    {"SAVEPOINT", SqlKind::Savepoint}, {"SELECT", SqlKind::Select},
    {"TRUE", SqlKind::Boolean},        {"TRUNCATE", SqlKind::Truncate},
    {"UPDATE", SqlKind::Update},
});
constexpr SqlWordTable<SqlKind, kKeywordList.size()> kKeywords(kKeywordList);
constexpr std::size_t kKeywordBytesMax = 9;

// Classes of bytes, to be combined.
constexpr int kWordHead = 1;  // a letter or _
constexpr int kInWord = 2;    // what an identifier goes on with: letters, digits, .*$ and the like
constexpr int kUnseen = 4;    // white space, zeros, and what only a look at the whole character tells

constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  const auto add = [&](std::string_view characters, int traits) {
    for (const char c : characters) classes[static_cast<std::uint8_t>(c)] |= static_cast<std::uint8_t>(traits);
  };
  add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", kWordHead | kInWord);
  add("0123456789@#.*$", kInWord);
  add(" \t\n\v\f\r", kUnseen);
  for (std::size_t i = 0x80; i < 0x100; ++i) classes[i] = kUnseen;
  classes[0] = kUnseen;
  return classes;
}();

bool is_any_of(char c, int classes) {
  return (kClasses[static_cast<std::uint8_t>(c)] & classes) != 0;
}

bool is_ascii(char c) {
  return static_cast<std::uint8_t>(c) < 0x80;
}

bool is_octal_digit(char c) {
  return c >= '0' && c <= '7';
}

// As far as it is ASCII.
bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Two letters beyond ASCII have upper case within it, and the Agent looks for keywords in upper case.
SqlKind unicode_keyword(std::string_view text) {
  constexpr std::string_view kDotlessI = "\xc4\xb1";  // upper case: I
  constexpr std::string_view kLongS = "\xc5\xbf";     // upper case: S
  std::array<char, 16> upper{};
  std::size_t size = 0;
  while (!text.empty() && size < kKeywordBytesMax) {
    const bool replaced = text.starts_with(kDotlessI) || text.starts_with(kLongS);
    upper[size++] = text.starts_with(kDotlessI) ? 'I' : replaced ? 'S' : text[0];
    text.remove_prefix(replaced ? 2 : 1);
  }
  const SqlKind kind = text.empty() ? kKeywords.find(SqlWord::of_padded({upper.data(), size})) : SqlKind::End;
  return kind == SqlKind::End ? SqlKind::Identifier : kind;
}

}  // namespace

void SqlTokenizer::start(std::string_view statement, std::optional<std::uint8_t> broken_byte, const Options& options) {
  begin_ = at_ = statement.data();
  end_ = begin_ + statement.size();
  broken_byte_ = broken_byte;
  options_ = options;
  saw_escape_ = false;
  open_braces_ = 0;
  lost_ = nullptr;
  position_shift_ = 0;
  fault_ = Fault::None;
  text_.release_if_large();
  dollar_delimiter_.release_if_large();
  dollar_body_.release_if_large();
}

inline SqlToken SqlTokenizer::ascii_word(const char* begin) const {
  const auto size = static_cast<std::size_t>(at_ - begin);
  if (size > kKeywordBytesMax) return token(SqlKind::Identifier, begin);
  const SqlKind keyword = kKeywords.find(SqlWord::of_padded({begin, size}));
  return token(keyword == SqlKind::End ? SqlKind::Identifier : keyword, begin);
}

SqlToken SqlTokenizer::next() {
  if (lost_ != nullptr) [[unlikely]]
    return point_behind_minus();
  const char* begin = at_;
  if (*begin == ' ') ++begin;
  if (is_any_of(*begin, kUnseen)) {
    pass_unseen();
    begin = at_;
  }
  if (is_any_of(*begin, kWordHead)) {
    const char* end = begin + 1;
    while (is_any_of(*end, kInWord)) ++end;
    at_ = end;
    return is_ascii(*end) ? ascii_word(begin) : word(begin);
  }
  at_ = begin;
  const char c = *begin;
  if (is_ascii_digit(c)) return number(begin);
  // What is neither is looked at together with what follows it.
  if (broken_byte_ && end_ - at_ <= 1) [[unlikely]] {
    at_ = end_;
    return fail(Fault::InvalidUtf8, 1);
  }
  switch (c) {
    case '=':
    case ',':
    case ';':
    case '(':
    case ')':
    case '+':
    case '*':
    case '&':
    case '|':
    case '^':
    case ']':
      return take(sql_kind(c), 1);
    case '\'':
      return quoted(SqlKind::String, c);
    case '"':
      return quoted(SqlKind::DoubleQuotedString, c);
    case '`':
      return quoted(SqlKind::Identifier, c);
    case '[':
      return is(SqlDialect::SqlServer) ? quoted(SqlKind::DoubleQuotedString, ']') : take(sql_kind(c), 1);
    case '.':
      if (!is_ascii_digit(begin[1])) return take(sql_kind(c), 1);
      ++at_;
      return fraction(begin);
    case '-':
      return minus();
    case '<':
      return less_than();
    case '>':
      return begin[1] == '=' ? take(SqlKind::GreaterOrEqual, 2) : take(sql_kind(c), 1);
    case '!':
      return not_sign();
    case '?':
      return question_mark();
    case '%':
      return percent();
    case ':':
      return colon();
    case '~':
      return take(sql_kind(c), begin[1] == '*' ? 2 : 1);
    case '$':
      return dollar();
    case '#':
      return hash();
    case '@':
      if (is(SqlDialect::Postgres)) return begin[1] == '>' ? take(SqlKind::JsonContains, 2) : take(sql_kind(c), 1);
      ++at_;
      return word(begin);
    case '/':
      if (begin[1] != '/' && begin[1] != '*') return take(sql_kind(c), 1);
      at_ += 2;
      return begin[1] == '/' ? line_comment(begin) : block_comment(begin);
    case '{':
      return opening_brace();
    case '}':
      return closing_brace();
    default:
      return other();
  }
}

std::string_view SqlTokenizer::text_of(const SqlToken& token) {
  const std::string_view text = token.text();
  if (!token.quoted) return text;
  text_.clear();
  text_.reserve(text.size() + 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    // Of two delimiters the second is passed over, of a backslash and a character the backslash.
    const char c = text[i];
    const bool escapes = c == '\\' && !options_.literal_escapes;
    if (c == token.delimiter || escapes) ++i;
    text_.put(escapes ? text[i] : c);
  }
  if (trim_space(text_.view()).empty()) {
    text_.clear();
    text_.put(token.delimiter);
    text_.put(token.delimiter);
  }
  return text_.view();
}

std::string SqlTokenizer::error() const {
  const auto quoted_character = [&] {
    SqlBuffer text;
    text.append_character(fault_character_ >= kPastUnicode ? 0xfffd : fault_character_);
    return fmt::format("\"{}\" ({})", text.view(), static_cast<std::uint32_t>(fault_character_));
  };
  std::string what;
  switch (fault_) {
    case Fault::None:
      break;
    case Fault::InvalidUtf8:
      what = fmt::format("invalid UTF-8 encoding beginning with {:#x}", broken_byte_.value_or(0));
      break;
    case Fault::UnexpectedByte:
      what = fmt::format("unexpected byte {}", static_cast<std::uint32_t>(fault_character_));
      break;
    case Fault::AfterNot:
      what = fmt::format("unexpected char {} after \"!\"", quoted_character());
      break;
    case Fault::AfterVariable:
      what = fmt::format("invalid character after variable identifier: {}", quoted_character());
      break;
    case Fault::BindVariable:
      what = fmt::format("bind variables should start with letters or digits, got {}", quoted_character());
      break;
    case Fault::StringEnd:
      what = "unexpected EOF in string";
      break;
    case Fault::DollarEnd:
      what = "unexpected EOF in dollar-quoted string";
      break;
    case Fault::CommentEnd:
      what = "unexpected EOF in comment";
      break;
    case Fault::EscapeEnd:
      what = "unexpected EOF in escape sequence";
      break;
  }
  return fmt::format("at position {}: {}", fault_position_, what);
}

SqlToken SqlTokenizer::fail(Fault fault, int reads_past_end, char32_t character) {
  // What the Agent meets first is what it reports.
  const bool broken = at_ == end_ && broken_byte_.has_value();
  fault_ = broken ? Fault::InvalidUtf8 : fault;
  fault_position_ = position(broken ? 1 : reads_past_end);
  fault_character_ = character;
  // Of a zero at the very beginning it notices only that it has read something.
  if (fault == Fault::UnexpectedByte && character == 0 && at_ == begin_ + 1 && at_ != end_) fault_position_ = 0;
  return {.kind = SqlKind::Error};
}

// Where the last character that was read ends, not counting the first character of the statement: for ASCII the index
// of that character.
std::int64_t SqlTokenizer::position(int reads_past_end) const {
  const auto first = begin_ == end_ ? 0 : static_cast<std::int64_t>(sql_character(begin_, end_).size);
  const auto current = at_ == end_ ? reads_past_end : static_cast<std::int64_t>(sql_character(at_, end_).size);
  return at_ - begin_ + current - first + position_shift_;
}

SqlToken SqlTokenizer::word(const char* begin) {
  while (is_any_of(*at_, kInWord)) ++at_;
  if (is_ascii(*at_)) return ascii_word(begin);
  while (at_ != end_ && (is_any_of(*at_, kInWord) || letter_follows())) pass_character();
  return token(unicode_keyword({begin, static_cast<std::size_t>(at_ - begin)}), begin);
}

SqlToken SqlTokenizer::number(const char* begin) {
  if (*at_ == '0') {
    ++at_;
    if (*at_ == 'x' || *at_ == 'X') {
      ++at_;
      while (is_hex_digit(*at_)) ++at_;
      return token(SqlKind::Number, begin);
    }
    while (is_octal_digit(*at_)) ++at_;
    if (*at_ == '8' || *at_ == '9') pass_digits();
    if (*at_ != '.' && *at_ != 'e' && *at_ != 'E') return token(SqlKind::Number, begin);
  } else {
    pass_digits();
  }
  if (*at_ == '.') {
    ++at_;
    pass_digits();
  }
  pass_exponent();
  return token(SqlKind::Number, begin);
}

SqlToken SqlTokenizer::fraction(const char* begin) {
  pass_digits();
  pass_exponent();
  return token(SqlKind::Number, begin);
}

void SqlTokenizer::pass_exponent() {
  if (*at_ != 'e' && *at_ != 'E') return;
  ++at_;
  if (*at_ == '+' || *at_ == '-') ++at_;
  pass_digits();
}

SqlToken SqlTokenizer::quoted(SqlKind kind, char delimiter) {
  const char* const content = ++at_;
  bool plain = true;
  if (!pass_quoted(delimiter, plain)) return fail(Fault::StringEnd, 2);
  const char* const end = at_ - 1;
  // White space beyond ASCII is looked for when the text is asked for.
  const bool may_be_blank = content == end || is_space(*content) || !is_ascii(*content);
  return {kind, !plain || may_be_blank, delimiter, content, end};
}

bool SqlTokenizer::pass_quoted(char delimiter, bool& plain) {
  for (;;) {
    at_ = find_end_of_plain(at_, delimiter);
    if (*at_ == delimiter) {
      ++at_;
      if (*at_ != delimiter) return true;
      plain = false;
    } else if (*at_ == '\\') {
      saw_escape_ = true;
      if (!options_.literal_escapes) {
        plain = false;
        ++at_;
      }
    }
    if (at_ == end_) return false;
    ++at_;
  }
}

// "-." that isn't the head of a number upsets the Agent's tokenizer: the point is read twice, and what follows it takes
// the point's place.
SqlToken SqlTokenizer::minus() {
  const char* const begin = at_;
  switch (begin[1]) {
    case '-':
      at_ += 2;
      return line_comment(begin);
    case '>':
      if (is(SqlDialect::Postgres)) {
        return begin[2] == '>' ? take(SqlKind::JsonSelectText, 3) : take(SqlKind::JsonSelect, 2);
      }
      return take(SqlKind::Number, 1);
    case '.':
      if (is_ascii_digit(begin[2])) {
        at_ += 2;
        return fraction(begin);
      }
      if (begin + 2 == end_) return take(sql_kind('-'), 1);
      lost_ = begin + 2;
      at_ = lost_;
      pass_character();
      --position_shift_;
      return {sql_kind('-'), false, 0, begin, begin + 2};
    default:
      if (!is_ascii_digit(begin[1])) return take(sql_kind('-'), 1);
      ++at_;
      return number(begin);
  }
}

SqlToken SqlTokenizer::point_behind_minus() {
  const char* const begin = lost_;
  lost_ = nullptr;
  if (at_ == end_ && broken_byte_) return fail(Fault::InvalidUtf8, 1);
  return is_ascii_digit(*at_) ? fraction(begin) : token(sql_kind('.'), begin);
}

SqlToken SqlTokenizer::hash() {
  const char* const begin = at_;
  if (is(SqlDialect::Postgres)) {
    if (begin[1] == '>') {
      return begin[2] == '>' ? take(SqlKind::JsonSelectPathText, 3) : take(SqlKind::JsonSelectPath, 2);
    }
    return begin[1] == '-' ? take(SqlKind::JsonDelete, 2) : take(sql_kind('#'), 1);
  }
  // One character is taken unseen: the first of a temporary table's name, or of a comment, be it a line feed.
  ++at_;
  pass_character();
  return is(SqlDialect::SqlServer) ? word(begin) : line_comment(begin);
}

SqlToken SqlTokenizer::colon() {
  const char* const begin = at_;
  if (begin[1] == ':') return take(SqlKind::ColonCast, 2);
  ++at_;
  // `:=`, and the colon of a slice as in a[1:], a[1:$2].
  if (at_ != end_ && (*at_ == '=' || *at_ == ']' || *at_ == '$' || is_unicode_space(character())))
    return token(sql_kind(':'), begin);
  if (!is_ascii_digit(*at_) && !letter_follows()) return fail(Fault::BindVariable, 1, character());
  while (*at_ == '.' || is_ascii_digit(*at_) || letter_follows()) pass_character();
  return token(SqlKind::BindVariable, begin);
}

SqlToken SqlTokenizer::not_sign() {
  const char* const begin = at_;
  if (begin[1] == '=') return take(SqlKind::NotEqual, 2);
  if (begin[1] == '~') return take(SqlKind::NotEqual, begin[2] == '*' ? 3 : 2);
  ++at_;
  constexpr std::string_view kMayFollow = "(`'\"+-";
  const bool may_follow = at_ != end_ && (kMayFollow.find(*at_) != std::string_view::npos || is_ascii_digit(*at_) ||
                                          letter_follows() || is_unicode_space(character()));
  return may_follow ? token(SqlKind::Not, begin) : fail(Fault::AfterNot, 1, character());
}

SqlToken SqlTokenizer::question_mark() {
  if (is(SqlDialect::Postgres)) {
    if (at_[1] == '|') return take(SqlKind::JsonAnyKeyExists, 2);
    if (at_[1] == '&') return take(SqlKind::JsonAllKeysExist, 2);
    return take(SqlKind::JsonKeyExists, 1);
  }
  return take(sql_kind('?'), 1);
}

SqlToken SqlTokenizer::less_than() {
  switch (at_[1]) {
    case '>':
      return take(SqlKind::NotEqual, 2);
    case '=':
      return at_[2] == '>' ? take(SqlKind::NullSafeEqual, 3) : take(SqlKind::LessOrEqual, 2);
    case '@':
      if (is(SqlDialect::Postgres)) return take(SqlKind::JsonContainedBy, 2);
      [[fallthrough]];
    default:
      return take(sql_kind('<'), 1);
  }
}

// %s and %(name)s: the parameters of Python's database drivers.
SqlToken SqlTokenizer::percent() {
  const char* const begin = at_;
  ++at_;
  if (*at_ == '(') {
    ++at_;
    while (*at_ != ')' && at_ != end_) ++at_;
    if (at_ == end_) return fail(Fault::AfterVariable, 2, kPastUnicode);
    ++at_;
    if (!letter_follows()) return fail(Fault::AfterVariable, 1, character());
  } else if (!letter_follows()) {
    return token(sql_kind('%'), begin);
  }
  pass_character();
  return token(SqlKind::Variable, begin);
}

SqlToken SqlTokenizer::dollar() {
  const char* const begin = at_;
  ++at_;
  if (is_ascii_digit(*at_)) {
    number(begin);
    return token(SqlKind::PreparedParameter, begin);
  }
  if (at_ != end_ && *at_ == '?') {
    ++at_;
    return token(SqlKind::PreparedParameter, begin);
  }
  if (is(SqlDialect::SqlServer) && letter_follows()) {
    pass_character();
    return word(begin);
  }
  return dollar_quoted();
}

// The tag is read like a string between dollars. The Agent compares the lowest byte of each character with the bytes of
// the delimiter, and begins anew behind a character that didn't fit: a delimiter that begins there is missed.
SqlToken SqlTokenizer::dollar_quoted() {
  const char* const content = at_;
  bool plain = true;
  if (!pass_quoted('$', plain)) return fail(Fault::StringEnd, 2);
  const std::string_view tag = text_of({SqlKind::String, true, '$', content, at_ - 1});
  constexpr std::string_view kNoTag = "$$";
  dollar_delimiter_.clear();
  if (tag != kNoTag) dollar_delimiter_.push('$');
  dollar_delimiter_.append(tag);
  if (tag != kNoTag) dollar_delimiter_.push('$');
  const std::string_view delimiter = dollar_delimiter_.view();

  dollar_body_.clear();
  for (std::size_t matched = 0; matched < delimiter.size();) {
    if (at_ == end_) return fail(Fault::DollarEnd, 2);
    const SqlCharacter c = is_ascii(*at_) ? SqlCharacter{static_cast<std::uint8_t>(*at_), 1} : sql_character(at_, end_);
    const std::string_view bytes(at_, c.size);
    at_ += c.size;
    if (static_cast<char>(static_cast<std::uint8_t>(c.code)) == delimiter[matched]) {
      ++matched;
      continue;
    }
    if (options_.dollar_bodies) {
      dollar_body_.append(delimiter.substr(0, matched));
      dollar_body_.append(bytes);
    }
    matched = 0;
  }
  dollar_body_.pad();
  const bool is_func = options_.dollar_quoted_func && delimiter == "$func$";
  const std::string_view body = dollar_body_.view();
  return {is_func ? SqlKind::DollarQuotedFunc : SqlKind::DollarQuotedString, false, 0, body.data(),
          body.data() + body.size()};
}

// Braces at the head of the statement stand around it ({call …}); others are JDBC escapes, and are hidden whole.
SqlToken SqlTokenizer::opening_brace() {
  const char* const begin = at_;
  if ((begin == begin_ && is_ascii(begin[1])) || open_braces_ > 0) {
    ++open_braces_;
    return take(sql_kind('{'), 1);
  }
  while (*at_ != '}' && at_ != end_) ++at_;
  if (at_ == end_) return fail(Fault::EscapeEnd, 1);
  ++at_;
  return token(SqlKind::EscapeSequence, begin);
}

SqlToken SqlTokenizer::closing_brace() {
  if (open_braces_ == 0) return other();
  --open_braces_;
  return take(sql_kind('}'), 1);
}

SqlToken SqlTokenizer::line_comment(const char* begin) {
  while (*at_ != '\n' && at_ != end_) ++at_;
  if (at_ != end_) ++at_;
  return token(SqlKind::Comment, begin);
}

SqlToken SqlTokenizer::block_comment(const char* begin) {
  while (at_ != end_ && (at_[0] != '*' || at_[1] != '/')) ++at_;
  if (at_ == end_) return fail(Fault::CommentEnd, 1);
  at_ += 2;
  return token(SqlKind::Comment, begin);
}

// What begins with none of the characters that next() knows: a letter beyond ASCII, or nothing that SQL has.
SqlToken SqlTokenizer::other() {
  const char* const begin = at_;
  if (at_ == end_) return {};
  const char32_t first = character();
  pass_character();
  return is_unicode_letter(first) ? word(begin) : fail(Fault::UnexpectedByte, 1, first);
}

// White space. The Agent's tokenizer takes a zero right behind a token for "nothing read yet".
void SqlTokenizer::pass_unseen() {
  if (*at_ == 0 && at_ != end_ && at_ != begin_) ++at_;
  for (;;) {
    while (is_space(*at_)) ++at_;
    if (is_ascii(*at_) || !is_unicode_space(character())) return;
    pass_character();
  }
}

bool SqlTokenizer::letter_follows() const {
  const char c = *at_;
  if (is_ascii(c)) return is_any_of(c, kWordHead) || c == '@' || c == '#';
  return is_unicode_letter(sql_character(at_, end_).code);
}

char32_t SqlTokenizer::character() const {
  return at_ == end_ ? kPastUnicode : sql_character(at_, end_).code;
}

}  // namespace vizsla::pipeline
