// The strings of one batch, each once: columns hold codes, and code 0 is "".
//
// Built for the intake's hot path: a lookup is one hash, one probe and one compare; nothing is allocated once the
// table has grown to the size of the payloads that come by, since clear() keeps its memory. The strings lie one after
// the other in a single run of bytes, which is how they go into the log. One thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace vizsla::model {

using StringCode = std::uint32_t;

inline constexpr StringCode kEmptyString = 0;

class StringTable {
 public:
  StringTable();

  // The code of `text`, which is copied if it is new. Views handed out earlier may move.
  StringCode intern(std::string_view text);

  // The code of `text` if it is there; kEmptyString, also when it isn't.
  [[nodiscard]] StringCode find(std::string_view text) const;

  // Takes the newest string out again: the one that the last intern() copied in.
  void forget_last();

  // Valid until the next intern() or clear().
  std::string_view operator[](StringCode code) const {
    return {bytes_.data() + offsets_[code], offsets_[code + 1] - offsets_[code]};
  }

  // Number of codes, the empty string included.
  [[nodiscard]] std::size_t size() const { return offsets_.size() - 1; }

  // String i is bytes()[offsets()[i] .. offsets()[i + 1]).
  [[nodiscard]] std::span<const std::uint32_t> offsets() const { return offsets_; }
  [[nodiscard]] std::span<const char> bytes() const { return bytes_; }

  // Back to the empty string alone; memory is kept up to a bound, so that one giant payload isn't held for ever.
  void clear();

 private:
  struct Slot {
    std::uint32_t hash;
    std::uint32_t code;  // 0 = free: "" never needs a slot
  };

  [[nodiscard]] StringCode find(std::string_view text, std::uint32_t hash) const;
  void grow();
  void place(std::uint32_t hash, StringCode code);

  std::vector<Slot> slots_;            // power of two, at most half full
  std::vector<std::uint32_t> hashes_;  // by code
  std::vector<std::uint32_t> offsets_;
  std::vector<char> bytes_;
};

}  // namespace vizsla::model
