#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "http/content_coding.h"

// The first byte chooses the coding.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::string_view kCodings[] = {"gzip", "deflate", "zstd", "gzip, zstd"};
  constexpr std::uint64_t kBytesMax = 1 << 20;
  const auto decoded = vizsla::http::decode_content(kCodings[data[0] % 4], {data + 1, size - 1}, kBytesMax,
                                                    [](std::uint64_t bytes) { return bytes <= kBytesMax + 1; });
  VIZSLA_CHECK(!decoded || decoded->size() <= kBytesMax);
  return 0;
}
