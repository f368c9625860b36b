#include "store/embedded/folder_survey.h"

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "store/embedded/store.h"
#include "store/testing/append_and_wait.h"
#include "store/testing/random_spans.h"
#include "store/testing/stats_conformance.h"
#include "store/testing/temporary_folder.h"

namespace vizsla::store::testing {
namespace {

TEST(FolderSurvey, SeesWhatTheStoreThatHasTheFolderSees) {
  const TemporaryFolder folder;
  const vizsla::testing::FakeClock clock;
  const auto files = make_posix_files();
  EXPECT_EQ(survey_folder(*files, folder.path() + "/none", 0).error().code, ErrorCode::NotFound);

  StoreOptions options;
  options.folder = folder.path();
  options.maintenance_enabled = false;
  options.query_threads = 1;
  options.query_slots = 2;
  const auto store = EmbeddedStore::open(options, *files, clock).value();
  for (std::uint64_t trace = 1; trace <= 3; ++trace) {
    const model::testing::SpanSpec spec{.trace = trace, .span = 1, .start = clock.now()};
    std::mt19937_64 random(trace);
    const UnixNanos now = clock.now() / model::kStatsBucketNs * model::kStatsBucketNs;
    ASSERT_TRUE(append_and_wait(*store, model::testing::BatchBuilder().span(spec).build_normalized(), {},
                                random_stats(random, now - kNanosPerHour, now, 20)));
    ASSERT_TRUE(store->flush());
  }
  ASSERT_TRUE(store->pin_trace({1, 0}));
  ASSERT_TRUE(store->delete_spans({.trace = {2, 0}, .terms = {}}));

  const FolderSurvey survey = survey_folder(*files, folder.path(), options.segment_bytes).value();
  EXPECT_EQ(survey.spans.size(), 3u);
  EXPECT_EQ(survey.kept.size(), 1u);
  EXPECT_EQ(survey.deletions.size(), 1u);
  EXPECT_EQ(survey.stats.size(), 3u * 9);
  EXPECT_GT(survey.use.stats_bytes, 0u);
  const EmbeddedStore::Stats stats = store->stats();
  EXPECT_EQ(survey.use.block_bytes, stats.block_bytes + stats.index_bytes + stats.filter_bytes);
  const StorageReport report = store->storage().value();
  EXPECT_EQ(survey.use.reserve_bytes, report.reserve_bytes);
  std::uint64_t manifests = report.others.at(0).bytes;  // of the statistics
  for (const StorageReport::TableReport& table : report.tables) {
    if (table.parts.back().name == "manifest") manifests += table.parts.back().bytes;
  }
  const std::uint64_t loose = report.others.back().bytes;
  EXPECT_EQ(survey.use.block_bytes + survey.use.other_bytes, report.bytes - manifests - loose);
}

}  // namespace
}  // namespace vizsla::store::testing
