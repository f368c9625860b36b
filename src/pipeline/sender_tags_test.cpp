#include "pipeline/sender_tags.h"

#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/testing/batch_builder.h"

namespace vizsla::pipeline {
namespace {

using model::SpanBatch;
using model::testing::BatchBuilder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> tags(const SpanBatch& batch, std::size_t row) {
  std::vector<std::string> shown;
  for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i)
    shown.push_back(std::string(batch.strings[batch.meta.key[i]]) + "=" +
                    std::string(batch.strings[batch.meta.value[i]]));
  return shown;
}

// Three chunks, the second of two spans.
SpanBatch three_chunks() {
  return BatchBuilder()
      .span({.trace = 1, .span = 1, .meta = {{"team", "own"}}})
      .chunk()
      .span({.trace = 2, .span = 2, .metrics = {{"cores", 4}}})
      .span({.trace = 2, .span = 3, .parent = 2, .meta = {{"k", "v"}, {"team", "own"}}})
      .chunk()
      .span({.trace = 3, .span = 4})
      .build();
}

TEST(SenderTags, LeaveABatchAloneOfWhichNothingMoreIsKnown) {
  SpanBatch batch = three_chunks();
  SenderTags({}).process(batch, "");
  EXPECT_THAT(tags(batch, 0), ElementsAre("team=own"));
  EXPECT_THAT(tags(batch, 1), IsEmpty());
}

TEST(SenderTags, SetTheTagsOfTheSettingsOnEverySpan) {
  SpanBatch batch = three_chunks();
  SenderTags({{"team", "all"}, {"zone", "a"}, {"team", "last"}}).process(batch, "");
  EXPECT_THAT(tags(batch, 0), ElementsAre("team=last", "zone=a"));
  EXPECT_THAT(tags(batch, 1), ElementsAre("team=last", "zone=a"));
  EXPECT_THAT(tags(batch, 2), ElementsAre("k=v", "team=last", "zone=a"));
  EXPECT_THAT(tags(batch, 3), ElementsAre("team=last", "zone=a"));
}

TEST(SenderTags, PutThoseOfAPayloadOnTheFirstSpanOfItsChunks) {
  SpanBatch batch = three_chunks();
  auto& strings = batch.strings;
  batch.payloads.resize(2);
  batch.payloads[0].tags = {{strings.intern("team"), strings.intern("payload")},
                            {strings.intern("cores"), strings.intern("8")},
                            {strings.intern("rack"), strings.intern("r1")},
                            {strings.intern(std::string(201, 'k')), strings.intern("too long a key")}};
  batch.payloads[0].runtime_id = strings.intern("run-1");
  batch.payloads[1].tags = {{strings.intern("rack"), strings.intern("r2")}};
  batch.chunk_payload = {0, 0, 1};
  batch.chunk_dropped = {0, 0, 0};
  batch.agent.tags = {{strings.intern("rack"), strings.intern("of the agent")},
                      {strings.intern("site"), strings.intern("eu")}};
  batch.agent.version = strings.intern("7.99.0");
  SenderTags sender_tags(std::vector<GlobalTag>{{"rack", "of the settings"}});
  sender_tags.process(batch, "entrypoint.name:shop");
  EXPECT_THAT(tags(batch, 0),
              ElementsAre("team=own", "cores=8", "rack=of the settings", "runtime-id=run-1",
                          "_dd.tags.process=entrypoint.name:shop", "site=eu", "_dd.agent_version=7.99.0"));
  EXPECT_THAT(tags(batch, 1),
              ElementsAre("team=payload", "rack=of the settings", "runtime-id=run-1",
                          "_dd.tags.process=entrypoint.name:shop", "site=eu", "_dd.agent_version=7.99.0"));
  EXPECT_THAT(tags(batch, 2), ElementsAre("k=v", "team=own", "rack=of the settings"));
  EXPECT_THAT(tags(batch, 3), ElementsAre("rack=of the settings", "_dd.tags.process=entrypoint.name:shop", "site=eu",
                                          "_dd.agent_version=7.99.0"));

  // The next payload knows nothing of this one.
  SpanBatch next = three_chunks();
  sender_tags.process(next, "a:b");
  EXPECT_THAT(tags(next, 0), ElementsAre("team=own", "_dd.tags.process=a:b", "rack=of the settings"));
}

TEST(SenderTags, EndWhereAPayloadHasManyChunksAndManyTags) {
  BatchBuilder builder;
  for (std::uint64_t trace = 1; trace <= 2000; ++trace) builder.span({.trace = trace, .span = trace}).chunk();
  SpanBatch batch = builder.build();
  batch.payloads.resize(1);
  for (int i = 0; i < 1000; ++i)
    batch.payloads[0].tags.push_back({batch.strings.intern("k" + std::to_string(i)), batch.strings.intern("v")});
  batch.chunk_payload.assign(batch.chunk_end.size(), 0);
  SenderTags({}).process(batch, "");
  EXPECT_EQ(batch.meta.key.size(), SenderTags::kTagsLookedAtMax);
  EXPECT_EQ(tags(batch, 999).size(), 1000u);
  EXPECT_EQ(tags(batch, 1000).size(), 0u);
}

// 20,000 payloads times 20,000 tags would take seconds, and no tag need be added for it: the spans have them all.
TEST(SenderTags, EndWhereABodyHasManyPayloadsAndManyTags) {
  constexpr std::uint64_t kMany = 20'000;
  BatchBuilder builder;
  for (std::uint64_t trace = 1; trace <= kMany; ++trace)
    builder.span({.trace = trace, .span = trace, .meta = {{"k", "own"}}}).chunk();
  SpanBatch batch = builder.build();
  batch.payloads.resize(kMany);
  for (std::uint32_t chunk = 0; chunk < kMany; ++chunk) batch.chunk_payload.push_back(chunk);
  batch.agent.tags.assign(kMany, {batch.strings.intern("k"), batch.strings.intern("v")});
  const auto begin = std::clock();
  SenderTags({}).process(batch, "");
  EXPECT_LT(std::clock() - begin, CLOCKS_PER_SEC / 2);
  EXPECT_EQ(batch.meta.key.size(), kMany);
}

// Tags of the settings don't take the place of a payload's.
TEST(SenderTags, OfTheSettingsDoNotUseUpWhatAPayloadMaySay) {
  BatchBuilder builder;
  for (std::uint64_t span = 1; span <= 600'000; ++span) builder.span({.trace = 1, .span = span});
  builder.chunk().span({.trace = 2, .span = 1});
  SpanBatch batch = builder.build();
  SenderTags({{"a", "1"}, {"b", "2"}}).process(batch, "from:header");
  EXPECT_THAT(tags(batch, 600'000), ElementsAre("_dd.tags.process=from:header", "a=1", "b=2"));
}

}  // namespace
}  // namespace vizsla::pipeline
