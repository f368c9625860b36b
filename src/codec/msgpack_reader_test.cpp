#include "codec/msgpack_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/testing/msgpack_writer.h"

namespace vizsla::codec {
namespace {

using testing::from_hex;

TEST(MsgpackReader, ReadsEveryIntegerEncoding) {
  const auto body =
      from_hex("00 7f ff e0 cc80 cdffff ceffffffff cfffffffffffffffff d080 d18000 d280000000 d38000000000000000 c0");
  MsgpackReader in(body);
  for (const std::uint64_t expected : std::initializer_list<std::uint64_t>{
           0, 127, ~0ull, ~0ull - 31, 128, 0xffff, 0xffffffff, ~0ull, static_cast<std::uint64_t>(INT8_MIN),
           static_cast<std::uint64_t>(INT16_MIN), static_cast<std::uint64_t>(INT32_MIN),
           static_cast<std::uint64_t>(INT64_MIN), 0}) {
    EXPECT_EQ(in.u64(), expected);
  }
  EXPECT_FALSE(in.failed());
  EXPECT_EQ(in.peek(), MsgpackReader::Kind::End);
}

TEST(MsgpackReader, RefusesNumbersThatDoNotFit) {
  for (const char* hex :
       {"cfffffffffffffffff", "cb3ff8000000000000", "cb7ff0000000000000", "cb7ff8000000000000", "a131", "90", "c2"}) {
    const auto body = from_hex(hex);
    MsgpackReader in(body);
    EXPECT_EQ(in.i64(), 0) << hex;
    EXPECT_TRUE(in.failed()) << hex;
  }
}

TEST(MsgpackReader, ReadsSmallNumbersInEveryEncoding) {
  const auto body = from_hex("00 7f cc80 cdffff ceffffffff cfffffffffffffffff ff c0 cb3ff0000000000000 cd00");
  MsgpackReader in(body);
  for (const std::uint64_t expected :
       std::initializer_list<std::uint64_t>{0, 127, 128, 0xffff, 0xffffffff, ~0ull, ~0ull, 0, 1})
    EXPECT_EQ(in.small(), expected);
  EXPECT_FALSE(in.failed());
  EXPECT_EQ(in.small(), 0u);  // cut short
  EXPECT_TRUE(in.truncated());
}

TEST(MsgpackReader, RefusesNumbersOfMoreThan32BitsWhereItIsTold) {
  const auto body = from_hex("ce7fffffff d280000000 ceffffffff");
  MsgpackReader in(body);
  EXPECT_EQ(in.i32(), INT32_MAX);
  EXPECT_EQ(in.i32(), INT32_MIN);
  EXPECT_EQ(in.u32(), UINT32_MAX);
  EXPECT_FALSE(in.failed());
  for (const char* hex : {"ce80000000", "d3ffffffff7fffffff", "cb41f0000000000000"}) {
    const auto large = from_hex(hex);
    MsgpackReader signed_reader(large);
    EXPECT_EQ(signed_reader.i32(), 0);
    EXPECT_TRUE(signed_reader.failed()) << hex;
  }
  for (const char* hex : {"cf0000000100000000", "ff", "cb41f0000000000000"}) {
    const auto large = from_hex(hex);
    MsgpackReader unsigned_reader(large);
    EXPECT_EQ(unsigned_reader.u32(), 0u);
    EXPECT_TRUE(unsigned_reader.failed()) << hex;
  }
}

TEST(MsgpackReader, SaysWhetherAStringComesNext) {
  for (const char* hex : {"a0", "bf", "d900", "da0000", "db00000000", "c400", "c50000", "c600000000"}) {
    const auto body = from_hex(hex);
    EXPECT_TRUE(MsgpackReader(body).at_string()) << hex;
  }
  for (const char* hex :
       {"", "00", "7f", "80", "90", "c0", "c2", "c7", "ca", "cc", "d0", "d4", "d8", "dc", "de", "ff"}) {
    const auto body = from_hex(hex);
    EXPECT_FALSE(MsgpackReader(body).at_string()) << hex;
  }
}

TEST(MsgpackReader, ReadsEveryStringEncoding) {
  const auto body = from_hex("a161 d90162 da000163 db0000000164 c40165 c5000166 c60000000167 c0 a0");
  MsgpackReader in(body);
  for (const char* expected : {"a", "b", "c", "d", "e", "f", "g", "", ""}) EXPECT_EQ(in.string(), expected);
  EXPECT_FALSE(in.failed());
}

TEST(MsgpackReader, SkipsWhateverComes) {
  const auto body = from_hex(
      "92 c0 82 a161 cb3ff0000000000000 c3 93 d40102 c70203aabb c8000101aa  c9000000010fbb d8 01 "
      "00112233445566778899aabbccddeeff 07");
  MsgpackReader in(body);
  in.skip();
  EXPECT_FALSE(in.failed());
  in.skip();
  in.skip();
  EXPECT_EQ(in.u64(), 7u);
  EXPECT_FALSE(in.failed()) << in.error().message;
}

// Every prefix of a valid document is refused, as cut short.
TEST(MsgpackReader, NoticesEveryWayOfBeingCutShort) {
  const auto body = from_hex(
      "94 da000361 6263 cf0000000000000001 82 a16b c6 00000002 0102 a16c cb3ff0000000000000 c9 00000001 05 aa");
  for (std::size_t size = 0; size < body.size(); ++size) {
    const std::vector<std::uint8_t> part(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size));
    MsgpackReader in(part);
    in.skip();
    EXPECT_TRUE(in.failed()) << size;
  }
  MsgpackReader in(body);
  in.skip();
  EXPECT_FALSE(in.failed());
}

TEST(MsgpackReader, StaysFailed) {
  const auto body = from_hex("a1 61 05");
  MsgpackReader in(body);
  in.u64();
  ASSERT_TRUE(in.failed());
  EXPECT_EQ(in.string(), "");
  EXPECT_EQ(in.array_header(), 0u);
  EXPECT_EQ(in.error().message, "expected an integer at byte 0");
}

}  // namespace
}  // namespace vizsla::codec
