#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "store/embedded/parquet_footer.h"

using namespace vizsla;
using namespace vizsla::store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kDataBytes = 1000;
  const auto groups = read_parquet_footer({data, size}, kDataBytes);
  if (!groups) return 0;
  for (const ParquetRowGroup& group : *groups) {
    for (const ParquetChunk& chunk : group.chunks) VIZSLA_CHECK(chunk.offset + chunk.bytes <= kDataBytes);
  }
  return 0;
}
