// Searches as text: tokens and trees for comparing, and trees written in the search language again.
#pragma once

#include <string>

#include <fmt/format.h>

#include "query/search_ast.h"
#include "query/search_lexer.h"

namespace vizsla::query::testing {

// 'web', with its wildcards marked: '5<*>'. Quoted texts have double quotes.
inline std::string show(const SearchText& text) {
  std::string shown;
  std::size_t wildcard = 0;
  for (std::size_t i = 0; i < text.text.size(); ++i) {
    const bool wild = wildcard < text.wildcards.size() && text.wildcards[wildcard] == i;
    if (wild) ++wildcard;
    shown += wild ? fmt::format("<{}>", text.text[i]) : std::string(1, text.text[i]);
  }
  return fmt::format("{0}{1}{0}", text.quoted ? '"' : '\'', shown);
}

inline std::string show(const SearchField& field) {
  switch (field.kind) {
    case SearchField::Kind::Plain:
      return field.name;
    case SearchField::Kind::Attribute:
      return "@" + field.name;
    case SearchField::Kind::Calculated:
      return "#" + field.name;
    case SearchField::Kind::All:
      return "*";
  }
  return {};
}

inline std::string show(const SearchToken& token) {
  using Kind = SearchToken::Kind;
  switch (token.kind) {
    case Kind::End:
      return "end";
    case Kind::Open:
      return "(";
    case Kind::Close:
      return ")";
    case Kind::And:
      return "and";
    case Kind::Or:
      return "or";
    case Kind::Not:
      return "not";
    case Kind::Plus:
      return "+";
    case Kind::Field:
      return fmt::format("field {}", show(token.text));
    case Kind::Word:
    case Kind::Quoted:
      return show(token.text);
    case Kind::RangeOpen:
      return token.inclusive ? "[" : "{";
    case Kind::RangeClose:
      return token.inclusive ? "]" : "}";
    case Kind::To:
      return "to";
    case Kind::Less:
      return "<";
    case Kind::LessOrEqual:
      return "<=";
    case Kind::Greater:
      return ">";
    case Kind::GreaterOrEqual:
      return ">=";
    case Kind::Comma:
      return ",";
  }
  return {};
}

// (and (is service 'web') (not (exists @user)))
inline std::string show(const SearchNode& node) {
  const auto list = [&](std::string_view name) {
    std::string shown = fmt::format("({}", name);
    for (const SearchNode& child : node.children) shown += " " + show(child);
    return shown + ")";
  };
  const auto bound = [](const SearchBound& b) { return b.value ? show(*b.value) : std::string("*"); };
  switch (node.kind) {
    case SearchNode::Kind::Everything:
      return "everything";
    case SearchNode::Kind::And:
      return list("and");
    case SearchNode::Kind::Or:
      return list("or");
    case SearchNode::Kind::Not:
      return list("not");
    case SearchNode::Kind::Is:
      return fmt::format("(is {} {})", show(node.field), show(node.text));
    case SearchNode::Kind::Exists:
      return fmt::format("(exists {})", show(node.field));
    case SearchNode::Kind::Within:
      return fmt::format("(within {} {}{}, {}{})", show(node.field), node.low.inclusive ? '[' : '{', bound(node.low),
                         bound(node.high), node.high.inclusive ? ']' : '}');
    case SearchNode::Kind::Words:
      return fmt::format("(words {})", show(node.text));
    case SearchNode::Kind::Cidr:
      return fmt::format("(cidr {} {})", show(node.field), fmt::join(node.blocks, " "));
  }
  return {};
}

// The text in the search language. Escaped is what isn't a letter or digit of ASCII, and the first character, so that
// no word becomes an operator.
inline std::string write(const SearchText& text) {
  std::string written;
  std::size_t wildcard = 0;
  for (std::size_t i = 0; i < text.text.size(); ++i) {
    const char c = text.text[i];
    const bool wild = wildcard < text.wildcards.size() && text.wildcards[wildcard] == i;
    if (wild) ++wildcard;
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    // The rest of a character that was begun can't be escaped by itself.
    const bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (!wild && !continues && (!plain || i == 0)) written += '\\';
    written += c;
  }
  return text.quoted ? fmt::format("\"{}\"", written) : written;
}

inline std::string write(const SearchField& field) {
  std::string name = field.kind == SearchField::Kind::All ? "*" : "";
  if (field.kind == SearchField::Kind::Attribute) name = "@";
  if (field.kind == SearchField::Kind::Calculated) name = "#";
  return name + write(SearchText{.text = field.name});
}

// A text that has this tree, with a parenthesis around every And, Or and Not.
inline std::string write(const SearchNode& node) {
  const auto join = [&](std::string_view by) {
    std::string written = "(";
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if (i > 0) written += by;
      written += write(node.children[i]);
    }
    return written + ")";
  };
  const auto bound = [](const SearchBound& b) { return b.value ? write(*b.value) : std::string("*"); };
  switch (node.kind) {
    case SearchNode::Kind::Everything:
      return "*";
    case SearchNode::Kind::And:
      return join(" AND ");
    case SearchNode::Kind::Or:
      return join(" OR ");
    case SearchNode::Kind::Not:
      return fmt::format("(NOT {})", write(node.children.front()));
    case SearchNode::Kind::Is:
      return fmt::format("{}:{}", write(node.field), write(node.text));
    case SearchNode::Kind::Exists:
      return fmt::format("_exists_:{}", write(node.field));
    case SearchNode::Kind::Within:
      return fmt::format("{}:{}{} TO {}{}", write(node.field), node.low.inclusive ? '[' : '{', bound(node.low),
                         bound(node.high), node.high.inclusive ? ']' : '}');
    case SearchNode::Kind::Words:
      return write(node.text);
    case SearchNode::Kind::Cidr: {
      std::string written = fmt::format("CIDR({}", write(node.field));
      for (const std::string& block : node.blocks) written += "," + write(SearchText{.text = block, .quoted = true});
      return written + ")";
    }
  }
  return {};
}

}  // namespace vizsla::query::testing
