#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "pipeline/obfuscate/name_patterns.h"

using namespace vizsla;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string out;
  pipeline::quantize_name(text, out);
  VIZSLA_CHECK(out.size() <= 4 * size);
  std::string again;
  pipeline::quantize_name(out, again);
  VIZSLA_CHECK(again == out);
  return 0;
}
