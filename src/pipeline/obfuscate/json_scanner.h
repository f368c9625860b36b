// Takes JSON apart, token by token, as far as it goes: made for texts that may be cut off or not be JSON at all.
//
// Several values may follow each other (bulk bodies of Elasticsearch). Tokens are views of the text. Linear; nesting
// costs a bit of memory per level and no stack. Grammar: RFC 8259. Memory is kept from text to text, up to a bound. One
// thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vizsla::pipeline {

class JsonScanner {
 public:
  enum class Token : std::uint8_t {
    Space,        // a character of white space between values of the top level; elsewhere it is passed over
    ObjectBegin,  // {
    ObjectEnd,    // }
    ArrayBegin,   // [
    ArrayEnd,     // ]
    Key,          // a string, with its quotes
    Colon,
    Comma,
    Scalar,  // a string with its quotes, a number, true, false, null
    End,     // the text ended, and was JSON
    Broken,  // what follows isn't JSON, or the text ends too early. Comes again and again
  };

  // `text` must live as long as tokens are taken.
  void start(std::string_view text);

  Token next();

  // The token that next() gave. A Key or Scalar that breaks off gives its sound part, and Broken comes next.
  [[nodiscard]] std::string_view text() const { return token_; }

  // Did the token that next() gave break off?
  [[nodiscard]] bool broke_off() const { return expect_ == Expect::Nothing; }

  // How many objects and arrays are open: a Begin is counted, an End isn't any more.
  [[nodiscard]] std::size_t depth() const { return in_object_.size(); }

 private:
  enum class Expect : std::uint8_t { Value, ValueOrEnd, Key, KeyOrEnd, Colon, CommaOrEnd, Nothing };

  Token take(std::size_t size, Token token, Expect expect);
  Token open(Token token, bool object);
  Token close(Token token);
  Token literal(Token token);
  Token broken();
  std::size_t string_size(bool& whole) const;
  std::size_t number_size(bool& whole) const;
  std::size_t word_size(std::string_view word, bool& whole) const;

  std::string_view text_;
  std::size_t at_ = 0;
  std::string_view token_;
  Expect expect_ = Expect::Value;
  bool seen_value_ = false;  // of the top level, whole
  std::vector<bool> in_object_;
};

// Appends what the JSON string `literal` (with its quotes) says. What is no escape stays as it is; half a surrogate
// becomes U+FFFD.
void append_unquoted(std::string_view literal, std::string& out);

// Appends `text` as a JSON string, with quotes. Bytes that aren't ASCII are written as they are.
void append_quoted(std::string_view text, std::string& out);

}  // namespace vizsla::pipeline
