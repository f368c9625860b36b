#include <cstddef>
#include <cstdint>

#include <fuzzer/FuzzedDataProvider.h>

#include "base/check.h"
#include "pipeline/obfuscate/regex.h"

using namespace vizsla;
using pipeline::RegexReplacement;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const std::string pattern = input.ConsumeRandomLengthString(60);
  const std::string replacement = input.ConsumeRandomLengthString(40);
  const std::string text = input.ConsumeRandomLengthString(500);
  auto regex = pipeline::Regex::compile(pattern);
  if (!regex) {
    VIZSLA_CHECK(!regex.error().message.empty());
    return 0;
  }
  VIZSLA_CHECK(regex->pattern() == pattern);
  const bool found = regex->search(text);
  RegexReplacement rule(*std::move(regex), replacement);
  std::string out = "before ";
  VIZSLA_CHECK(rule.replace(text, out) == found);
  VIZSLA_CHECK(out.starts_with("before "));
  if (!found) VIZSLA_CHECK(out == "before ");
  // The whole match for itself changes nothing.
  RegexReplacement same(*pipeline::Regex::compile(pattern), "$0");
  out.clear();
  if (same.replace(text, out)) VIZSLA_CHECK(out == text);
  return 0;
}
