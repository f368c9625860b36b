#include "pipeline/obfuscate/json_scanner.h"

#include <algorithm>

#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {
namespace {

// Nesting of real bodies is below 100; one hostile text shouldn't hold memory for ever.
constexpr std::size_t kDepthKept = 1 << 16;

constexpr bool is_json_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Four hexadecimal digits at `at`, or -1.
int hex4(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return -1;
  unsigned value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    if (!is_hex_digit(text[i])) return -1;
    value = value * 16 + hex_value(text[i]);
  }
  return static_cast<int>(value);
}

void append_utf8(unsigned code, std::string& out) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

// The escape \uXXXX, whose digits begin at `at`, with the second half of a pair where there is one. Gives the bytes
// behind the "u" that it took; 0 when they are no escape.
std::size_t append_unicode_escape(std::string_view text, std::size_t at, std::string& out) {
  constexpr unsigned kReplacement = 0xfffd;
  const int first = hex4(text, at);
  if (first < 0) return 0;
  const auto code = static_cast<unsigned>(first);
  if (code < 0xd800 || code > 0xdfff) {
    append_utf8(code, out);
    return 4;
  }
  const bool pair = code < 0xdc00 && at + 10 <= text.size() && text[at + 4] == '\\' && text[at + 5] == 'u';
  const int second = pair ? hex4(text, at + 6) : -1;
  if (second < 0xdc00 || second > 0xdfff) {
    append_utf8(kReplacement, out);
    return 4;
  }
  append_utf8(0x10000 + ((code - 0xd800) << 10) + (static_cast<unsigned>(second) - 0xdc00), out);
  return 10;
}

}  // namespace

void JsonScanner::start(std::string_view text) {
  text_ = text;
  at_ = 0;
  token_ = {};
  expect_ = Expect::Value;
  seen_value_ = false;
  if (in_object_.capacity() > kDepthKept) in_object_ = {};
  in_object_.clear();
}

JsonScanner::Token JsonScanner::next() {
  if (expect_ == Expect::Nothing) return broken();
  const bool between_values = in_object_.empty() && seen_value_;
  if (!between_values) {
    while (at_ < text_.size() && is_json_space(text_[at_])) ++at_;
  }
  if (at_ == text_.size()) {
    if (!between_values) return broken();
    token_ = {};
    return Token::End;
  }
  const char c = text_[at_];
  if (between_values && is_json_space(c)) return take(1, Token::Space, Expect::Value);
  switch (expect_) {
    case Expect::ValueOrEnd:
      if (c == ']') return close(Token::ArrayEnd);
      [[fallthrough]];
    case Expect::Value:
      if (c == '{') return open(Token::ObjectBegin, true);
      if (c == '[') return open(Token::ArrayBegin, false);
      return literal(Token::Scalar);
    case Expect::KeyOrEnd:
      if (c == '}') return close(Token::ObjectEnd);
      [[fallthrough]];
    case Expect::Key:
      return c == '"' ? literal(Token::Key) : broken();
    case Expect::Colon:
      return c == ':' ? take(1, Token::Colon, Expect::Value) : broken();
    case Expect::CommaOrEnd: {
      const bool object = in_object_.back();
      if (c == ',') return take(1, Token::Comma, object ? Expect::Key : Expect::Value);
      if (c == (object ? '}' : ']')) return close(object ? Token::ObjectEnd : Token::ArrayEnd);
      return broken();
    }
    case Expect::Nothing:
      break;
  }
  return broken();
}

JsonScanner::Token JsonScanner::take(std::size_t size, Token token, Expect expect) {
  token_ = text_.substr(at_, size);
  at_ += size;
  expect_ = expect;
  return token;
}

JsonScanner::Token JsonScanner::open(Token token, bool object) {
  in_object_.push_back(object);
  return take(1, token, object ? Expect::KeyOrEnd : Expect::ValueOrEnd);
}

JsonScanner::Token JsonScanner::close(Token token) {
  in_object_.pop_back();
  seen_value_ = true;
  return take(1, token, in_object_.empty() ? Expect::Value : Expect::CommaOrEnd);
}

JsonScanner::Token JsonScanner::literal(Token token) {
  bool whole = false;
  std::size_t size = 0;
  switch (text_[at_]) {
    case '"':
      size = string_size(whole);
      break;
    case 't':
      size = word_size("true", whole);
      break;
    case 'f':
      size = word_size("false", whole);
      break;
    case 'n':
      size = word_size("null", whole);
      break;
    default:
      size = number_size(whole);
  }
  if (size == 0) return broken();
  if (!whole) return take(size, token, Expect::Nothing);
  if (token == Token::Key) return take(size, token, Expect::Colon);
  seen_value_ = true;
  return take(size, token, in_object_.empty() ? Expect::Value : Expect::CommaOrEnd);
}

JsonScanner::Token JsonScanner::broken() {
  token_ = {};
  expect_ = Expect::Nothing;
  return Token::Broken;
}

// Bytes of the string at at_, with its quotes; up to what breaks it when it isn't whole.
std::size_t JsonScanner::string_size(bool& whole) const {
  std::size_t at = at_ + 1;
  while (at < text_.size()) {
    const char c = text_[at];
    if (c == '"') {
      whole = true;
      return at + 1 - at_;
    }
    if (static_cast<unsigned char>(c) < 0x20) break;
    ++at;
    if (c != '\\') continue;
    if (at == text_.size()) break;
    if (text_[at] == 'u') {
      ++at;
      std::size_t digits = 0;
      while (digits < 4 && at < text_.size() && is_hex_digit(text_[at])) {
        ++at;
        ++digits;
      }
      if (digits < 4) break;
    } else if (std::string_view("\"\\/bfnrt").find(text_[at]) != std::string_view::npos) {
      ++at;
    } else {
      break;
    }
  }
  return at - at_;
}

std::size_t JsonScanner::number_size(bool& whole) const {
  std::size_t at = at_;
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < text_.size() && is_ascii_digit(text_[at])) ++at;
    return at > begin;
  };
  const auto is_next = [&](char c) { return at < text_.size() && text_[at] == c; };
  if (is_next('-')) ++at;
  if (is_next('0')) {
    ++at;
  } else if (!digits()) {
    return at - at_;
  }
  if (is_next('.')) {
    ++at;
    if (!digits()) return at - at_;
  }
  if (is_next('e') || is_next('E')) {
    ++at;
    if (is_next('+') || is_next('-')) ++at;
    if (!digits()) return at - at_;
  }
  whole = true;
  return at - at_;
}

std::size_t JsonScanner::word_size(std::string_view word, bool& whole) const {
  std::size_t size = 0;
  while (size < word.size() && at_ + size < text_.size() && text_[at_ + size] == word[size]) ++size;
  whole = size == word.size();
  return size;
}

void append_unquoted(std::string_view literal, std::string& out) {
  if (literal.starts_with('"')) literal.remove_prefix(1);
  if (literal.ends_with('"')) literal.remove_suffix(1);
  std::size_t at = 0;
  while (at < literal.size()) {
    const std::size_t escape = std::min(literal.find('\\', at), literal.size());
    out += literal.substr(at, escape - at);
    at = escape;
    if (at == literal.size()) return;
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    const char letter = at + 1 < literal.size() ? literal[at + 1] : '\0';
    if (const std::size_t known = kLetters.find(letter); known != std::string_view::npos) {
      out += kMeant[known];
      at += 2;
    } else if (const std::size_t size = letter == 'u' ? append_unicode_escape(literal, at + 2, out) : 0; size > 0) {
      at += 2 + size;
    } else {
      out += '\\';
      ++at;
    }
  }
}

void append_quoted(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 0xf];
    }
  }
  out += '"';
}

}  // namespace vizsla::pipeline
