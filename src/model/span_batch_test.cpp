#include "model/span_batch.h"

#include <gtest/gtest.h>

#include "model/testing/batch_builder.h"

namespace vizsla::model {
namespace {

using testing::BatchBuilder;

TEST(SpanBatch, HasNoPayloadsWhereTheWireVersionHasNone) {
  const SpanBatch batch = BatchBuilder().span({.span = 1}).chunk().span({.span = 2}).build();
  ASSERT_EQ(batch.chunk_end.size(), 2u);
  EXPECT_EQ(batch.payload_of(0), nullptr);
  EXPECT_EQ(batch.payload_of(1), nullptr);
  EXPECT_FALSE(batch.is_dropped(1));
}

TEST(SpanBatch, KnowsThePayloadOfAChunk) {
  SpanBatch batch = BatchBuilder().span({.span = 1}).chunk().span({.span = 2}).build();
  batch.payloads.resize(2);
  batch.payloads[1].env = batch.strings.intern("prod");
  batch.chunk_payload = {1, 0};
  batch.chunk_dropped = {0, 1};
  EXPECT_EQ(batch.strings[batch.payload_of(0)->env], "prod");
  EXPECT_EQ(batch.payload_of(1)->env, kEmptyString);
  EXPECT_FALSE(batch.is_dropped(0));
  EXPECT_TRUE(batch.is_dropped(1));
}

TEST(SpanBatch, IsEmptyAfterClear) {
  SpanBatch batch = BatchBuilder().span({.span = 1, .meta = {{"k", "v"}}, .metrics = {{"n", 1}}}).build_normalized();
  batch.payloads.resize(1);
  batch.chunk_payload = {0};
  batch.chunk_dropped = {1};
  batch.agent.hostname = batch.strings.intern("box");
  batch.agent.tags = {{1, 1}};
  batch.clear();
  EXPECT_EQ(batch.size(), 0u);
  EXPECT_EQ(batch.strings.size(), 1u);
  EXPECT_TRUE(batch.meta.key.empty() && batch.meta.end.empty());
  EXPECT_TRUE(batch.chunk_end.empty());
  EXPECT_TRUE(batch.payloads.empty());
  EXPECT_TRUE(batch.chunk_payload.empty());
  EXPECT_TRUE(batch.chunk_dropped.empty());
  EXPECT_EQ(batch.agent.hostname, kEmptyString);
  EXPECT_TRUE(batch.agent.tags.empty());
}

}  // namespace
}  // namespace vizsla::model
