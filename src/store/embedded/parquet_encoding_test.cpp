#include "store/embedded/parquet_encoding.h"

#include <algorithm>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace vizsla::store {
namespace {

std::vector<std::uint32_t> hybrid_round_trip(const std::vector<std::uint32_t>& values, int width) {
  Buffer out;
  encode_hybrid(values, width, out);
  std::vector<std::uint32_t> back(values.size(), 12345);
  EXPECT_TRUE(decode_hybrid(out, width, 0, back));
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

      const std::size_t skip = random() % (values.size() + 1);
      std::vector<std::uint32_t> part(random() % (values.size() - skip + 1));
      Buffer out;
      encode_hybrid(values, width, out);
      ASSERT_TRUE(decode_hybrid(out, width, skip, part));
      ASSERT_TRUE(std::equal(part.begin(), part.end(), values.begin() + static_cast<std::ptrdiff_t>(skip)));
    }
  }
}

TEST(Hybrid, ReadsBitsAsABitmap) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::uint32_t> values;
    const std::size_t size = random() % 700;
    while (values.size() < size) values.insert(values.end(), random() % 2 == 0 ? 1 + random() % 150 : 1, random() % 2);
    Buffer out;
    encode_hybrid(values, 1, out);
    Bitmap bits;
    ASSERT_TRUE(decode_bits(out, values.size(), bits));
    ASSERT_EQ(bits.size(), values.size());
    std::vector<std::size_t> zeros;
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(bits[i], values[i] == 1) << i;
      if (values[i] == 0) zeros.push_back(i);
    }
    const std::size_t begin = random() % (values.size() + 1);
    const std::size_t end = begin + random() % (values.size() - begin + 1);
    const auto at = [&](std::size_t i) { return values.begin() + static_cast<std::ptrdiff_t>(i); };
    ASSERT_EQ(bits.ones(begin, end), static_cast<std::size_t>(std::count(at(begin), at(end), 1u)));
    const auto later = std::lower_bound(zeros.begin(), zeros.end(), begin);
    for (std::size_t n = 0; n < static_cast<std::size_t>(zeros.end() - later); n += 7)
      ASSERT_EQ(bits.find_zero(begin, n), *(later + static_cast<std::ptrdiff_t>(n)));
    ASSERT_EQ(bits.find_zero(begin, static_cast<std::size_t>(zeros.end() - later)), bits.size());
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
    std::vector<std::int64_t> back(values.size());
    ASSERT_TRUE(decode_delta(out, values.size(), 0, back));
    ASSERT_EQ(back, values);
    const std::size_t skip = random() % (values.size() + 1);
    back.assign(random() % (values.size() - skip + 1), 0);
    ASSERT_TRUE(decode_delta(out, values.size(), skip, back));
    ASSERT_TRUE(std::equal(back.begin(), back.end(), values.begin() + static_cast<std::ptrdiff_t>(skip)));
  }
}

TEST(Delta, RoundTripsTheExtremes) {
  const std::vector<std::int64_t> values{
      std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(), 0, -1,
      std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
  Buffer out;
  encode_delta(values, out);
  std::vector<std::int64_t> back(values.size());
  ASSERT_TRUE(decode_delta(out, values.size(), 0, back));
  EXPECT_EQ(back, values);
}

TEST(Strings, RoundTrip) {
  const std::vector<std::string_view> values{"", "a", "", "two words", std::string_view("\0\xff", 2), "last"};
  Buffer out;
  encode_strings(values, out);
  std::vector<std::string_view> back(values.size());
  ASSERT_TRUE(decode_strings(out, values.size(), 0, back));
  EXPECT_EQ(back, values);
  back.resize(2);
  ASSERT_TRUE(decode_strings(out, values.size(), 3, back));
  EXPECT_EQ(back, (std::vector<std::string_view>{values[3], values[4]}));
  EXPECT_FALSE(decode_strings(out, values.size(), 5, back)) << "there is one more only";
}

TEST(Decoders, RefuseDamagedInputWithoutReadingPastIt) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::uint8_t> noise(random() % 60);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    std::vector<std::uint32_t> small(random() % 50);
    static_cast<void>(decode_hybrid(noise, static_cast<int>(random() % 40), random() % 20, small));
    Bitmap bits;
    static_cast<void>(decode_bits(noise, random() % 500, bits));
    std::vector<std::int64_t> large(random() % 50);
    static_cast<void>(decode_delta(noise, large.size() + random() % 9, random() % 9, large));
    std::vector<std::string_view> texts(random() % 50);
    static_cast<void>(decode_strings(noise, texts.size() + random() % 9, random() % 9, texts));
  }
}

}  // namespace
}  // namespace vizsla::store
