// IP addresses as text. Pure; any bytes will do.
#pragma once

#include <cstddef>
#include <string_view>

namespace vizsla::pipeline {

// Is all of `text` an IPv6 address (RFC 4291 §2.2), maybe with a zone ("%eth0")?
bool is_ipv6_address(std::string_view text);

// Bytes of the IPv4 address that `text` begins with, its fields separated by ".", "-" or "_", none with a leading zero;
// 0 when there is none.
std::size_t ipv4_address_size(std::string_view text);

}  // namespace vizsla::pipeline
