#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "pipeline/obfuscate/redis.h"

using namespace vizsla;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string out;
  pipeline::quantize_redis_resource(text, out);
  VIZSLA_CHECK(out.size() <= size + 4);
  VIZSLA_CHECK(out.find('\n') == std::string::npos);
  // At most three commands of two words, and the dots.
  VIZSLA_CHECK(std::count(out.begin(), out.end(), ' ') <= 6);

  out.clear();
  pipeline::obfuscate_redis_command(text, out);
  VIZSLA_CHECK(out.size() <= size);
  // Hidden is hidden: a second time finds nothing that the first one left.
  std::string again;
  pipeline::obfuscate_redis_command(out, again);
  VIZSLA_CHECK(std::count(again.begin(), again.end(), '?') >= std::count(out.begin(), out.end(), '?'));

  out.clear();
  pipeline::remove_redis_arguments(text, out);
  VIZSLA_CHECK(out.size() <= 2 * size + 2);
  return 0;
}
