#include "pipeline/obfuscate/event_attributes.h"

#include "pipeline/obfuscate/numbers.h"

namespace vizsla::pipeline {
namespace {

// Where attributes lie: [ { "attributes": { key: value } } ].
constexpr std::size_t kEventDepth = 2;
constexpr std::size_t kAttributesDepth = 3;

AttributeKind kind_of(std::string_view literal) {
  const char first = literal[0];
  if (first == '"' || first == 'n') return AttributeKind::Text;
  return first == 't' || first == 'f' ? AttributeKind::Bool : AttributeKind::Number;
}

// What rules see of a scalar.
void append_text_of(std::string_view literal, AttributeKind kind, std::string& out) {
  if (kind == AttributeKind::Text) {
    append_unquoted(literal, out);
    return;
  }
  const bool exact = kind == AttributeKind::Bool || parse_integer(literal).has_value();
  const auto number = exact ? std::nullopt : parse_decimal(literal);
  if (number) {
    append_decimal(*number, out);
  } else {
    out += literal;
  }
}

void append_json(std::string_view text, AttributeKind before, std::string& out) {
  if (before != AttributeKind::Text) {
    if (const auto integer = parse_integer(text)) {
      append_decimal(*integer, out);
      return;
    }
    if (const auto number = parse_decimal(text)) {
      append_decimal(*number, out);
      return;
    }
    if (text == "true" || text == "false") {
      out += text;
      return;
    }
  }
  append_quoted(text, out);
}

}  // namespace

bool EventAttributeRewriter::rewrite(std::string_view events, Rewrite rewrite, std::string& out) {
  const std::size_t begin = out.size();
  std::size_t copied = 0;  // of `events`
  bool attributes_follow = false;
  bool in_attributes = false;

  scanner_.start(events);
  while (true) {
    using Token = JsonScanner::Token;
    const Token token = scanner_.next();
    const std::size_t depth = scanner_.depth();
    if (token == Token::End || token == Token::Broken) break;
    if (token == Token::Key && depth == kEventDepth) {
      attributes_follow = scanner_.text() == R"("attributes")";
    } else if (token == Token::ObjectBegin && depth == kAttributesDepth) {
      in_attributes = attributes_follow;
    } else if (token == Token::ObjectEnd && depth == kEventDepth) {
      in_attributes = false;
    } else if (token == Token::Key && depth == kAttributesDepth && in_attributes) {
      key_.clear();
      append_unquoted(scanner_.text(), key_);
    } else if (token == Token::Scalar && in_attributes && !scanner_.broke_off() && scanner_.text() != "null") {
      const std::string_view literal = scanner_.text();
      const AttributeKind kind = kind_of(literal);
      value_.clear();
      replacement_.clear();
      append_text_of(literal, kind, value_);
      if (!rewrite({key_, value_, kind}, replacement_)) continue;
      const auto at = static_cast<std::size_t>(literal.data() - events.data());
      out += events.substr(copied, at - copied);
      append_json(replacement_, kind, out);
      copied = at + literal.size();
    }
  }
  if (out.size() == begin) return false;
  out += events.substr(copied);
  return true;
}

}  // namespace vizsla::pipeline
