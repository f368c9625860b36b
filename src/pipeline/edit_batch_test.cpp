#include "pipeline/edit_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/testing/batch_builder.h"

namespace vizsla::pipeline {
namespace {

using model::testing::BatchBuilder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

model::SpanBatch three_chunks() {
  auto batch = BatchBuilder()
                   .span({.trace = 1, .span = 1, .meta = {{"a", "1"}}, .metrics = {{"m", 1}, {"n", 1}}})
                   .span({.trace = 1, .span = 2, .parent = 1, .meta = {{"a", "2"}, {"b", "2"}}})
                   .chunk()
                   .span({.trace = 2, .span = 3})
                   .chunk()
                   .span({.trace = 3, .span = 4, .metrics = {{"m", 4}}})
                   .span({.trace = 3, .span = 5, .parent = 4, .meta = {{"a", "5"}}, .metrics = {{"m", 5}}})
                   .build_normalized();
  batch.payloads.resize(3);
  batch.chunk_payload = {0, 1, 2};
  batch.chunk_dropped = {0, 1, 0};
  return batch;
}

TEST(EditBatch, DropsRowsFromEveryColumn) {
  auto batch = three_chunks();
  drop_rows(batch, {1, 0, 1, 0, 0});
  EXPECT_THAT(batch.span_id, ElementsAre(2, 4, 5));
  EXPECT_THAT(batch.chunk_end, ElementsAre(1, 3));
  EXPECT_THAT(batch.chunk_payload, ElementsAre(0, 2));
  EXPECT_THAT(batch.chunk_dropped, ElementsAre(0, 0));
  EXPECT_THAT(batch.meta.end, ElementsAre(2, 2, 3));
  EXPECT_THAT(batch.metrics.end, ElementsAre(0, 1, 2));
  EXPECT_THAT(batch.metrics.value, ElementsAre(4, 5));
  EXPECT_EQ(batch.flags.size(), 3u);
  EXPECT_EQ(batch.weight.size(), 3u);
  drop_rows(batch, {1, 1, 1});
  EXPECT_EQ(batch.size(), 0u);
  EXPECT_THAT(batch.chunk_end, IsEmpty());
  EXPECT_THAT(batch.meta.key, IsEmpty());
}

TEST(EditBatch, DropsChunks) {
  auto batch = three_chunks();
  drop_chunks(batch, {0, 1, 0});
  EXPECT_THAT(batch.span_id, ElementsAre(1, 2, 4, 5));
  EXPECT_THAT(batch.chunk_end, ElementsAre(2, 4));
}

TEST(EditBatch, AddsNumbersBehindThoseOfTheirSpan) {
  auto batch = three_chunks();
  const auto key = batch.strings.intern("x");
  add_tags(batch.metrics, {{0, key, 7}, {2, key, 8}, {4, key, 9}});
  EXPECT_THAT(batch.metrics.end, ElementsAre(3, 3, 4, 5, 7));
  EXPECT_THAT(batch.metrics.value, ElementsAre(1, 1, 7, 8, 4, 5, 9));
  add_tags(batch.metrics, {});
  EXPECT_EQ(batch.metrics.key.size(), 7u);
}

}  // namespace
}  // namespace vizsla::pipeline
