// Bits in a row, and how many of them are set up to where: what the levels of a Parquet page are.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace vizsla::store {

class Bitmap {
 public:
  void clear() {
    words_.clear();
    size_ = 0;
  }

  // The lowest `count` bits of `bits`, lowest first; at most 64.
  void append(std::uint64_t bits, std::size_t count) {
    if (count == 0) return;
    if (count < 64) bits &= (std::uint64_t{1} << count) - 1;
    const std::size_t used = size_ % 64;
    if (used == 0) {
      words_.push_back(bits);
    } else {
      words_.back() |= bits << used;
      if (used + count > 64) words_.push_back(bits >> (64 - used));
    }
    size_ += count;
  }

  void append_run(bool bit, std::size_t count) {
    for (; count > 0; count -= std::min<std::size_t>(count, 64))
      append(bit ? ~std::uint64_t{0} : 0, std::min<std::size_t>(count, 64));
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool operator[](std::size_t i) const { return (words_[i / 64] >> (i % 64) & 1) != 0; }

  // Set bits in [begin, end).
  [[nodiscard]] std::size_t ones(std::size_t begin, std::size_t end) const {
    VIZSLA_CHECK(begin <= end && end <= size_);
    std::size_t count = 0;
    while (begin < end) {
      const std::size_t shift = begin % 64;
      const std::size_t bits = std::min(64 - shift, end - begin);
      const std::uint64_t mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
      count += static_cast<std::size_t>(std::popcount(words_[begin / 64] >> shift & mask));
      begin += bits;
    }
    return count;
  }

  // Where zero number `n` lies at or behind `from`, counted from 0; size() when there are fewer.
  [[nodiscard]] std::size_t find_zero(std::size_t from, std::size_t n) const {
    for (; from < size_ && from % 64 != 0; ++from) {
      if (!(*this)[from] && n-- == 0) return from;
    }
    for (; from + 64 <= size_; from += 64) {
      const auto zeros = static_cast<std::size_t>(64 - std::popcount(words_[from / 64]));
      if (zeros > n) break;
      n -= zeros;
    }
    for (; from < size_; ++from) {
      if (!(*this)[from] && n-- == 0) return from;
    }
    return size_;
  }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_ = 0;
};

}  // namespace vizsla::store
