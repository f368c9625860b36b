#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "store/embedded/parquet_encoding.h"
#include "store/embedded/thrift_compact.h"

using namespace vizsla;
using namespace vizsla::store;

// The first byte chooses the decoder, the second how many values there are to be, of which the later half is asked for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t count = std::size_t{data[1]} * 16;
  const Bytes in{data + 2, size - 2};
  if (data[0] % 4 == 0) {
    std::vector<std::uint32_t> values(count - count / 2);
    std::ignore = decode_hybrid(in, data[0] / 4 % 33, count / 2, values);
    Bitmap bits;
    VIZSLA_CHECK(!decode_bits(in, count, bits) || (bits.size() == count && bits.ones(0, count) <= count));
  } else if (data[0] % 4 == 1) {
    std::vector<std::int64_t> values(count - count / 2);
    std::ignore = decode_delta(in, count, count / 2, values);
  } else if (data[0] % 4 == 2) {
    std::vector<std::string_view> values(count - count / 2);
    if (decode_strings(in, count, count / 2, values)) {
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
