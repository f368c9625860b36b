// Texts that live as long as their arena, each distinct one stored once. Views never move.
//
// For results with many equal strings: a trace of 100,000 spans has some hundred of them. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace vizsla {

class TextArena {
 public:
  // A view of `text` that stays valid as long as the arena.
  std::string_view keep(std::string_view text);

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kChunkBytes = 64 << 10;

  std::string_view copy(std::string_view text);
  void grow();

  std::vector<std::unique_ptr<char[]>> chunks_;
  std::size_t left_in_chunk_ = 0;
  char* next_ = nullptr;
  std::size_t bytes_ = 0;

  std::vector<std::string_view> slots_;  // open addressing; an empty view is a free slot
  std::size_t used_ = 0;
};

}  // namespace vizsla
