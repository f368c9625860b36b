#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "http/url.h"

using namespace vizsla;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto target = http::parse_target(text)) VIZSLA_CHECK(target->path.starts_with('/'));
  VIZSLA_CHECK(http::percent_decode(http::percent_encode(text), false) == text);
  return 0;
}
