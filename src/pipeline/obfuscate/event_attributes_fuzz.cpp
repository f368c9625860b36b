#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "pipeline/obfuscate/event_attributes.h"

using namespace vizsla;
using pipeline::EventAttribute;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  pipeline::EventAttributeRewriter rewriter;
  std::string out;
  VIZSLA_CHECK(!rewriter.rewrite(text, [](const EventAttribute&, std::string&) { return false; }, out));
  VIZSLA_CHECK(out.empty());

  int values = 0;
  const auto hide = [&](const EventAttribute&, std::string& replacement) {
    ++values;
    replacement += "\"?";
    return true;
  };
  if (!rewriter.rewrite(text, hide, out)) {
    VIZSLA_CHECK(values == 0);
    return 0;
  }
  // The values stand where they stood, and each is what it was made.
  const int before = values;
  values = 0;
  const auto look = [&](const EventAttribute& attribute, std::string&) {
    ++values;
    VIZSLA_CHECK(attribute.text == "\"?");
    return false;
  };
  std::string same;
  VIZSLA_CHECK(!rewriter.rewrite(out, look, same));
  VIZSLA_CHECK(values == before);
  return 0;
}
