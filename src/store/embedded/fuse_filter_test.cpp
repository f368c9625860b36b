#include "store/embedded/fuse_filter.h"

#include <random>

#include <gtest/gtest.h>

namespace vizsla::store::testing {
namespace {

TEST(FuseFilter, KnowsWhatIsInItAndMistakesLittleElse) {
  std::mt19937_64 random(1);
  std::vector<std::size_t> counts{1000, 65'536, 200'000};
  for (std::size_t count = 1; count <= 200; ++count) counts.push_back(count);
  for (const std::size_t count : counts) {
    std::vector<std::uint64_t> hashes;
    for (std::size_t i = 0; i < count; ++i) hashes.push_back(random());
    hashes.push_back(hashes.front());  // twice is once
    std::vector<std::uint64_t> unsorted = hashes;
    Buffer out(3, 0xaa);  // it appends
    const FuseShape shape = encode_fuse_filter(hashes, out);
    const Bytes filter = Bytes(out).subspan(3);
    ASSERT_EQ(filter.size(), shape.bytes()) << count;
    for (const std::uint64_t hash : unsorted) ASSERT_TRUE(may_contain(shape, filter, hash)) << count;
    std::size_t mistakes = 0;
    const std::size_t kAsked = count < 1000 ? 10'000 : 100'000;
    for (std::size_t i = 0; i < kAsked; ++i) mistakes += may_contain(shape, filter, random()) ? 1u : 0u;
    EXPECT_LT(mistakes, kAsked / 256 * 2) << count;
    if (count >= 65'536) {
      EXPECT_LT(static_cast<double>(shape.bytes()) * 8 / static_cast<double>(count), 9.9) << count;
    }
  }
}

TEST(FuseFilter, HoldsNothingWhenNothingIsPutIn) {
  std::vector<std::uint64_t> none;
  Buffer out;
  const FuseShape shape = encode_fuse_filter(none, out);
  EXPECT_EQ(shape, FuseShape{});
  EXPECT_TRUE(out.empty());
  EXPECT_FALSE(may_contain(shape, out, 5));
}

TEST(FuseFilter, IsTheSameForTheSame) {
  std::vector<std::uint64_t> a{5, 3, 9};
  std::vector<std::uint64_t> b{9, 5, 3};
  Buffer of_a;
  Buffer of_b;
  EXPECT_EQ(encode_fuse_filter(a, of_a), encode_fuse_filter(b, of_b));
  EXPECT_EQ(of_a, of_b);
}

}  // namespace
}  // namespace vizsla::store::testing
