#include "pipeline/obfuscate/peer_address.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

std::string quantized(std::string_view value) {
  PeerAddressQuantizer quantizer;
  std::string out;
  quantizer.quantize(value, out);
  return out;
}

TEST(PeerAddress, IsBlockedAndItsSuffixKept) {
  EXPECT_EQ(quantized("10.0.0.7"), "blocked-ip-address");
  EXPECT_EQ(quantized("10.0.0.7:5432"), "blocked-ip-address:5432");
  EXPECT_EQ(quantized("10-0-0-7.pod.cluster.local:80"), "blocked-ip-address.pod.cluster.local:80");
  EXPECT_EQ(quantized("10_0_0_7"), "blocked-ip-address");
  EXPECT_EQ(quantized("10.0.0.7."), "blocked-ip-address.");
  EXPECT_EQ(quantized("10.0.0.7.8"), "blocked-ip-address.8");
}

TEST(PeerAddress, MayBeOfTheSixthVersion) {
  EXPECT_EQ(quantized("2001:db8::7"), "blocked-ip-address");
  EXPECT_EQ(quantized("::ffff:10.0.0.7"), "blocked-ip-address");
  EXPECT_EQ(quantized("fe80::1%eth0"), "blocked-ip-address");
  EXPECT_EQ(quantized("[2001:db8::7]:443"), "blocked-ip-address:443");
  EXPECT_EQ(quantized("[2001:db8::7]"), "blocked-ip-address");
  for (const char* name : {"fe80::1%", "[2001:db8::7", "2001:db8", ":", "[]", "2001:db8::7::", "12345::"})
    EXPECT_EQ(quantized(name), name);
}

TEST(PeerAddress, MayStandBehindAPrefix) {
  EXPECT_EQ(quantized("ip-10-0-0-7.ec2.internal"), "ip-blocked-ip-address.ec2.internal");
  EXPECT_EQ(quantized("https://10.0.0.7/a"), "https://blocked-ip-address/a");
  EXPECT_EQ(quantized("dnspoll:///10.0.0.7:1"), "dnspoll:///blocked-ip-address:1");
  for (const char* name : {"http:/10.0.0.7", "http:////10.0.0.7", "tcp://10.0.0.7", "ip10-0-0-7", "xip-10-0-0-7"})
    EXPECT_EQ(quantized(name), name);
}

TEST(PeerAddress, IsNotWhatOnlyLooksLikeOne) {
  for (const char* name : {"", "db", "10.0.0", "10.0.0.", "10.0.0.x", "256.0.0.1", "10.0.00.1", "10.0-0.1", "10..0.1",
                           ".10.0.0.1", "1.2.3.1234", "a.b.c.d"})
    EXPECT_EQ(quantized(name), name);
}

TEST(PeerAddress, StaysWhenItIsTheSameForEverybody) {
  for (const char* name :
       {"127.0.0.1", "127.0.0.1:80", "::1", "[::1]:80", "169.254.169.254", "fd00:ec2::254", "http://169.254.170.2/v2"})
    EXPECT_EQ(quantized(name), name);
  EXPECT_EQ(quantized("127-0-0-1"), "blocked-ip-address");
}

TEST(PeerAddress, StandsOnceInAList) {
  EXPECT_EQ(quantized("10.0.0.1:9092,10.0.0.2:9092,db,10.0.0.3:9093,db"),
            "blocked-ip-address:9092,db,blocked-ip-address:9093");
  EXPECT_EQ(quantized(",,a,,"), ",a");
  EXPECT_EQ(quantized(","), "");
}

TEST(PeerAddress, IsReadFromListsOfAnyLength) {
  PeerAddressQuantizer quantizer;
  std::string list;
  std::string expected = "before ";
  for (int i = 0; i < 5000; ++i) list += fmt::format("host{},10.0.0.1,", i % 3000);
  for (int i = 0; i < 3000; ++i) expected += fmt::format("host{},{}", i, i == 0 ? "blocked-ip-address," : "");
  std::string out = "before ";
  quantizer.quantize(list, out);
  EXPECT_EQ(out, expected);
  out.clear();
  quantizer.quantize("a,a", out);
  EXPECT_EQ(out, "a");
}

}  // namespace
}  // namespace vizsla::pipeline
