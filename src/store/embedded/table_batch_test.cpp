#include "store/embedded/table_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "store/embedded/live_reader.h"
#include "store/embedded/span_table.h"
#include "store/testing/oracle_store.h"
#include "store/testing/random_spans.h"
#include "store/testing/show_span.h"

namespace vizsla::store::testing {
namespace {

Result<TableBatch> parse(const Buffer& section) {
  return TableBatch::parse(span_schema(), section, 1, 5, std::make_shared<int>());
}

// Reads every row; what it may read is what the sanitizers watch.
std::vector<std::string> rows_of(const TableBatch& batch) {
  model::SpanSet set;
  const ReadLimits no_limits;
  const ReadMemory memory(std::uint64_t{1} << 40);
  ReadGuard guard(no_limits, memory);
  SpanSink sink(set, guard);
  const RowRange all{0, batch.rows()};
  read_batch(batch, {&all, 1}, Projection::everything(span_schema()), 0, sink);
  EXPECT_TRUE(sink.finish());
  return show(set);
}

TEST(TableBatch, GivesBackWhatWasEncoded) {
  const vizsla::testing::FakeClock clock;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const model::SpanBatch spans = RandomSpans(seed).payload(5, clock.now());
    Buffer section;
    encode_spans(spans, section);
    EXPECT_LE(section.size(), encoded_spans_bytes(spans));
    const auto batch = parse(section);
    ASSERT_TRUE(batch) << batch.error().message;
    std::vector<std::string> expected;
    TextArena texts;
    for (std::size_t i = 0; i < spans.size(); ++i) expected.push_back(show(to_span(spans, i, texts)));
    ASSERT_EQ(rows_of(*batch), expected);
  }
}

// Checksums stand before this one; if they ever fail to, damage must end in an error or in wrong values, never in a
// read past the section.
TEST(TableBatch, DamageIsAnErrorOrHarmless) {
  const vizsla::testing::FakeClock clock;
  const model::SpanBatch spans = RandomSpans(3).payload(2, clock.now());
  Buffer section;
  encode_spans(spans, section);
  std::mt19937_64 random(1);
  int errors = 0;
  for (int run = 0; run < 3000; ++run) {
    Buffer damaged = section;
    const std::size_t flips = 1 + random() % 3;
    for (std::size_t i = 0; i < flips; ++i)
      damaged[random() % damaged.size()] ^= static_cast<std::uint8_t>(1 << (random() % 8));
    if (run % 3 == 0) damaged.resize(random() % (damaged.size() + 1) / 8 * 8);
    const auto batch = parse(damaged);
    if (!batch) {
      EXPECT_THAT(batch.error().code, ::testing::AnyOf(ErrorCode::Corrupt, ErrorCode::Unsupported))
          << batch.error().message;
      ++errors;
    } else if (batch->rows() <= spans.size()) {
      EXPECT_EQ(rows_of(*batch).size(), batch->rows());
    }
  }
  EXPECT_GT(errors, 500);
}

}  // namespace
}  // namespace vizsla::store::testing
