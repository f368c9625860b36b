#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "store/embedded/parquet_encoding.h"
#include "store/embedded/thrift_compact.h"

using namespace vizsla;
using namespace vizsla::store;

// The first byte chooses the decoder, the second how many values are asked for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t count = std::size_t{data[1]} * 16;
  Bytes in{data + 2, size - 2};
  if (data[0] % 4 == 0) {
    std::vector<std::uint32_t> values(count);
    std::ignore = decode_hybrid(in, data[0] / 4 % 33, values);
  } else if (data[0] % 4 == 1) {
    std::vector<std::int64_t> values(count);
    std::ignore = decode_delta(in, values);
  } else if (data[0] % 4 == 2) {
    std::vector<std::string_view> values(count);
    if (decode_strings(in, values)) {
      for (const std::string_view value : values) {
        const auto* begin = reinterpret_cast<const std::uint8_t*>(value.data());
        VIZSLA_CHECK(value.empty() || (begin >= data && begin + value.size() <= data + size));
      }
    }
  } else {
    ThriftReader reader(in);
    std::ignore = reader.read_struct([](int, int, std::int64_t) {});
  }
  return 0;
}
