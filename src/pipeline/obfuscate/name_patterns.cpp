#include "pipeline/obfuscate/name_patterns.h"

#include <algorithm>

#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {
namespace {

constexpr std::size_t kGuidBytes = 36;
constexpr std::size_t kNumberDigitsMin = 6;

bool ends_word(std::string_view name, std::size_t at) {
  return at == name.size() || !is_ascii_alphanumeric(name[at]);
}

bool is_guid_at(std::string_view name, std::size_t at) {
  if (at + kGuidBytes > name.size() || !ends_word(name, at + kGuidBytes)) return false;
  for (std::size_t i = 0; i < kGuidBytes; ++i) {
    const char c = name[at + i];
    const bool separator = i == 8 || i == 13 || i == 18 || i == 23;
    if (separator ? c != '-' && c != '_' : !is_hex_digit(c)) return false;
  }
  return true;
}

bool is_in_key(char c) {
  return is_ascii_alphanumeric(c) || std::string_view("_-.~+%[]").find(c) != std::string_view::npos;
}

// Does a query begin at `at`, behind the question mark?
bool is_query_at(std::string_view name, std::size_t at) {
  const std::size_t begin = at;
  while (at < name.size() && is_in_key(name[at])) ++at;
  return at > begin && at < name.size() && (name[at] == '=' || name[at] == '&');
}

}  // namespace

void quantize_name(std::string_view name, std::string& out) {
  bool in_query = false;
  std::size_t at = 0;
  while (at < name.size()) {
    const char c = name[at];
    const bool begins_word = at == 0 || !is_ascii_alphanumeric(name[at - 1]);
    if (begins_word && is_hex_digit(c) && is_guid_at(name, at)) {
      out += "{guid}";
      at += kGuidBytes;
    } else if (begins_word && is_ascii_digit(c)) {
      std::size_t end = at;
      while (end < name.size() && is_ascii_digit(name[end])) ++end;
      if (end - at >= kNumberDigitsMin && ends_word(name, end)) {
        out += "{num}";
      } else {
        out += name.substr(at, end - at);
      }
      at = end;
    } else if (in_query && c == '=') {
      out += "={val}";
      at = std::min(name.find_first_of("&;# \t\r\n\"'<>", at), name.size());
    } else {
      out += c;
      ++at;
      if (c == '?') {
        in_query = is_query_at(name, at);
      } else {
        in_query = in_query && (is_in_key(c) || c == '&' || c == ';');
      }
    }
  }
}

}  // namespace vizsla::pipeline
