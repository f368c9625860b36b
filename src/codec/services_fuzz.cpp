#include <cstddef>
#include <cstdint>

#include "base/buffer.h"
#include "codec/services.h"

// The first byte chooses the form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const vizsla::Bytes body{data + 1, size - 1};
  if (data[0] % 2 == 0) {
    std::ignore = vizsla::codec::decode_services_msgpack(body);
  } else {
    vizsla::Buffer padded(body.begin(), body.end());
    padded.resize(body.size() + vizsla::kPadding);
    std::ignore = vizsla::codec::decode_services_json({vizsla::Bytes(padded).first(body.size())});
  }
  return 0;
}
