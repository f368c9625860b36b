// What both readers of SQL (sql_tokenizer, sql_lexer) need of text: a padded copy of the statement, characters beyond
// ASCII, words compared without case, and bytes written quickly.
//
// Pure. Classes are for one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/bytes.h"

namespace vizsla::pipeline {

// Every text that is scanned has this many bytes behind it that may be read. Those behind a statement are zeros, so
// that loops over words and numbers need no test for the end.
inline constexpr std::size_t kSqlPadding = 32;

// A character and the number of its bytes. Bytes that belong to no character are U+FFFD of one byte each,
// as Go decodes them.
struct SqlCharacter {
  char32_t code;
  std::size_t size;
};

// The character that begins at `at`, before `end`.
SqlCharacter sql_character(const char* at, const char* end);

// How many bytes of `text` come before the first one that belongs to no character.
std::size_t valid_utf8_prefix(std::string_view text);

// Go's unicode.IsLetter, IsNumber and IsSpace, of any character.
bool is_unicode_letter(char32_t code);
bool is_unicode_number(char32_t code);
bool is_unicode_space(char32_t code);

// The first `delimiter`, backslash or zero at or behind `at`, which has padding behind it that ends in zeros.
const char* find_end_of_plain(const char* at, char delimiter);

// Bytes that are appended to, with room to read and write behind them. Views into it are valid until it is changed.
class SqlBuffer {
 public:
  void clear() { size_ = 0; }

  // Gives back what a statement of unusual size has left behind. Everything in here is lost.
  void release_if_large();

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }
  [[nodiscard]] std::string_view view(std::size_t from) const { return {bytes_.get() + from, size_ - from}; }

  // Room for `more` bytes and the padding.
  void reserve(std::size_t more) {
    if (size_ + more + kSqlPadding > capacity_) [[unlikely]]
      grow(more);
  }

  void push(char c) {
    reserve(1);
    bytes_[size_++] = c;
  }

  void append(std::string_view text) {
    reserve(text.size());
    if (!text.empty()) std::memcpy(bytes_.get() + size_, text.data(), text.size());
    size_ += text.size();
  }

  // The same for a text that has padding behind it: nearly all are short, and a copy of constant size is quicker.
  void append_padded(std::string_view text) {
    reserve(text.size());
    put_padded(text);
  }

  // For writers that have reserved already.
  void put(char c) { bytes_[size_++] = c; }
  void put_padded(std::string_view text) {
    if (text.size() <= 16) [[likely]] {
      std::memcpy(bytes_.get() + size_, text.data(), 16);
    } else {
      std::memcpy(bytes_.get() + size_, text.data(), text.size());
    }
    size_ += text.size();
  }

  void append_character(char32_t code);

  // Takes white space off both ends of what was appended since the size was `begin`.
  void trim_from(std::size_t begin);

  // Writes zeros into the padding, so that what is in here may be scanned.
  void pad();

 private:
  static constexpr std::size_t kKeptBytesMax = 1 << 20;  // one megabyte: no statement that anybody reads is longer

  void grow(std::size_t more);

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

// `name` with each run of digits as one `?` (option replace_digits), appended. Bytes that belong to no character are
// kept.
void append_replacing_digits(std::string_view name, SqlBuffer& out);

// `text` with each run of spaces as one, and none at the ends, appended. Only U+0020: other white space stays.
void append_compacting_spaces(std::string_view text, SqlBuffer& out);

// Up to 16 letters, digits and the like in upper case, to be compared as two numbers. Exact for words of ASCII letters
// and `_`; any other character gives something that is in no list of words.
struct SqlWord {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;

  bool operator==(const SqlWord&) const = default;

  // `text` has padding behind it and at most 16 bytes.
  static SqlWord of_padded(std::string_view text) {
    constexpr std::uint64_t kUpper = 0xdfdfdfdfdfdfdfdfu;
    const auto mask = [](std::size_t bytes) { return bytes >= 8 ? ~std::uint64_t{0} : (1ull << (8 * bytes)) - 1; };
    const std::size_t size = text.size();
    return {load<std::uint64_t>(text.data()) & kUpper & mask(size),
            size <= 8 ? 0 : load<std::uint64_t>(text.data() + 8) & kUpper & mask(size - 8)};
  }

  // `text` is in upper case, for tables made at compile time.
  static constexpr SqlWord of_literal(std::string_view text) {
    SqlWord word;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<std::uint64_t>(static_cast<unsigned char>(text[i]));
      (i < 8 ? word.head : word.tail) |= byte << (8 * (i % 8));
    }
    return word;
  }

  [[nodiscard]] constexpr std::size_t hash() const {
    return static_cast<std::size_t>(((head ^ (tail * 0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu) >> 40);
  }
};

// What a word means, looked up by its letters. Made at compile time; `Meaning{}` is for words that aren't in it.
template <class Meaning>
struct SqlWordEntry {
  std::string_view word;  // upper case
  Meaning meaning;
};

template <class Meaning, std::size_t kWords>
class SqlWordTable {
 public:
  constexpr explicit SqlWordTable(const std::array<SqlWordEntry<Meaning>, kWords>& entries) {
    for (const SqlWordEntry<Meaning>& entry : entries) {
      const SqlWord word = SqlWord::of_literal(entry.word);
      std::size_t slot = word.hash() % kSlots;
      while (slots_[slot].word != SqlWord{}) slot = (slot + 1) % kSlots;
      slots_[slot] = {word, entry.meaning};
    }
  }

  [[nodiscard]] constexpr Meaning find(const SqlWord& word) const {
    for (std::size_t slot = word.hash() % kSlots;; slot = (slot + 1) % kSlots) {
      if (slots_[slot].word == word) return slots_[slot].meaning;
      if (slots_[slot].word == SqlWord{}) return Meaning{};
    }
  }

 private:
  struct Slot {
    SqlWord word;
    Meaning meaning{};
  };
  static constexpr std::size_t kSlots = kWords <= 32 ? 256 : 1024;  // sparse: most words aren't in it
  static_assert(kWords * 4 <= kSlots);

  std::array<Slot, kSlots> slots_{};
};

}  // namespace vizsla::pipeline
