#include "pipeline/obfuscate/ip_address.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {

bool is_ipv6_address(std::string_view text) {
  const std::size_t zone = text.find('%');
  if (zone != std::string_view::npos && zone + 1 == text.size()) return false;
  const std::string_view address = text.substr(0, zone);
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (address.size() >= terminated.size() || address.find('\0') != std::string_view::npos) return false;
  std::copy(address.begin(), address.end(), terminated.begin());
  in6_addr parsed;
  return inet_pton(AF_INET6, terminated.data(), &parsed) == 1;
}

std::size_t ipv4_address_size(std::string_view text) {
  char separator = '\0';
  std::size_t at = 0;
  for (int field = 0; field < 4; ++field) {
    if (field > 0) {
      if (at == text.size()) return 0;
      const char c = text[at];
      if (field == 1) {
        if (c != '.' && c != '-' && c != '_') return 0;
        separator = c;
      } else if (c != separator) {
        return 0;
      }
      ++at;
    }
    const std::size_t begin = at;
    int value = 0;
    for (; at < text.size() && is_ascii_digit(text[at]); ++at) {
      value = value * 10 + (text[at] - '0');
      if (value > 255 || (at > begin && text[begin] == '0')) return 0;
    }
    if (at == begin) return 0;
  }
  return at;
}

}  // namespace vizsla::pipeline
