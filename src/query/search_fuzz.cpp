#include <charconv>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "query/search_parser.h"
#include "query/search_plan.h"
#include "query/testing/show_search.h"

using namespace vizsla;

namespace {

// A message ends with a place in the text, or says that the text as a whole won't do.
void check_message(const Error& error, std::string_view text) {
  VIZSLA_CHECK(error.code == ErrorCode::InvalidInput || error.code == ErrorCode::Unsupported);
  const std::size_t at = error.message.rfind("(at ");
  if (at == std::string::npos) return;
  std::size_t place = 0;
  std::from_chars(error.message.data() + at + 4, error.message.data() + error.message.size(), place);
  VIZSLA_CHECK(place >= 1 && place <= text.size() + 1);
}

}  // namespace

// A tree written out means the same again; whatever isn't understood says where.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto root = query::parse_search(text);
  if (!root) {
    check_message(root.error(), text);
    return 0;
  }
  if (const auto filter = query::plan_span_filter(*root)) {
    VIZSLA_CHECK(filter->terms.size() <= query::kSearchTermsMax);
  } else {
    check_message(filter.error(), text);
  }
  const std::string written = query::testing::write(*root);
  const auto again = query::parse_search(written);
  // Written out it may be too long, or too deep.
  if (again) {
    VIZSLA_CHECK(query::testing::show(*again) == query::testing::show(*root));
  } else {
    VIZSLA_CHECK(again.error().message.find("at most") != std::string::npos);
  }
  return 0;
}
