#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "codec/ddsketch_wire.h"

using namespace vizsla;

// Decodes a message, converts what it says, and writes it again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto sent = codec::decode_ddsketch({data, size}, {.bins_max = 200});
  if (!sent) return 0;
  sketch::DDSketch stored;
  stored.merge(*sent);
  VIZSLA_CHECK(std::abs(stored.count() - sent->count()) <= sent->count() * 1e-6);
  for (const double q : {0.0, 0.5, 0.99, 1.0}) {
    const auto value = stored.quantile(q);
    VIZSLA_CHECK(value.has_value() == !stored.empty() && (!value || std::isfinite(*value)));
  }
  Buffer written;
  codec::encode_ddsketch(stored, written);
  const auto again = codec::decode_ddsketch(written, {.count_max = 1e300});
  VIZSLA_CHECK(again && again->count() == stored.count());
  return 0;
}
