#include <cstddef>
#include <cstdint>

#include "base/buffer.h"
#include "base/check.h"
#include "codec/tracer_sampling.h"

namespace {

using namespace vizsla;

auto decode(const std::uint8_t* data, std::size_t size) {
  Buffer padded(data, data + size);
  padded.resize(size + kPadding);
  return codec::decode_tracer_sampling({Bytes(padded).first(size)});
}

}  // namespace

// What is taken is written as something that is read as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto samplings = decode(data, size);
  if (!samplings) return 0;
  const std::string text = codec::encode_tracer_sampling(*samplings);
  const auto again = decode(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  VIZSLA_CHECK(again.has_value() && *again == *samplings);
  for (const auto& sampling : *samplings) codec::encode_apm_tracing(sampling, {"shop", "prod", true});
  return 0;
}
