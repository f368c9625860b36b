#include "pipeline/obfuscate/ip_address.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

TEST(IpAddress, OfTheSixthVersionIsTheWholeText) {
  for (const char* text : {"::", "::1", "2001:DB8::7", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1", "fe80::1%eth0"})
    EXPECT_TRUE(is_ipv6_address(text)) << text;
  for (const char* text : {"", ":", "1", "192.0.2.1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1::", "::g",
                           "12345::", "::1 ", "fe80::1%", "[::1]", "::ffff:192.0.2.01", "::ffff:192.0.2.256"})
    EXPECT_FALSE(is_ipv6_address(text)) << text;
  EXPECT_FALSE(is_ipv6_address(std::string_view("::1\0", 4)));
  EXPECT_FALSE(is_ipv6_address(std::string(1000, ':')));
}

TEST(IpAddress, OfTheFourthVersionIsTheBegin) {
  EXPECT_EQ(ipv4_address_size("192.0.2.1"), 9u);
  EXPECT_EQ(ipv4_address_size("192-0-2-1-x"), 9u);
  EXPECT_EQ(ipv4_address_size("192_0_2_1:80"), 9u);
  for (const char* text :
       {"", "192.0.2", "192.0.2.", "192.0-2.1", "192.0.2.256", "192.00.2.1", " 192.0.2.1", "192..2.1"})
    EXPECT_EQ(ipv4_address_size(text), 0u) << text;
}

}  // namespace
}  // namespace vizsla::pipeline
