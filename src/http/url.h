// The request target, taken apart (RFC 3986, and application/x-www-form-urlencoded for the query).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vizsla::http {

// Nothing when a "%" isn't followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank);
// Everything but letters, digits and "-._~" as %XX.
std::string percent_encode(std::string_view text);

struct Target {
  std::string path;
  std::string encoded_path;  // as it came: a slash in it separates, one that was encoded is part of a name
  std::vector<std::pair<std::string, std::string>> query;
};

// Splits and decodes; nothing when it doesn't decode, or the path doesn't begin with "/". An absolute form
// ("http://host/path") is taken too, as proxies send it.
std::optional<Target> parse_target(std::string_view target);

}  // namespace vizsla::http
