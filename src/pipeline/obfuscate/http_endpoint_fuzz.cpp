#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "pipeline/obfuscate/http_endpoint.h"

using namespace vizsla;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string out;
  pipeline::simplify_http_endpoint(text, out);
  VIZSLA_CHECK(out.starts_with('/'));
  VIZSLA_CHECK(out.find("//") == std::string::npos);
  VIZSLA_CHECK(std::count(out.begin(), out.end(), '/') <= 9);
  VIZSLA_CHECK(out.size() <= size + 8 * 14 + 1);
  return 0;
}
