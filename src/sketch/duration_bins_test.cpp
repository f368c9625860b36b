#include "sketch/duration_bins.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sketch/duration_sketch.h"

namespace vizsla::sketch {
namespace {

using BinList = std::vector<std::pair<DurationBin, double>>;

std::string encoded(const BinList& bins) {
  std::string bytes;
  DurationBinWriter writer(bytes);
  for (const auto& [bin, count] : bins) writer.add(bin, count);
  return bytes;
}

std::optional<BinList> decoded(const std::string& bytes) {
  BinList bins;
  if (!decode_duration_bins(as_bytes(bytes), [&](DurationBin bin, double count) { bins.emplace_back(bin, count); }))
    return std::nullopt;
  return bins;
}

TEST(DurationBinsTest, EachDurationIsWithinOnePercentOfItsBin) {
  EXPECT_EQ(duration_bin(0), 0);
  EXPECT_EQ(duration_bin(-5), 0);
  EXPECT_EQ(duration_bin(0.9), 0);
  for (double ns = 1; ns < 9e18; ns *= 1.37)
    EXPECT_NEAR(bin_duration(duration_bin(ns)), ns, ns * 0.01 * (1 + 1e-9)) << ns;
  EXPECT_EQ(duration_bin(1e300), kDurationBinMax);
}

TEST(DurationBinsTest, NothingInABinIsLongerThanItsEnd) {
  EXPECT_EQ(bin_end(0), 0);
  for (double ns = 1; ns < 9.1e18; ns *= 1.37) {
    EXPECT_GE(bin_end(duration_bin(ns)), ns);
    EXPECT_LE(bin_end(duration_bin(ns)), ns * 1.0203);
  }
  EXPECT_LT(bin_end(kDurationBinMax), 9.22e18) << "so that it is a whole number";
}

TEST(DurationBinsTest, BytesReadBack) {
  const BinList bins{{0, 1}, {1, 2}, {40, 1}, {41, 300}, {700, 0.5}, {701, 1e12}, {kDurationBinMax, 1}};
  EXPECT_EQ(decoded(encoded(bins)), bins);
  EXPECT_EQ(decoded(""), BinList{});
  EXPECT_EQ(encoded({{30, 1}}).size(), 1U) << "one span near the bin before";
  const auto third = decoded(encoded({{5, 1.0 / 3}, {9, 1e-300}})).value();
  EXPECT_NEAR(third[0].second, 1.0 / 3, 1e-7);
  EXPECT_GT(third[1].second, 0);
}

TEST(DurationBinsTest, DamagedBytesAreRefused) {
  EXPECT_EQ(decoded(std::string("\x00", 1)), std::nullopt) << "a bin twice";
  EXPECT_EQ(decoded("\x07"), std::nullopt) << "a run without its length";
  EXPECT_EQ(decoded(std::string("\x07\x05", 2)), std::nullopt) << "a run of unknown width";
  EXPECT_EQ(decoded(std::string("\x07\x00", 2)), std::nullopt) << "a run of no bins";
  EXPECT_EQ(decoded(std::string("\x07\x0b\x01\x00\x00\x00\x00\x00\x00", 9)), std::nullopt) << "half a word";
  EXPECT_EQ(decoded(std::string("\x07\x0b\x01\x01\x00\x00\x00\x00\x00\x00", 10)), std::nullopt)
      << "a count behind the last bin";
  EXPECT_EQ(decoded(std::string("\x07\x0b\x00\x00\x00\x00\x00\x00\x00\x00", 10)), std::nullopt)
      << "a run that ends with nothing";
  EXPECT_EQ(decoded(std::string("\x07\x0b\x05\x00\x00\x00\x00\x00\x00\x00", 10)), (BinList{{0, 5}}))
      << "as it should be";
  EXPECT_EQ(decoded("\x85"), std::nullopt) << "half a varint";
  EXPECT_EQ(decoded(std::string("\x05\x00", 2)), std::nullopt) << "a count of 0";
  EXPECT_EQ(decoded(std::string("\x06\x00\x00\xc0\x7f", 5)), std::nullopt) << "not a number";
  EXPECT_EQ(decoded("\xff\xff\xff\x7f"), std::nullopt) << "a bin past the last";
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 12, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (const auto bins = decoded(bytes)) {
      EXPECT_TRUE(std::is_sorted(bins->begin(), bins->end(), [](auto& a, auto& b) { return a.first < b.first; }));
    }
  }
}

// Bins by themselves, near and far, in clusters, with counts of all sizes.
BinList random_bins(std::mt19937_64& random) {
  std::map<DurationBin, double> bins;
  const auto clusters = random() % 4;
  for (std::uint64_t i = 0; i < clusters; ++i) {
    const auto first = random() % (kDurationBinMax + 1);
    const auto length = std::min<std::uint64_t>(1 + random() % 200, kDurationBinMax + 1 - first);
    const double highest = std::exp2(static_cast<double>(random() % 20));
    const auto filled = random() % 100;
    for (std::uint64_t k = 0; k < length; ++k) {
      if (random() % 100 > filled) continue;
      double count = 1 + std::floor(static_cast<double>(random() % 1000) / 1000 * highest);
      if (random() % 200 == 0) count += 0.25;
      bins[static_cast<DurationBin>(first + k)] = count;
    }
  }
  return {bins.begin(), bins.end()};
}

struct Listed {
  const BinList& bins;
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [bin, count] : bins) visit(bin, count);
  }
};

TEST(DurationBinsTest, PackedBytesReadBack) {
  std::mt19937_64 random(5);
  DurationBinPacker packer;
  std::size_t packed_bytes = 0;
  std::size_t alone_bytes = 0;
  for (int i = 0; i < 5000; ++i) {
    const BinList bins = random_bins(random);
    std::string packed;
    packer.pack(Listed{bins}, packed);
    ASSERT_EQ(decoded(packed), bins);
    packed_bytes += packed.size();
    alone_bytes += encoded(bins).size();
    for (std::size_t cut = 0; cut < packed.size() && i < 200; ++cut) {
      const auto read = decoded(packed.substr(0, cut));
      EXPECT_TRUE(!read || *read < bins) << "a list that ends earlier";
    }
  }
  EXPECT_LT(packed_bytes, alone_bytes);
}

TEST(DurationBinsTest, OneBinTakesNoMoreWhenPacked) {
  std::string packed;
  DurationBinPacker().pack(Listed{{{30, 1}}}, packed);
  EXPECT_EQ(packed.size(), 1U);
  packed.clear();
  DurationBinPacker().pack(Listed{{}}, packed);
  EXPECT_EQ(packed, "");
}

TEST(DurationBinSumsTest, AddsWhateverWayTheBytesWereWritten) {
  std::mt19937_64 random(6);
  DurationBinPacker packer;
  DurationBinSums sums;
  for (int round = 0; round < 50; ++round) {
    std::map<DurationBin, double> expected;
    sums.clear();
    EXPECT_TRUE(sums.empty());
    for (int i = 0; i < 40; ++i) {
      const BinList bins = random_bins(random);
      std::string bytes;
      if (random() % 2 == 0) {
        bytes = encoded(bins);
      } else {
        packer.pack(Listed{bins}, bytes);
      }
      ASSERT_TRUE(sums.add(as_bytes(bytes)));
      for (const auto& [bin, count] : bins) expected[bin] += count;
    }
    BinList found;
    sums.for_each([&](DurationBin bin, double count) { found.emplace_back(bin, count); });
    EXPECT_EQ(found, BinList(expected.begin(), expected.end()));
  }
  EXPECT_FALSE(sums.add(as_bytes(std::string_view("\x07"))));
}

TEST(DurationBinSumsTest, AddsMoreThanItsSmallCountsHold) {
  BinList bins;
  for (DurationBin bin = 3; bin < 40; ++bin) bins.emplace_back(bin, bin % 2 == 0 ? 65'535 : 60'000);
  std::string bytes;
  DurationBinPacker().pack(Listed{bins}, bytes);
  EXPECT_EQ(bytes[0] & 3, 3) << "a run";
  DurationBinSums sums;
  constexpr int kTimes = 200'000;
  for (int i = 0; i < kTimes; ++i) ASSERT_TRUE(sums.add(as_bytes(bytes)));
  BinList found;
  sums.for_each([&](DurationBin bin, double count) { found.emplace_back(bin, count / kTimes); });
  EXPECT_EQ(found, bins);
}

}  // namespace
}  // namespace vizsla::sketch
