#include "store/embedded/parquet_encoding.h"

#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace vizsla::store {
namespace {

std::vector<std::uint32_t> hybrid_round_trip(const std::vector<std::uint32_t>& values, int width) {
  Buffer out;
  encode_hybrid(values, width, out);
  Bytes in = out;
  std::vector<std::uint32_t> back(values.size(), 12345);
  EXPECT_TRUE(decode_hybrid(in, width, back));
  EXPECT_TRUE(in.empty());
  return back;
}

TEST(Hybrid, RoundTripsRunsAndNoise) {
  std::mt19937_64 random(1);
  for (int width = 0; width <= 32; ++width) {
    for (int round = 0; round < 40; ++round) {
      std::vector<std::uint32_t> values;
      const std::size_t size = random() % 300;
      while (values.size() < size) {
        const std::uint32_t value =
            width == 0 ? 0 : static_cast<std::uint32_t>(random() & ((std::uint64_t{1} << width) - 1));
        values.insert(values.end(), random() % 3 == 0 ? 1 + random() % 40 : 1, value);
      }
      ASSERT_EQ(hybrid_round_trip(values, width), values) << width;
    }
  }
}

TEST(Hybrid, WritesALongRunInAFewBytes) {
  Buffer out;
  encode_hybrid(std::vector<std::uint32_t>(4096, 3), 2, out);
  EXPECT_LE(out.size(), 4u);
}

// parquet-format, Encodings.md: the numbers 0 to 7 in 3 bits.
TEST(Hybrid, PacksAsTheSpecificationShows) {
  Buffer out;
  encode_hybrid(std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7}, 3, out);
  EXPECT_EQ(out, (Buffer{3, 0b10001000, 0b11000110, 0b11111010}));
}

TEST(Delta, RoundTripsAllKindsOfSteps) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::int64_t> values(random() % 700);
    std::int64_t at = static_cast<std::int64_t>(random());
    for (auto& value : values) {
      const int bits = static_cast<int>(random() % 65);
      const std::uint64_t step = bits == 0 ? 0 : random() >> (64 - bits);
      at = static_cast<std::int64_t>(static_cast<std::uint64_t>(at) + (random() % 2 == 0 ? step : 0 - step));
      value = at;
    }
    Buffer out;
    encode_delta(values, out);
    Bytes in = out;
    std::vector<std::int64_t> back(values.size());
    ASSERT_TRUE(decode_delta(in, back));
    ASSERT_TRUE(in.empty());
    ASSERT_EQ(back, values);
  }
}

TEST(Delta, RoundTripsTheExtremes) {
  const std::vector<std::int64_t> values{
      std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(), 0, -1,
      std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
  Buffer out;
  encode_delta(values, out);
  Bytes in = out;
  std::vector<std::int64_t> back(values.size());
  ASSERT_TRUE(decode_delta(in, back));
  EXPECT_EQ(back, values);
}

TEST(Strings, RoundTrip) {
  const std::vector<std::string_view> values{"", "a", "", "two words", std::string_view("\0\xff", 2), "last"};
  Buffer out;
  encode_strings(values, out);
  Bytes in = out;
  std::vector<std::string_view> back(values.size());
  ASSERT_TRUE(decode_strings(in, back));
  EXPECT_EQ(back, values);
}

TEST(Decoders, RefuseDamagedInputWithoutReadingPastIt) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::uint8_t> noise(random() % 60);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    Bytes in = noise;
    std::vector<std::uint32_t> small(random() % 50);
    static_cast<void>(decode_hybrid(in, static_cast<int>(random() % 40), small));
    in = noise;
    std::vector<std::int64_t> large(random() % 50);
    static_cast<void>(decode_delta(in, large));
    in = noise;
    std::vector<std::string_view> texts(random() % 50);
    static_cast<void>(decode_strings(in, texts));
  }
}

}  // namespace
}  // namespace vizsla::store
