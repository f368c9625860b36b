#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "pipeline/obfuscate/http_url.h"

using namespace vizsla;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string out;
  pipeline::obfuscate_http_url(text, {}, out);
  VIZSLA_CHECK(out.size() <= 3 * size + 2);
  std::string without_query;
  pipeline::obfuscate_http_url(text, {.remove_query_string = true}, without_query);
  // Go prints some paths in a way that it reads as something else: "//a@b" without a host, "/%2f" that gets rewritten.
  const bool reads_as_printed = !out.starts_with("//") && text.find('%') == std::string_view::npos;
  if (without_query != "?" && reads_as_printed) {
    std::string again;
    pipeline::obfuscate_http_url(out, {}, again);
    VIZSLA_CHECK(again == out);
  }

  std::string prefixed = "before";
  pipeline::obfuscate_http_url(text, {}, prefixed);
  VIZSLA_CHECK(prefixed == "before" + out);

  for (const bool query : {false, true}) {
    const pipeline::UrlObfuscation settings{.remove_query_string = query, .remove_paths_with_digits = true};
    out.clear();
    pipeline::obfuscate_http_url(text, settings, out);
    VIZSLA_CHECK(out.size() <= 3 * size + 2);
  }
  return 0;
}
