#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "pipeline/obfuscate/peer_address.h"

using namespace vizsla;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static pipeline::PeerAddressQuantizer quantizer;
  std::string out;
  quantizer.quantize(text, out);
  std::string again = "a,b,";
  quantizer.quantize(out, again);
  VIZSLA_CHECK(again == "a,b," + out);
  return 0;
}
