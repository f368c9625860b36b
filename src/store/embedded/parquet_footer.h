// Where the column chunks of a Parquet file lie, read back from its footer: what is needed to walk its pages without an
// index. Reads what our writer writes, and no more of the format.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace vizsla::store {

struct ParquetChunk {
  std::uint64_t offset = 0;  // of its first page in the file
  std::uint64_t bytes = 0;   // of all of its pages
  bool has_dictionary = false;
};

struct ParquetRowGroup {
  std::uint32_t rows = 0;
  std::vector<ParquetChunk> chunks;  // by leaf
};

// `footer` without the length and the magic behind it. Corrupt when it doesn't parse, or when a chunk doesn't lie
// within `data_bytes`, what the file has before the footer.
Result<std::vector<ParquetRowGroup>> read_parquet_footer(Bytes footer, std::uint64_t data_bytes);

}  // namespace vizsla::store
