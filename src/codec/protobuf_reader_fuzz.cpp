#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "codec/protobuf_reader.h"

namespace {

using vizsla::codec::ProtobufReader;

// Reads the fields in ways that their numbers choose, so that each way meets each encoding.
void read(ProtobufReader& in, std::uint32_t field, std::uint64_t& sum, int depth) {
  VIZSLA_CHECK(!in.failed() && depth <= ProtobufReader::kDepthMax);
  switch (field % 6) {
    case 0:
      sum += in.integer();
      return;
    case 1:
      for (const char c : in.bytes()) sum += static_cast<unsigned char>(c);
      return;
    case 2:
      in.message([&](std::uint32_t inner) { read(in, inner, sum, depth + 1); });
      return;
    case 3:
      sum += in.real() > 0 ? 1 : 0;
      return;
    case 4:
      sum += in.boolean() ? 1 : 0;
      return;
    default:
      return;  // passed over
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ProtobufReader in({data, size});
  std::uint64_t sum = 0;
  in.body([&](std::uint32_t field) { read(in, field, sum, 0); });
  VIZSLA_CHECK(in.offset() == size);
  if (in.failed()) VIZSLA_CHECK(!in.error().message.empty());
  return 0;
}
