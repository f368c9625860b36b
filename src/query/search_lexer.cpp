#include "query/search_lexer.h"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace vizsla::query {
namespace {

using Kind = SearchToken::Kind;
using Mode = SearchLexer::Mode;

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kLeftQuote = "\xe2\x80\x9c";   // “
constexpr std::string_view kRightQuote = "\xe2\x80\x9d";  // ”

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Characters that mean something at the beginning of a word, and have to be escaped there.
constexpr std::string_view kSpecialAtStart = "~^=<>";

// What one character, or two, is by itself.
struct Sign {
  std::string_view text;
  Kind kind;
  bool inclusive = false;
};

constexpr Sign kParentheses[] = {{"(", Kind::Open}, {")", Kind::Close}};
constexpr Sign kBrackets[] = {
    {"[", Kind::RangeOpen, true}, {"{", Kind::RangeOpen}, {"]", Kind::RangeClose, true}, {"}", Kind::RangeClose}};
constexpr Sign kOperators[] = {{"&&", Kind::And}, {"||", Kind::Or}};
constexpr Sign kNegations[] = {{"-", Kind::Not}, {"!", Kind::Not}};
constexpr Sign kComparisons[] = {
    {"<=", Kind::LessOrEqual}, {"<", Kind::Less}, {">=", Kind::GreaterOrEqual}, {">", Kind::Greater}};

template <std::size_t N>
const Sign* find_sign(const Sign (&signs)[N], std::string_view text) {
  for (const Sign& sign : signs) {
    if (text.starts_with(sign.text)) return &sign;
  }
  return nullptr;
}

// The sign that the text begins with, where the parser is.
const Sign* sign_at(std::string_view text, Mode mode) {
  if (const Sign* sign = find_sign(kParentheses, text)) return sign;
  if (const Sign* sign = find_sign(kBrackets, text)) return sign;
  if (mode == Mode::Term || mode == Mode::Group) {
    if (const Sign* sign = find_sign(kOperators, text)) return sign;
    // In a group of values a minus before a digit belongs to the number.
    const bool number = mode == Mode::Group && text.size() > 1 && text[0] == '-' && is_digit(text[1]);
    if (const Sign* sign = find_sign(kNegations, text); sign != nullptr && !number) return sign;
  }
  if (mode == Mode::Value || mode == Mode::Group) {
    if (const Sign* sign = find_sign(kComparisons, text)) return sign;
  }
  return nullptr;
}

std::optional<Kind> keyword(const SearchText& word, bool escaped, Mode mode) {
  if (escaped) return std::nullopt;
  if (mode == Mode::Bound) return word.text == "TO" ? std::optional(Kind::To) : std::nullopt;
  if (mode != Mode::Term && mode != Mode::Group) return std::nullopt;
  if (word.text == "AND") return Kind::And;
  if (word.text == "OR") return Kind::Or;
  if (word.text == "NOT") return Kind::Not;
  return std::nullopt;
}

}  // namespace

std::string shortened(std::string_view text) {
  constexpr std::size_t kBytesMax = 40;
  if (text.size() <= kBytesMax) return std::string(text);
  std::size_t end = kBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return fmt::format("{}…", text.substr(0, end));
}

tl::unexpected<Error> search_error(std::string_view what, SearchPlace place) {
  return fail(ErrorCode::InvalidInput, fmt::format("{} (at {})", what, place));
}

void SearchLexer::skip(std::size_t bytes) {
  for (const std::size_t end = at_ + bytes; at_ < end; ++at_) {
    // Each character has one byte that doesn't continue another.
    if ((static_cast<unsigned char>(text_[at_]) & 0xc0) != 0x80) ++place_;
  }
}

bool SearchLexer::skip_blanks() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && kBlanks.find(text_[at_]) != std::string_view::npos) skip(1);
  return at_ > begin || at_ == 0;
}

Result<SearchToken> SearchLexer::next(Mode mode) {
  SearchToken token;
  token.blank_before = skip_blanks();
  token.place = place_;
  if (at_ == text_.size()) return token;
  const std::string_view rest = text_.substr(at_);
  if (const Sign* sign = sign_at(rest, mode)) {
    token.kind = sign->kind;
    token.inclusive = sign->inclusive;
    skip(sign->text.size());
    return token;
  }
  if (rest[0] == '"' || starts(kLeftQuote)) return quoted(std::move(token));
  if (starts(kRightQuote)) return search_error("a quote is closed that was never opened", place_);
  if (mode == Mode::Term && rest[0] == '+') {
    token.kind = Kind::Plus;
    skip(1);
    return token;
  }
  if (mode == Mode::Argument && rest[0] == ',') {
    token.kind = Kind::Comma;
    skip(1);
    return token;
  }
  if (mode == Mode::Term && rest[0] == ':') return search_error("expected the name of a field before ':'", place_);
  if (kSpecialAtStart.find(rest[0]) != std::string_view::npos) {
    return search_error(
        fmt::format("expected a word, and '{0}' begins none: write \\{0} if you mean the character", rest[0]), place_);
  }
  return word(std::move(token), mode);
}

Result<SearchToken> SearchLexer::quoted(SearchToken token) {
  token.kind = Kind::Quoted;
  token.text.quoted = true;
  token.text.place = place_;
  // A curly quote may be closed by a straight one: editors mix them.
  skip(starts(kLeftQuote) ? kLeftQuote.size() : 1);
  while (at_ < text_.size()) {
    if (text_[at_] == '"' || starts(kRightQuote)) {
      skip(text_[at_] == '"' ? 1 : kRightQuote.size());
      return token;
    }
    if (text_[at_] == '\\') {
      skip(1);
      if (at_ == text_.size()) break;
    }
    token.text.text += text_[at_];
    skip(1);
  }
  return search_error("expected a quote that closes this one", token.place);
}

Result<SearchToken> SearchLexer::word(SearchToken token, Mode mode) {
  token.kind = Kind::Word;
  SearchText& word = token.text;
  word.place = place_;
  bool escaped = false;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '\\') {
      const SearchPlace place = place_;
      skip(1);
      if (at_ == text_.size()) return search_error("expected a character behind the escape '\\'", place);
      escaped = true;
      word.text += text_[at_];
      skip(1);
      continue;
    }
    if (kBlanks.find(c) != std::string_view::npos || c == '"' || starts(kLeftQuote) || starts(kRightQuote) ||
        std::string_view("()[]{}").find(c) != std::string_view::npos || starts("&&") || starts("||") ||
        (mode == Mode::Argument && c == ','))
      break;
    if (mode == Mode::Term && c == ':') {
      token.kind = Kind::Field;
      skip(1);
      return token;
    }
    if (c == '*' || c == '?') word.wildcards.push_back(static_cast<std::uint32_t>(word.text.size()));
    word.text += c;
    skip(1);
  }
  if (word.text.empty()) return search_error("expected a word", place_);
  if (const auto kind = keyword(word, escaped, mode)) token.kind = *kind;
  return token;
}

}  // namespace vizsla::query
