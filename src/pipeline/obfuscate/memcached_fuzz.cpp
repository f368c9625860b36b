#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "pipeline/obfuscate/memcached.h"

using namespace vizsla;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  VIZSLA_CHECK(pipeline::obfuscate_memcached_command(text, false).empty());
  const std::string_view kept = pipeline::obfuscate_memcached_command(text, true);
  VIZSLA_CHECK(kept.find('\n') == std::string_view::npos);
  VIZSLA_CHECK(pipeline::obfuscate_memcached_command(kept, true) == kept);
  return 0;
}
