#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "pipeline/obfuscate/json.h"

using namespace vizsla;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto sql = [](std::string_view query, std::string& out) {
    out += query;
    return !query.starts_with("bad");
  };
  pipeline::JsonObfuscator hiding({});
  std::string out;
  const bool whole = hiding.obfuscate(text, sql, out);
  VIZSLA_CHECK(whole || out.ends_with("..."));
  // Every value is at least one byte, and three of them take its place.
  VIZSLA_CHECK(out.size() <= 3 * size + 6);
  if (whole) {
    std::string again;
    VIZSLA_CHECK(hiding.obfuscate(out, sql, again));
    VIZSLA_CHECK(again == out);
  }

  // What is kept or rewritten is JSON as much as the input was.
  pipeline::JsonObfuscator keeping({.keep_values = {"a", "key"}, .obfuscate_sql_values = {"b", "query", ""}});
  out.clear();
  VIZSLA_CHECK(keeping.obfuscate(text, sql, out) == whole);
  if (whole) {
    std::string hidden;
    VIZSLA_CHECK(hiding.obfuscate(out, sql, hidden));
  }

  std::string unquoted;
  pipeline::append_unquoted(text, unquoted);
  std::string quoted;
  pipeline::append_quoted(text, quoted);
  unquoted.clear();
  pipeline::append_unquoted(quoted, unquoted);
  VIZSLA_CHECK(unquoted == text);
  return 0;
}
