#include "pipeline/trace_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/testing/batch_builder.h"
#include "pipeline/edit_batch.h"

namespace vizsla::pipeline {
namespace {

using model::testing::BatchBuilder;
using ::testing::ElementsAre;

constexpr UnixNanos kNow = 1'795'262'400'000'000'000;

std::vector<std::string> tags(const model::SpanBatch& batch, std::size_t row) {
  std::vector<std::string> shown;
  for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i)
    shown.push_back(std::string(batch.strings[batch.meta.key[i]]) + "=" +
                    std::string(batch.strings[batch.meta.value[i]]));
  return shown;
}

TEST(TracePipeline, GoesThroughItsStagesInTheAgentsOrder) {
  PipelineSettings settings;
  settings.replace_tags = {{"sql.query", "SELECT", "READ"}};
  model::StatsBatch stats;
  auto pipeline = TracePipeline::create(settings).value();
  // Longer than a tag may be: obfuscated first, so that what is cut is no broken statement; replaced last.
  std::string query = "SELECT * FROM t WHERE a IN (1";
  for (int i = 2; query.size() < 30'000; ++i) query += ", " + std::to_string(i);
  query += ")";
  auto batch = BatchBuilder().span({.resource = query, .type = "sql", .meta = {{"sql.query", query}}}).build();
  pipeline.process(batch, {}, kNow, stats);
  EXPECT_EQ(batch.strings[batch.resource[0]], "SELECT * FROM t WHERE a IN ( ? )");
  EXPECT_THAT(tags(batch, 0), ElementsAre("sql.query=READ * FROM t WHERE a IN ( ? )"));
}

TEST(TracePipeline, CountsWhatFiltersDrop) {
  PipelineSettings settings;
  settings.filters.ignore_resources = {"^GET /health$"};
  settings.filters.filter_tags_reject = {"team:test"};
  settings.filters.filter_tags_require = {"env"};
  model::StatsBatch stats;
  auto pipeline = TracePipeline::create(settings).value();
  auto batch = BatchBuilder()
                   .span({.trace = 1, .span = 1, .resource = "GET /health", .meta = {{"env", "prod"}}})
                   .span({.trace = 1, .span = 2, .parent = 1, .service = "db"})
                   .chunk()
                   .span({.trace = 2, .span = 3, .resource = "GET /", .meta = {{"env", "prod"}, {"k", "v"}}})
                   .chunk()
                   .span({.trace = 3, .span = 4, .resource = "GET /", .meta = {{"env", "prod"}, {"team", "test"}}})
                   .chunk()
                   .span({.trace = 4, .span = 5, .resource = "GET /"})
                   .build();
  const NormalizeReport& report = pipeline.process(batch, {}, kNow, stats);
  EXPECT_THAT(batch.trace_id, ElementsAre(2));
  EXPECT_THAT(tags(batch, 0), ElementsAre("env=prod", "k=v"));
  std::array<std::uint32_t, kRefusals> refused{};
  std::uint32_t received = 0;
  for (const auto& service : report.services) {
    received += service.received;
    for (std::size_t i = 0; i < kRefusals; ++i) refused[i] += service.refused[i];
  }
  EXPECT_EQ(received, 5u);
  EXPECT_THAT(refused, ElementsAre(0, 0, 0, 2, 1, 1));
}

TEST(TracePipeline, LeavesWhatAnAgentHasDoneAlone) {
  PipelineSettings settings;
  settings.filters.ignore_resources = {"."};
  model::StatsBatch stats;
  auto pipeline = TracePipeline::create(settings).value();
  auto batch =
      BatchBuilder()
          .span({.span = 1, .service = "a", .resource = "SELECT 1", .type = "sql", .metrics = {{"_top_level", 1}}})
          .span({.span = 2, .parent = 1, .service = "b"})
          .build();
  PayloadFacts facts;
  facts.from_agent = true;
  pipeline.process(batch, facts, kNow, stats);
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_EQ(batch.strings[batch.resource[0]], "SELECT 1");
  EXPECT_NE(batch.flags[0] & model::kIsEntry, 0);
  EXPECT_EQ(batch.flags[1] & model::kIsEntry, 0) << "the Agent would have said so";
}

TEST(TracePipeline, RefusesSettingsThatMakeNoSense) {
  PipelineSettings settings;
  settings.filters.ignore_resources = {"("};
  EXPECT_FALSE(TracePipeline::create(settings));
  settings = {};
  settings.replace_tags = {{"a", "(", ""}};
  EXPECT_FALSE(TracePipeline::create(settings));
}

TEST(TracePipeline, TakesTheNamesOfAnAgentAsTheyAre) {
  model::StatsBatch stats;
  auto pipeline = TracePipeline::create({}).value();
  const std::string cut_key = std::string(200, 'k') + "...";
  auto batch =
      BatchBuilder()
          .span({.service = "?", .operation = "?", .resource = "", .meta = {{"peer.service", "?"}, {cut_key, "v"}}})
          .span({.span = 2,
                 .parent = 1,
                 .service = "",
                 .operation = std::string(101, 'a'),
                 .meta = {{cut_key + "x", "v"}}})
          .build();
  PayloadFacts facts;
  facts.from_agent = true;
  pipeline.process(batch, facts, kNow, stats);
  EXPECT_EQ(batch.strings[batch.service[0]], "?");
  EXPECT_EQ(batch.strings[batch.operation[0]], "?");
  EXPECT_EQ(batch.strings[batch.resource[0]], "");
  EXPECT_EQ(batch.strings[batch.peer_service[0]], "?");
  EXPECT_THAT(tags(batch, 0), ElementsAre("peer.service=?", cut_key + "=v"));
  // What no Agent sends gets its form here.
  EXPECT_EQ(batch.strings[batch.service[1]], "unnamed-service");
  EXPECT_EQ(batch.strings[batch.operation[1]].size(), 100u);
  EXPECT_THAT(tags(batch, 1), ElementsAre(cut_key + "=v"));
}

TEST(SpanNormalizer, GivesTheVersionOfTheSenderToSpansOfItsService) {
  auto batch = BatchBuilder()
                   .span({.span = 1, .service = "shop", .meta = {{"version", "1.2"}}})
                   .span({.span = 2, .parent = 1, .service = "shop"})
                   .span({.span = 3, .parent = 2, .service = "shop-db"})
                   .build();
  SpanNormalizer().process(batch, {}, kNow);
  EXPECT_EQ(batch.strings[batch.version[1]], "1.2");
  EXPECT_EQ(batch.strings[batch.version[2]], "");
}

TEST(SpanNormalizer, MakesASpanThatIsItsOwnParentARoot) {
  auto batch = BatchBuilder().span({.trace = 7, .span = 1, .parent = 1}).build();
  SpanNormalizer().process(batch, {}, kNow);
  EXPECT_EQ(batch.parent_id[0], 0u);
  EXPECT_NE(batch.flags[0] & model::kIsRoot, 0);
}

TEST(SpanNormalizer, TakesWhatThePayloadSaysOfItsSenderFirst) {
  auto batch = BatchBuilder().span({.span = 1, .meta = {{"env", "spans"}}}).span({.span = 2, .parent = 1}).build();
  model::PayloadAttributes payload;
  payload.env = batch.strings.intern("From Payload");
  payload.hostname = batch.strings.intern("its-host");
  payload.container_id = batch.strings.intern("its-container");
  payload.language_name = batch.strings.intern("go");
  payload.tracer_version = batch.strings.intern("v2");
  payload.app_version = batch.strings.intern("1.2.3");
  batch.payloads = {payload};
  batch.chunk_payload = {0};
  PayloadFacts facts;
  facts.language = "header";
  facts.container_id = "header";
  facts.default_host = "us";
  SpanNormalizer().process(batch, facts, kNow);
  const auto text = [&](model::StringCode code) { return std::string(batch.strings[code]); };
  EXPECT_EQ(text(batch.env[0]), "spans") << "a span's own";
  EXPECT_EQ(text(batch.env[1]), "from_payload");
  EXPECT_EQ(text(batch.host[1]), "its-host");
  EXPECT_EQ(text(batch.container_id[1]), "its-container");
  EXPECT_EQ(text(batch.language[1]), "go");
  EXPECT_EQ(text(batch.tracer_version[1]), "v2");
  EXPECT_EQ(text(batch.version[1]), "1.2.3");
}

TEST(TracePipeline, GivesSpansAnEnvironmentAndAHostWhateverRulesLeaveOfTheirs) {
  PipelineSettings settings;
  settings.replace_tags = {{"env", ".*", ""}, {"_dd.hostname", ".*", ""}};
  model::StatsBatch stats;
  auto pipeline = TracePipeline::create(settings).value();
  auto batch = BatchBuilder().span({.meta = {{"env", "prod"}, {"_dd.hostname", "box"}}}).build();
  PayloadFacts facts;
  facts.default_env = "none";
  facts.default_host = "here";
  pipeline.process(batch, facts, kNow, stats);
  EXPECT_EQ(batch.strings[batch.env[0]], "none");
  EXPECT_EQ(batch.strings[batch.host[0]], "here");
}

TEST(SpanNormalizer, MarksWhatASamplerHasLeftOfAChunk) {
  auto batch = BatchBuilder().span({.trace = 1, .span = 1}).chunk().span({.trace = 2, .span = 2}).build();
  batch.payloads.resize(1);
  batch.chunk_payload = {0, 0};
  batch.chunk_dropped = {0, 1};
  SpanNormalizer().process(batch, {}, kNow);
  EXPECT_EQ(batch.flags[0] & model::kIsLeftOver, 0);
  EXPECT_EQ(batch.flags[1] & model::kIsLeftOver, model::kIsLeftOver);
}

TEST(SpanNormalizer, MarksChunksOfWhichEachSpanWasKeptForItself) {
  const auto kept_alone = [](std::uint64_t trace, std::uint64_t span) {
    return model::testing::SpanSpec{
        .trace = trace, .span = span, .parent = 9, .metrics = {{"_dd.span_sampling.mechanism", 8}}};
  };
  auto batch = BatchBuilder()
                   .span(kept_alone(1, 1))
                   .span(kept_alone(1, 2))
                   .chunk()
                   .span(kept_alone(2, 3))
                   .span({.trace = 2, .span = 4})
                   .build();
  SpanNormalizer().process(batch, {}, kNow);
  std::vector<bool> left_over;
  for (const auto flags : batch.flags) left_over.push_back((flags & model::kIsLeftOver) != 0);
  EXPECT_THAT(left_over, ElementsAre(true, true, false, false));
}

TEST(EditBatch, PutsTagsWhereTheyBelong) {
  auto batch = BatchBuilder()
                   .span({.span = 1, .meta = {{"a", "1"}}})
                   .span({.span = 2})
                   .span({.span = 3, .meta = {{"b", "2"}, {"c", "3"}}})
                   .build();
  const auto code = [&](std::string_view text) { return batch.strings.intern(text); };
  add_tags(batch.meta, {{1, code("x"), code("7")}, {1, code("y"), code("8")}, {2, code("z"), code("9")}});
  EXPECT_THAT(tags(batch, 0), ElementsAre("a=1"));
  EXPECT_THAT(tags(batch, 1), ElementsAre("x=7", "y=8"));
  EXPECT_THAT(tags(batch, 2), ElementsAre("b=2", "c=3", "z=9"));
}

}  // namespace
}  // namespace vizsla::pipeline
