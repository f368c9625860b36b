#include "codec/protobuf_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/testing/msgpack_writer.h"

namespace vizsla::codec {
namespace {

using testing::from_hex;
using ::testing::HasSubstr;

struct Field {
  std::uint32_t number;
  std::uint64_t value;
  bool operator==(const Field&) const = default;
};

// The integers of a body.
std::vector<Field> integers(ProtobufReader& in) {
  std::vector<Field> fields;
  in.body([&](std::uint32_t number) { fields.push_back({number, in.integer()}); });
  return fields;
}

std::string error_of(std::string_view hex) {
  const auto body = from_hex(hex);
  ProtobufReader in(body);
  in.body([](std::uint32_t) {});
  return in.failed() ? in.error().message : "";
}

TEST(ProtobufReader, ReadsEveryEncodingOfAnInteger) {
  const auto body = from_hex("0800 107f 18ac02 20ffffffffffffffffff01 2901000000000000ff 35020000fe f8ffffff0f05");
  ProtobufReader in(body);
  EXPECT_EQ(integers(in),
            (std::vector<Field>{
                {1, 0}, {2, 127}, {3, 300}, {4, ~0ull}, {5, 0xff00000000000001}, {6, 0xfe000002}, {536'870'911, 5}}));
  EXPECT_FALSE(in.failed()) << in.error().message;
}

TEST(ProtobufReader, ReadsNumbersTextsAndMessages) {
  const auto body = from_hex("09 000000000000f83f 15 0000c03f 1a03 616263 2204 0a02 6869 2a00");
  ProtobufReader in(body);
  std::vector<double> numbers;
  std::string text;
  int empty = 0;
  in.body([&](std::uint32_t field) {
    if (field <= 2) numbers.push_back(in.real());
    if (field == 3) text += in.bytes();
    if (field == 4) in.message([&](std::uint32_t) { text += in.bytes(); });
    if (field == 5) in.message([&](std::uint32_t) { ++empty; });
  });
  EXPECT_FALSE(in.failed()) << in.error().message;
  EXPECT_EQ(numbers, (std::vector<double>{1.5, 1.5}));
  EXPECT_EQ(text, "abchi");
  EXPECT_EQ(empty, 0);
}

TEST(ProtobufReader, PassesOverWhatIsNotTaken) {
  // Each wire type, a group with a group in it, then field 9.
  const auto body = from_hex("0896 01 11 0102030405060708 1a02 ffff 23 0801 2b 2c 24 35 01020304 4807");
  ProtobufReader in(body);
  std::uint64_t nine = 0;
  in.body([&](std::uint32_t field) {
    if (field == 9) nine = in.integer();
  });
  EXPECT_FALSE(in.failed()) << in.error().message;
  EXPECT_EQ(nine, 7u);
}

TEST(ProtobufReader, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(error_of("0801 00"), "expected a field of protobuf at byte 3");       // field 0
  EXPECT_EQ(error_of("0801 0e"), "expected a field of protobuf at byte 3");       // wire type 6
  EXPECT_EQ(error_of("f8ffffffff01"), "expected a field of protobuf at byte 6");  // a number above 2^29
  EXPECT_EQ(error_of("0c"), "expected a field, not the end of a group at byte 1");
  EXPECT_EQ(error_of("0b14"), "expected the end of another group at byte 2");
  EXPECT_THAT(error_of("08ffffffffffffffffff02"), HasSubstr("at most 64 bits"));
  EXPECT_THAT(error_of("08ffffffffffffffffffffffff01"), HasSubstr("at most 64 bits"));
  EXPECT_THAT(error_of("0affffffffffffffffff01 00"), HasSubstr("longer than what is around it"));
}

TEST(ProtobufReader, RefusesAValueOfAnotherType) {
  const auto text = from_hex("0a0161");
  const auto number = from_hex("0861");
  for (const auto& read : {+[](ProtobufReader& in) { in.integer(); }, +[](ProtobufReader& in) { in.real(); },
                           +[](ProtobufReader& in) { in.boolean(); }}) {
    ProtobufReader in(text);
    in.body([&](std::uint32_t) { read(in); });
    EXPECT_TRUE(in.failed());
    EXPECT_FALSE(in.truncated());
  }
  for (const auto& read : {+[](ProtobufReader& in) { in.bytes(); }, +[](ProtobufReader& in) { in.real(); },
                           +[](ProtobufReader& in) { in.message([](std::uint32_t) {}); }}) {
    ProtobufReader in(number);
    in.body([&](std::uint32_t) { read(in); });
    EXPECT_TRUE(in.failed());
  }
}

TEST(ProtobufReader, TellsACutBodyFromABrokenOne) {
  const auto read = [](std::string_view hex) {
    const auto body = from_hex(hex);
    ProtobufReader in(body);
    in.body([&](std::uint32_t) { in.message([&](std::uint32_t) { in.bytes(); }); });
    return std::pair(in.failed(), in.truncated());
  };
  EXPECT_EQ(read("0a04 0a02 6162"), std::pair(false, false));
  EXPECT_EQ(read("0a04 0a02 61"), std::pair(true, true));   // the body is cut
  EXPECT_EQ(read("0a03 0a02 61"), std::pair(true, false));  // the inner text is longer than its message
  EXPECT_EQ(read("0a"), std::pair(true, true));
}

TEST(ProtobufReader, EndsAMessageWhereItEnds) {
  const auto body = from_hex("0a02 0801 1005");
  ProtobufReader in(body);
  std::vector<Field> inner;
  std::vector<Field> outer;
  in.body([&](std::uint32_t field) {
    if (field == 1) in.message([&](std::uint32_t number) { inner.push_back({number, in.integer()}); });
    if (field == 2) outer.push_back({field, in.integer()});
  });
  EXPECT_EQ(inner, (std::vector<Field>{{1, 1}}));
  EXPECT_EQ(outer, (std::vector<Field>{{2, 5}}));
}

TEST(ProtobufReader, RefusesABombOfNesting) {
  std::vector<std::uint8_t> groups(100'000, 0x0b);
  ProtobufReader in(groups);
  in.body([](std::uint32_t) {});
  ASSERT_TRUE(in.failed());
  EXPECT_THAT(in.error().message, HasSubstr("less nesting"));

  std::string messages;
  for (int i = 0; i < 1000; ++i) {
    std::string outer = "\x0a";
    for (std::size_t size = messages.size(); size > 0 || outer.size() == 1; size >>= 7)
      outer += static_cast<char>((size & 0x7f) | (size > 0x7f ? 0x80 : 0));
    messages.insert(0, outer);
  }
  ProtobufReader deep(as_bytes(messages));
  int depth = 0;
  const std::function<void(std::uint32_t)> descend = [&](std::uint32_t) {
    ++depth;
    deep.message(descend);
  };
  deep.body(descend);
  ASSERT_TRUE(deep.failed());
  EXPECT_THAT(deep.error().message, HasSubstr("less nesting"));
  EXPECT_EQ(depth, ProtobufReader::kDepthMax + 1);
}

TEST(ProtobufReader, StaysFailed) {
  const auto body = from_hex("0801 0a0161 1002");
  ProtobufReader in(body);
  int calls = 0;
  in.body([&](std::uint32_t) {
    ++calls;
    in.integer();
  });
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(in.error().message, "expected an integer at byte 3");
  EXPECT_EQ(in.bytes(), "");
  EXPECT_EQ(in.integer(), 0u);
  EXPECT_EQ(in.error().message, "expected an integer at byte 3");
}

}  // namespace
}  // namespace vizsla::codec
