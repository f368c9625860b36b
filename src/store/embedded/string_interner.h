// Numbers strings that come and go: each gets a code, and its bytes are copied once.
//
// For merging blocks, where the strings of a page are gone with the next one. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace vizsla::store {

class StringInterner {
 public:
  // The code of `text`, the same for equal ones.
  std::uint32_t intern(std::string_view text);

  [[nodiscard]] std::string_view operator[](std::uint32_t code) const { return pool_[code]; }
  [[nodiscard]] const std::vector<std::string_view>& pool() const { return pool_; }

  // Forgets all codes; keeps the memory.
  void clear();

 private:
  static constexpr std::size_t kChunkBytes = 256 << 10;

  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };

  std::string_view copy(std::string_view text);
  void grow();

  std::vector<std::string_view> pool_;
  std::vector<std::uint64_t> hashes_;  // by code
  std::vector<std::uint32_t> slots_;   // 1 + code; 0 = free
  std::vector<Chunk> chunks_;
  std::size_t chunk_ = 0;  // the one that is being filled
  std::size_t used_ = 0;   // of it
};

}  // namespace vizsla::store
