#include "pipeline/obfuscate/http_endpoint.h"

#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {
namespace {

constexpr int kComponentsMax = 8;

// What a component is replaced by; "" when it stays.
std::string_view placeholder(std::string_view component) {
  bool only_digits = true;
  bool only_digits_and_delimiters = true;
  bool only_hex = true;
  bool only_hex_and_delimiters = true;
  bool has_digit = false;
  bool has_special = false;
  for (const char c : component) {
    const bool digit = is_ascii_digit(c);
    const bool hex = is_hex_digit(c);
    const bool delimiter = c == '.' || c == '_' || c == '-';
    only_digits = only_digits && digit;
    only_digits_and_delimiters = only_digits_and_delimiters && (digit || delimiter);
    only_hex = only_hex && hex;
    only_hex_and_delimiters = only_hex_and_delimiters && (hex || delimiter);
    has_digit = has_digit || digit;
    has_special = has_special || std::string_view("%&'()*+,:=@").find(c) != std::string_view::npos;
  }
  const std::size_t size = component.size();
  if (only_digits && size >= 2 && component[0] != '0') return "{param:int}";
  if (only_digits_and_delimiters && has_digit && size >= 3) return "{param:int_id}";
  if (only_hex && has_digit && size >= 6) return "{param:hex}";
  if (only_hex_and_delimiters && has_digit && size >= 6) return "{param:hex_id}";
  if (has_special || size >= 20) return "{param:str}";
  return "";
}

}  // namespace

void simplify_http_endpoint(std::string_view path, std::string& out) {
  const std::size_t begin = out.size();
  if (path.starts_with('/')) {
    for (int components = 0; components < kComponentsMax;) {
      const std::size_t name = path.find_first_not_of('/');
      if (name == std::string_view::npos) break;
      path.remove_prefix(name);
      const std::string_view component = path.substr(0, path.find('/'));
      path.remove_prefix(component.size());
      const std::string_view instead = placeholder(component);
      out += '/';
      out += instead.empty() ? component : instead;
      ++components;
    }
  }
  // A slash behind the last component stays, also where it leads to a ninth.
  if (out.size() == begin || path.starts_with('/')) out += '/';
}

}  // namespace vizsla::pipeline
