#include "codec/ddsketch_wire.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/testing/protobuf_writer.h"

namespace vizsla::codec {
namespace {

using sketch::Interpolation;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::ProtobufWriter;

std::uint64_t zig_zag(std::int32_t value) {
  return static_cast<std::uint32_t>(value) << 1 ^ static_cast<std::uint32_t>(value >> 31);
}

ProtobufWriter mapping(double gamma, double offset = 0, std::uint64_t interpolation = 0) {
  return ProtobufWriter().real(1, gamma).real(2, offset).integer(3, interpolation);
}

ProtobufWriter bin(std::int32_t index, double count) {
  return ProtobufWriter().integer(1, zig_zag(index)).real(2, count);
}

std::string packed(const std::vector<double>& counts) {
  return {reinterpret_cast<const char*>(counts.data()), counts.size() * sizeof(double)};
}

Result<sketch::SparseSketch> decode(const ProtobufWriter& message, const SketchLimits& limits = {}) {
  return decode_ddsketch(as_bytes(message.bytes()), limits);
}

template <class Bins>
std::vector<std::pair<std::int32_t, double>> counts_of(const Bins& bins) {
  std::vector<std::pair<std::int32_t, double>> counts;
  bins.for_each([&](std::int32_t index, double count) { counts.emplace_back(index, count); });
  return counts;
}

// A message with one positive store.
ProtobufWriter with_store(const ProtobufWriter& store) {
  return ProtobufWriter().message(1, mapping(1.02)).message(2, store);
}

TEST(DDSketchWireTest, BothWaysToWriteBinsAddUp) {
  const ProtobufWriter positive =
      ProtobufWriter().message(1, bin(-3, 1)).message(1, bin(5, 2.5)).str(2, packed({1, 0, 4})).integer(3, zig_zag(3));
  const ProtobufWriter negative = ProtobufWriter().str(2, packed({7}));
  const auto sketch = decode(ProtobufWriter()
                                 .message(3, negative)
                                 .real(4, 11)
                                 .message(2, positive)
                                 .message(1, mapping(1.015625, 1.5, 3)));  // in any order
  ASSERT_TRUE(sketch) << sketch.error().message;
  EXPECT_EQ(sketch->mapping().gamma(), 1.015625);
  EXPECT_EQ(sketch->mapping().offset(), 1.5);
  EXPECT_EQ(sketch->mapping().interpolation(), Interpolation::Cubic);
  EXPECT_THAT(counts_of(sketch->positive()), ElementsAre(Pair(-3, 1), Pair(3, 1), Pair(5, 6.5)));
  EXPECT_THAT(counts_of(sketch->negative()), ElementsAre(Pair(0, 7)));
  EXPECT_EQ(sketch->zero_count(), 11);
  EXPECT_EQ(sketch->count(), 26.5);
}

TEST(DDSketchWireTest, CountsOneByOne) {
  const auto sketch = decode(with_store(ProtobufWriter().real(2, 3).real(2, 4).integer(3, zig_zag(-1))));
  ASSERT_TRUE(sketch) << sketch.error().message;
  EXPECT_THAT(counts_of(sketch->positive()), ElementsAre(Pair(-1, 3), Pair(0, 4)));
}

TEST(DDSketchWireTest, NothingIsAnEmptySketch) {
  for (const auto& message : {ProtobufWriter(), ProtobufWriter().message(2, ProtobufWriter().message(1, bin(1, 1)))}) {
    const auto sketch = decode(message);
    ASSERT_TRUE(sketch) << sketch.error().message;
    EXPECT_TRUE(sketch->empty()) << "without a mapping nobody knows what the bins mean";
  }
}

TEST(DDSketchWireTest, RefusesWhatIsNoSketch) {
  constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [](const ProtobufWriter& message, std::string_view why,
                          ErrorCode code = ErrorCode::InvalidInput) {
    const auto sketch = decode(message, {.bins_max = 100});
    ASSERT_FALSE(sketch) << why;
    EXPECT_EQ(sketch.error().code, code) << sketch.error().message;
    EXPECT_THAT(sketch.error().message, HasSubstr(why));
  };
  for (const double count : {-1.0, kNoNumber, std::numeric_limits<double>::infinity(), 1e16}) {
    refused(with_store(ProtobufWriter().message(1, bin(1, count))), "from 0 to 10^15");
    refused(with_store(ProtobufWriter().str(2, packed({1, count}))), "from 0 to 10^15");
    refused(ProtobufWriter().message(1, mapping(1.02)).real(4, count), "from 0 to 10^15");
  }
  for (const double gamma : {0.0, 1.0, -1.0, kNoNumber}) refused(ProtobufWriter().message(1, mapping(gamma)), "gamma");
  refused(ProtobufWriter().message(1, mapping(1.02, kNoNumber)), "offset");
  refused(ProtobufWriter().message(1, mapping(1.02, 0, 4)), "interpolation is 4");
  refused(with_store(ProtobufWriter().str(2, "1234567")), "eight bytes");
  refused(
      with_store(ProtobufWriter().str(2, packed({1})).integer(3, zig_zag(std::numeric_limits<std::int32_t>::max()))),
      "leaves room");
  refused(with_store(ProtobufWriter().str(2, packed(std::vector<double>(101, 0)))), "fewer bins",
          ErrorCode::LimitExceeded);
  ProtobufWriter many;
  for (std::int32_t i = 0; i <= 100; ++i) many.message(1, bin(i, 1));
  refused(with_store(many), "fewer bins", ErrorCode::LimitExceeded);
  const std::string whole = with_store(ProtobufWriter().message(1, bin(1, 1))).bytes();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const auto cut = decode_ddsketch(as_bytes(std::string_view(whole).substr(0, size)), {});
    EXPECT_TRUE(cut || cut.error().code == ErrorCode::InvalidInput) << size;
  }
}

TEST(DDSketchWireTest, ABillionInABinIsABillion) {
  const auto sketch = decode(with_store(ProtobufWriter().message(1, bin(1, 1e9))));
  ASSERT_TRUE(sketch) << sketch.error().message;
  EXPECT_EQ(sketch->count(), 1e9);
}

TEST(DDSketchWireTest, WhatIsWrittenIsRead) {
  for (const auto interpolation :
       {Interpolation::None, Interpolation::Linear, Interpolation::Quadratic, Interpolation::Cubic}) {
    sketch::DDSketch sketch(sketch::IndexMapping::make(1.03, -7, interpolation).value());
    for (int i = 0; i < 1000; ++i) sketch.add(std::exp(i % 40 - 10), 1 + i % 3);
    sketch.add(0, 5);
    sketch.add(-12, 0.25);
    Buffer written;
    encode_ddsketch(sketch, written);
    const auto read = decode_ddsketch(written);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->mapping(), sketch.mapping());
    EXPECT_EQ(counts_of(read->positive()), counts_of(sketch.positive()));
    EXPECT_EQ(counts_of(read->negative()), counts_of(sketch.negative()));
    EXPECT_EQ(read->zero_count(), 5);
  }
}

}  // namespace
}  // namespace vizsla::codec
