#include "sketch/bins.h"

#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::sketch {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

using Counts = std::vector<std::pair<std::int32_t, double>>;

template <class Bins>
Counts counts_of(const Bins& bins) {
  Counts counts;
  bins.for_each([&](std::int32_t index, double count) { counts.emplace_back(index, count); });
  return counts;
}

struct Unlimited : DenseBins {
  Unlimited() : DenseBins(std::numeric_limits<std::size_t>::max()) {}
};

// What each kind must do; none of these needs more bins than a DenseBins keeps.
template <class Bins>
class AnyBins : public ::testing::Test {};

using Kinds = ::testing::Types<DenseBins, Unlimited, SparseBins>;
TYPED_TEST_SUITE(AnyBins, Kinds);

TYPED_TEST(AnyBins, CountsByIndex) {
  TypeParam bins;
  EXPECT_TRUE(bins.empty());
  EXPECT_EQ(bins.total(), 0);
  bins.add(7, 1);
  bins.add(-3, 2.5);
  bins.add(7, 1);
  bins.add(900, 0.25);
  EXPECT_FALSE(bins.empty());
  EXPECT_EQ(bins.total(), 4.75);
  EXPECT_THAT(counts_of(bins), ElementsAre(Pair(-3, 2.5), Pair(7, 2), Pair(900, 0.25)));
}

TYPED_TEST(AnyBins, EqualsAMapWhateverTheOrder) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 50; ++round) {
    TypeParam bins;
    std::map<std::int32_t, double> expected;
    const auto middle = static_cast<std::int32_t>(random() % 4'000'000) - 2'000'000;
    for (int i = 0; i < 300; ++i) {
      const auto index = middle + static_cast<std::int32_t>(random() % 2000);
      const auto count = static_cast<double>(1 + random() % 5);
      bins.add(index, count);
      expected[index] += count;
    }
    ASSERT_EQ(counts_of(bins), Counts(expected.begin(), expected.end()));
  }
}

TYPED_TEST(AnyBins, MergesInAnyOrder) {
  TypeParam one;
  TypeParam two;
  for (std::int32_t i = 0; i < 100; ++i) one.add(3 * i, 1);
  for (std::int32_t i = 0; i < 100; ++i) two.add(500 - 2 * i, 2);
  TypeParam forth;
  merge(one, forth);
  merge(two, forth);
  TypeParam back;
  merge(two, back);
  merge(one, back);
  EXPECT_EQ(counts_of(forth), counts_of(back));
  EXPECT_EQ(forth.total(), 300);
}

TYPED_TEST(AnyBins, TakesTheEndsOfItsRange) {
  constexpr auto kHighest = std::numeric_limits<std::int32_t>::max();
  constexpr auto kLowest = std::numeric_limits<std::int32_t>::min();
  TypeParam high;
  high.add(kHighest - 1, 1);
  high.add(kHighest, 1);
  EXPECT_THAT(counts_of(high), ElementsAre(Pair(kHighest - 1, 1), Pair(kHighest, 1)));
  TypeParam low;
  low.add(kLowest + 1, 1);
  low.add(kLowest, 1);
  EXPECT_THAT(counts_of(low), ElementsAre(Pair(kLowest, 1), Pair(kLowest + 1, 1)));
}

TEST(DenseBinsTest, ManyAtOnceAreAsOneByOne) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 500; ++round) {
    DenseBins one(64);
    DenseBins two(64);
    for (int piece = 0; piece < 4; ++piece) {
      const auto first = static_cast<std::int32_t>(random() % 100);
      std::vector<double> counts(1 + random() % 30);
      for (double& count : counts) count = static_cast<double>(random() % 3);
      counts.back() = 1;
      two.add(first, counts);
      for (std::size_t i = 0; i < counts.size(); ++i) {
        if (counts[i] > 0) one.add(first + static_cast<std::int32_t>(i), counts[i]);
      }
    }
    ASSERT_EQ(counts_of(two), counts_of(one));
    ASSERT_EQ(two.total(), one.total());
  }
}

TEST(DenseBinsTest, TheLowestCollapse) {
  DenseBins bins(10);
  for (std::int32_t i = 1; i <= 10; ++i) bins.add(i, 1);
  EXPECT_EQ(counts_of(bins).size(), 10u);
  bins.add(12, 1);
  EXPECT_THAT(counts_of(bins).front(), Pair(3, 3)) << "1, 2 and 3";
  EXPECT_THAT(counts_of(bins).back(), Pair(12, 1));
  bins.add(-1000, 5);
  EXPECT_THAT(counts_of(bins).front(), Pair(3, 8));
  bins.add(1000, 1);
  EXPECT_THAT(counts_of(bins), ElementsAre(Pair(991, 16), Pair(1000, 1)));
  EXPECT_EQ(bins.total(), 17);
}

TEST(DenseBinsTest, CollapsesTheSameWhateverTheOrder) {
  std::mt19937_64 random(2);
  std::vector<std::int32_t> indexes;
  for (int i = 0; i < 500; ++i) indexes.push_back(static_cast<std::int32_t>(random() % 300));
  Counts expected;
  for (int round = 0; round < 20; ++round) {
    DenseBins bins(64);
    for (const std::int32_t index : indexes) bins.add(index, 1);
    if (round == 0) expected = counts_of(bins);
    ASSERT_EQ(counts_of(bins), expected);
    std::shuffle(indexes.begin(), indexes.end(), random);
  }
}

}  // namespace
}  // namespace vizsla::sketch
