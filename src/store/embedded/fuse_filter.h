// A set of 64-bit hashes in some nine bits each, that says "no" or "perhaps": wrong in one of 256 cases, and never
// about what is in it.
//
// A binary fuse filter of three places: Graf and Lemire, "Binary Fuse Filters: Fast and Smaller Than Xor Filters", ACM
// Journal of Experimental Algorithmics 27 (2022). Half the size of a Bloom filter with as few mistakes. Plain values;
// the bytes are written as they are (docs/formats/block.md).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/buffer.h"
#include "base/bytes.h"

namespace vizsla::store {

struct FuseShape {
  std::uint64_t seed = 0;
  std::uint32_t segment_bytes = 0;  // a power of two
  std::uint32_t segments = 0;       // in which a first place may lie; there are two more behind them

  [[nodiscard]] std::uint64_t bytes() const {
    return segments == 0 ? 0 : (std::uint64_t{segments} + 2) * segment_bytes;
  }
  bool operator==(const FuseShape&) const = default;
};

// Appends the filter for `hashes`, which are sorted and made unique. Without any its shape is empty.
FuseShape encode_fuse_filter(std::vector<std::uint64_t>& hashes, Buffer& out);

// `filter` has shape.bytes() bytes.
[[nodiscard]] bool may_contain(const FuseShape& shape, Bytes filter, std::uint64_t hash);

}  // namespace vizsla::store
