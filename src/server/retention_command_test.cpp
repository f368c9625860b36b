#include "server/retention_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr UnixNanos kNow = 1'795'262'400'000'000'000;  // 2026-11-21T12:00:00Z
constexpr std::uint64_t kMiB = 1 << 20;

store::BlockInfo block(std::uint64_t id, UnixNanos age) {
  store::BlockInfo info;
  info.id = id;
  info.rows = 1000 * id;
  info.data_bytes = kMiB;
  info.received_min = info.time_min = kNow - age - kNanosPerHour;
  info.received_max = info.time_max = kNow - age;
  return info;
}

store::FolderSurvey survey() {
  store::FolderSurvey found;
  found.spans = {block(1, 40 * kNanosPerDay), block(2, 29 * kNanosPerDay), block(3, 0)};
  found.use = {.free_bytes = 100 * kMiB, .block_bytes = 3 * kMiB, .other_bytes = kMiB, .reserve_bytes = 5 * kMiB};
  return found;
}

TEST(RetentionCommand, SaysWhatGoesForItsAgeAndWhatIsNext) {
  const std::string text = retention_text(survey(), {}, "./data", kNow);
  EXPECT_THAT(text, HasSubstr("In ./data: 6,000 spans in 3 blocks, 3 MiB\n"));
  EXPECT_THAT(text, HasSubstr("  kept:    30 days (retention.days)\n"));
  EXPECT_THAT(text, HasSubstr("  oldest:  received 2026-10-12 11:00:00Z, 40 days ago\n"));
  EXPECT_THAT(text, HasSubstr("  space:   4 MiB in all of 72.8 MiB that may be taken (seven tenths of that and what is "
                              "free)\n  free:    100 MiB on the disk, of which 5 MiB must stay\n"));
  EXPECT_THAT(text, HasSubstr("Would go now: 1,000 spans in 1 block, 1 MiB\n  too old: 1,000 spans in 1 block"));
  EXPECT_THAT(text, HasSubstr("  block 1: 1,000 spans, 1 MiB, received 2026-10-12 11:00:00Z to 2026-10-12 12:00:00Z"));
  EXPECT_THAT(text, HasSubstr("Then: block 2 with 2,000 spans gets too old at 2026-11-22 12:00:00Z, in 24 h.\n"));
}

TEST(RetentionCommand, SaysWhatGoesForWantOfSpace) {
  store::FolderSurvey found = survey();
  found.kept = {block(9, 0)};
  const std::string capped = retention_text(found, {.age_ns = 0, .cap_bytes = kMiB}, "d", kNow);
  EXPECT_THAT(capped, HasSubstr("  kept:    for ever (retention.days: 0)\n"));
  EXPECT_THAT(capped, HasSubstr("  space:   4 MiB in all of 1 MiB that may be taken (retention.max_bytes)\n"));
  EXPECT_THAT(capped, HasSubstr("  over the limit of bytes: 6,000 spans in 3 blocks, 3 MiB\n"));
  EXPECT_THAT(capped, HasSubstr("  pinned:  9,000 spans in 1 block, 1 MiB, which stay\n"));
  EXPECT_THAT(capped, HasSubstr("Then: nothing gets too old.\n"));
  found.use.free_bytes = kMiB;
  EXPECT_THAT(retention_text(found, {.cap_bytes = 1000 * kMiB}, "d", kNow), HasSubstr("  too little is free: 2,000"));
}

TEST(RetentionCommand, SaysWhatGoesOfTheStatistics) {
  store::FolderSurvey found = survey();
  found.spans = {block(3, 0)};
  found.stats = {block(8, 2 * kNanosPerDay), block(9, kNanosPerDay)};
  for (store::BlockInfo& stats : found.stats) stats.resolution_ns = 10 * kNanosPerSecond;
  found.use.other_bytes = found.use.stats_bytes = 2 * kMiB;
  EXPECT_THAT(retention_text(found, {}, "d", kNow), HasSubstr("  beside:  17,000 rows of statistics, 2 MiB\n"));
  const std::string text = retention_text(found, {.cap_bytes = 4 * kMiB}, "d", kNow);
  EXPECT_THAT(text, HasSubstr("Would go now: 8,000 rows of statistics, 1 MiB: they take more than a tenth\n"));
  EXPECT_THAT(text, HasSubstr("No span would go now.\n"));
}

TEST(RetentionCommand, SaysWhenNothingGoes) {
  store::FolderSurvey found = survey();
  found.spans.erase(found.spans.begin());
  const std::string text = retention_text(found, {}, "d", kNow);
  EXPECT_THAT(text, HasSubstr("\nNothing would go now.\nThen: block 2"));
  EXPECT_THAT(text, Not(HasSubstr("Would go")));
  found.spans.clear();
  EXPECT_THAT(retention_text(found, {}, "d", kNow), HasSubstr("Nothing would go now.\nThen: no block stays.\n"));
}

}  // namespace
}  // namespace vizsla::server
