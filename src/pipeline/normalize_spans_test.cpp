#include "pipeline/normalize_spans.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/testing/batch_builder.h"

namespace vizsla::pipeline {
namespace {

using model::testing::BatchBuilder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr UnixNanos kNow = 1'795'262'400'000'000'000;

class NormalizeSpans : public ::testing::Test {
 protected:
  const NormalizeReport& run(model::SpanBatch& batch) {
    normalizer_.process(batch, facts_, kNow);
    normalizer_.truncate(batch);
    return normalizer_.report();
  }

  static std::string text(const model::SpanBatch& batch, model::StringCode code) {
    return std::string(batch.strings[code]);
  }

  static std::vector<std::string> meta(const model::SpanBatch& batch, std::size_t row) {
    std::vector<std::string> tags;
    for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i)
      tags.push_back(fmt::format("{}={}", batch.strings[batch.meta.key[i]], batch.strings[batch.meta.value[i]]));
    return tags;
  }

  static std::uint32_t altered(const NormalizeReport& report, Alteration alteration) {
    std::uint32_t sum = 0;
    for (const auto& service : report.services) sum += service.altered[static_cast<std::size_t>(alteration)];
    return sum;
  }

  static bool is(const model::SpanBatch& batch, std::size_t row, std::uint8_t flag) {
    return (batch.flags[row] & flag) != 0;
  }

  PayloadFacts facts_{.language = "python",
                      .tracer_version = "4.16.0",
                      .container_id = "c1",
                      .default_env = "none",
                      .default_host = "box"};
  SpanNormalizer normalizer_;
};

TEST_F(NormalizeSpans, MarksTheFirstSpanOfEachServiceAsEntry) {
  // thinker: api → microservice → think, think; and a client span of another service whose parent is the api's.
  auto batch = BatchBuilder()
                   .span({.span = 1, .service = "thinker-api"})
                   .span({.span = 2, .parent = 1, .service = "thinker-api"})
                   .span({.span = 3, .parent = 2, .service = "thinker-microservice"})
                   .span({.span = 4, .parent = 3, .service = "thinker-microservice"})
                   .span({.span = 5, .parent = 99, .service = "thinker-microservice"})
                   .build();
  run(batch);
  std::vector<bool> entry;
  for (std::size_t row = 0; row < 5; ++row) entry.push_back(is(batch, row, model::kIsEntry));
  EXPECT_THAT(entry, ElementsAre(true, false, true, false, true));
  EXPECT_TRUE(is(batch, 0, model::kIsRoot));
  EXPECT_FALSE(is(batch, 4, model::kIsRoot));
}

TEST_F(NormalizeSpans, TakesTheComponentForTheOperationWhenAsked) {
  const auto batch_of_two = [] {
    return BatchBuilder()
        .span({.span = 1, .operation = "web.request", .meta = {{"component", "Net HTTP"}}})
        .span({.span = 2, .parent = 1, .operation = "db.query"})
        .build();
  };
  auto batch = batch_of_two();
  SpanNormalizer(NormalizeSettings{.component_to_name = true}).process(batch, facts_, kNow);
  EXPECT_EQ(batch.strings[batch.operation[0]], "Net_HTTP");
  EXPECT_EQ(batch.strings[batch.operation[1]], "db.query");
  auto as_usual = batch_of_two();
  run(as_usual);
  EXPECT_EQ(as_usual.strings[as_usual.operation[0]], "web.request");
}

TEST_F(NormalizeSpans, CutsResourcesLaterWhenAsked) {
  for (const bool big : {false, true}) {
    auto batch = BatchBuilder().span({.resource = std::string(20'000, 'r')}).build();
    SpanNormalizer normalizer(NormalizeSettings{.big_resource = big});
    normalizer.process(batch, facts_, kNow);
    normalizer.truncate(batch);
    EXPECT_EQ(batch.strings[batch.resource[0]].size(), big ? 15'000u : 5'000u);
  }
}

TEST_F(NormalizeSpans, NamesLinksByTheRuleForOperations) {
  auto batch =
      BatchBuilder()
          .span({.span = 1, .links = R"([{"trace_id":"1","attributes":{"link.name":"Follows From!","k":"a b"}}])"})
          .span({.span = 2, .links = R"([{"trace_id":"1","attributes":{"link.name":"ok"}}])"})
          .build();
  run(batch);
  EXPECT_EQ(batch.strings[batch.links[0]], R"([{"trace_id":"1","attributes":{"link.name":"Follows_From","k":"a b"}}])");
  EXPECT_EQ(batch.strings[batch.links[1]], R"([{"trace_id":"1","attributes":{"link.name":"ok"}}])");
}

TEST_F(NormalizeSpans, LooksUpParentsInLargeChunksToo) {
  BatchBuilder builder;
  for (std::uint64_t i = 1; i <= 5000; ++i)
    builder.span({.span = i * 7919, .parent = (i / 3) * 7919, .service = i % 50 == 0 ? "b" : "a"});
  auto batch = builder.build();
  run(batch);
  for (std::size_t row = 0; row < batch.size(); ++row) {
    const std::uint64_t i = row + 1;
    const std::uint64_t parent = i / 3;
    const bool top = parent == 0 || (i % 50 == 0) != (parent % 50 == 0);
    ASSERT_EQ(is(batch, row, model::kIsEntry), top) << i;
  }
}

TEST_F(NormalizeSpans, TakesTheClientsWordForTopLevelOnlyWhenItSaysSo) {
  const auto make = [] {
    return BatchBuilder().span({.span = 1}).span({.span = 2, .parent = 1, .metrics = {{"_dd.top_level", 1}}}).build();
  };
  auto computed_here = make();
  run(computed_here);
  EXPECT_TRUE(is(computed_here, 0, model::kIsEntry));
  EXPECT_FALSE(is(computed_here, 1, model::kIsEntry));

  facts_.client_computed_top_level = true;
  auto computed_there = make();
  run(computed_there);
  EXPECT_FALSE(is(computed_there, 0, model::kIsEntry));
  EXPECT_TRUE(is(computed_there, 1, model::kIsEntry));
}

TEST_F(NormalizeSpans, RefusesWholeChunksAndLeavesTheirNeighboursAlone) {
  auto batch = BatchBuilder()
                   .span({.trace = 1, .span = 1, .service = "good", .meta = {{"a", "1"}}})
                   .chunk()
                   .span({.trace = 2, .span = 1, .service = "mixed", .meta = {{"b", "1"}}})
                   .span({.trace = 3, .span = 2, .service = "mixed"})
                   .chunk()
                   .span({.trace = 0, .span = 1, .service = "zero"})
                   .chunk()
                   .span({.trace = 4, .span = 1, .service = "half"})
                   .span({.trace = 4, .span = 0, .service = "half"})
                   .chunk()
                   .span({.trace = 5, .span = 1, .service = "good", .meta = {{"c", "1"}}, .metrics = {{"m", 2}}})
                   .build();
  const NormalizeReport& report = run(batch);
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_THAT(batch.chunk_end, ElementsAre(1, 2));
  EXPECT_EQ(batch.trace_id[1], 5u);
  EXPECT_THAT(meta(batch, 0), ElementsAre("a=1"));
  EXPECT_THAT(meta(batch, 1), ElementsAre("c=1"));
  EXPECT_EQ(batch.metrics.value, std::vector<double>{2});

  std::vector<std::string> counts;
  for (const auto& s : report.services)
    counts.push_back(fmt::format("{} {} {}", text(batch, s.service), s.received, fmt::join(s.refused, ",")));
  EXPECT_THAT(counts,
              ElementsAre("good 2 0,0,0,0,0,0", "mixed 2 2,0,0,0,0,0", "zero 1 0,1,0,0,0,0", "half 2 0,0,2,0,0,0"));
}

TEST_F(NormalizeSpans, MendsFieldsAndCountsWhatItMended) {
  auto batch =
      BatchBuilder()
          .span({.span = 1,
                 .service = "",
                 .operation = "",
                 .resource = "",
                 .type = std::string(200, 't'),
                 .start = 5,
                 .duration = -1,
                 .meta = {{"http.status_code", "abc"}, {std::string(300, 'k'), std::string(30'000, 'v')}}})
          .span({.span = 2, .parent = 1, .resource = std::string(6000, 'r'), .start = 1LL << 62, .duration = INT64_MAX})
          .build();
  const NormalizeReport& report = run(batch);
  EXPECT_EQ(text(batch, batch.service[0]), "unnamed-python-service");
  EXPECT_EQ(text(batch, batch.operation[0]), "unnamed_operation");
  EXPECT_EQ(text(batch, batch.resource[0]), "unnamed_operation");
  EXPECT_EQ(text(batch, batch.type[0]).size(), 100u);
  EXPECT_EQ(batch.start_ns[0], kNow);
  EXPECT_EQ(batch.duration_ns[0], 0);
  EXPECT_THAT(meta(batch, 0), ElementsAre(std::string(200, 'k') + "...=" + std::string(25'000, 'v') + "..."));
  EXPECT_EQ(text(batch, batch.resource[1]).size(), 5000u);
  EXPECT_EQ(batch.duration_ns[1], 0);
  for (const Alteration alteration :
       {Alteration::ServiceEmpty, Alteration::SpanNameEmpty, Alteration::ResourceEmpty, Alteration::TypeTruncate,
        Alteration::InvalidStartDate, Alteration::InvalidHttpStatusCode, Alteration::TagKeyTruncate,
        Alteration::TagValueTruncate, Alteration::ResourceTruncate}) {
    EXPECT_EQ(altered(report, alteration), 1u) << to_string(alteration);
  }
  EXPECT_EQ(altered(report, Alteration::InvalidDuration), 2u);
}

TEST_F(NormalizeSpans, KeepsFutureAndOldStarts) {
  const UnixNanos year_2200 = 7'258'118'400'000'000'000;
  const UnixNanos year_2001 = 1'000'000'000'000'000'000;
  auto batch =
      BatchBuilder().span({.span = 1, .start = year_2200}).span({.span = 2, .parent = 1, .start = year_2001}).build();
  run(batch);
  EXPECT_THAT(batch.start_ns, ElementsAre(year_2200, year_2001));
}

TEST_F(NormalizeSpans, DerivesColumnsFromTagsOfTheSpanAndItsChunk) {
  auto batch = BatchBuilder()
                   .span({.trace = 7,
                          .span = 2,
                          .parent = 1,
                          .meta = {{"span.kind", "client"},
                                   {"_dd.base_service", "Base"},
                                   {"peer.service", "Peer!"},
                                   {"http.status_code", "404"},
                                   {"version", "1.2"}},
                          .metrics = {{"_dd.measured", 1}}})
                   .span({.trace = 7,
                          .span = 1,
                          .meta = {{"env", "Demo"},
                                   {"_dd.p.tid", "6740000000000001"},
                                   {"_dd.p.dm", "-4"},
                                   {"_dd.hostname", "h1"},
                                   {"language", "ruby"}},
                          .metrics = {{"_sampling_priority_v1", 2}, {"http.status_code", 200}}})
                   .build();
  run(batch);
  EXPECT_THAT(batch.trace_id_high, ElementsAre(0x6740000000000001, 0x6740000000000001));
  EXPECT_EQ(text(batch, batch.env[0]), "demo");
  EXPECT_EQ(text(batch, batch.env[1]), "demo");
  EXPECT_EQ(text(batch, batch.version[0]), "1.2");
  EXPECT_EQ(text(batch, batch.version[1]), "");
  EXPECT_EQ(text(batch, batch.host[0]), "h1");
  EXPECT_EQ(text(batch, batch.language[0]), "python");
  EXPECT_EQ(text(batch, batch.tracer_version[0]), "4.16.0");
  EXPECT_EQ(text(batch, batch.container_id[0]), "c1");
  EXPECT_EQ(text(batch, batch.base_service[0]), "base");
  EXPECT_EQ(text(batch, batch.peer_service[0]), "peer");
  EXPECT_THAT(batch.http_status, ElementsAre(404, 200));
  EXPECT_THAT(batch.kind, ElementsAre(model::SpanKind::Client, model::SpanKind::Unknown));
  EXPECT_THAT(batch.sampling_priority, ElementsAre(2, 2));
  EXPECT_THAT(batch.ingestion_reason, ElementsAre(model::IngestionReason::Manual, model::IngestionReason::Manual));
  EXPECT_TRUE(is(batch, 0, model::kIsMeasured));
  EXPECT_FALSE(is(batch, 1, model::kIsMeasured));
}

TEST_F(NormalizeSpans, UsesDefaultsWhereNobodySaysMore) {
  facts_.language = "";
  auto batch = BatchBuilder().span({.span = 1, .service = "", .meta = {{"language", "ruby"}}}).build();
  run(batch);
  EXPECT_EQ(text(batch, batch.env[0]), "none");
  EXPECT_EQ(text(batch, batch.host[0]), "box");
  EXPECT_EQ(text(batch, batch.language[0]), "ruby");
  EXPECT_EQ(text(batch, batch.service[0]), "unnamed-service");
  EXPECT_EQ(batch.sampling_priority[0], model::kNoPriority);
}

TEST_F(NormalizeSpans, KeepsTheLastOfATagGivenTwice) {
  auto batch = BatchBuilder()
                   .span({.span = 1, .meta = {{"a", "1"}, {"b", "2"}, {"a", "3"}}})
                   .span({.span = 2, .meta = {{"a", "4"}}})
                   .build();
  const NormalizeReport& report = run(batch);
  EXPECT_THAT(meta(batch, 0), ElementsAre("b=2", "a=3"));
  EXPECT_THAT(meta(batch, 1), ElementsAre("a=4"));
  EXPECT_EQ(altered(report, Alteration::DuplicateTag), 1u);
}

TEST_F(NormalizeSpans, KeepsBothSpansWithOneId) {
  auto batch = BatchBuilder().span({.span = 1}).span({.span = 1}).build();
  const NormalizeReport& report = run(batch);
  EXPECT_EQ(batch.size(), 2u);
  EXPECT_EQ(altered(report, Alteration::DuplicateSpanId), 1u);
}

TEST_F(NormalizeSpans, TreatsARootThatIsItsOwnParentAsARoot) {
  auto batch = BatchBuilder().span({.trace = 9, .span = 9, .parent = 9}).build();
  run(batch);
  EXPECT_EQ(batch.parent_id[0], 0u);
  EXPECT_TRUE(is(batch, 0, model::kIsRoot));
  EXPECT_TRUE(is(batch, 0, model::kIsEntry));
}

TEST_F(NormalizeSpans, LeavesStructuredTagsWhole) {
  auto batch = BatchBuilder().span({.span = 1, .meta = {{"_dd.appsec.json", std::string(40'000, 'x')}}}).build();
  run(batch);
  EXPECT_EQ(batch.strings[batch.meta.value[0]].size(), 40'000u);
}

TEST_F(NormalizeSpans, StartsAnewWithEachPayload) {
  auto first = BatchBuilder().span({.span = 1, .service = "one", .meta = {{"env", "a"}}}).build();
  run(first);
  auto second = BatchBuilder().span({.span = 1, .service = "two", .meta = {{"env", "b"}}}).build();
  const NormalizeReport& report = run(second);
  EXPECT_EQ(text(second, second.service[0]), "two");
  EXPECT_EQ(text(second, second.env[0]), "b");
  ASSERT_EQ(report.services.size(), 1u);
  EXPECT_EQ(report.services[0].received, 1u);
  auto none = BatchBuilder().build();
  EXPECT_THAT(run(none).services, IsEmpty());
}

TEST(ChunkTree, FindsTheRootFromTheEnd) {
  const auto root_of = [](BatchBuilder& builder) {
    const auto batch = builder.build();
    ChunkTree tree;
    tree.read(batch, 0, batch.size());
    return batch.span_id[tree.root()];
  };
  EXPECT_EQ(root_of(BatchBuilder().span({.span = 1}).span({.span = 2}).span({.span = 3, .parent = 2})), 2u);
  EXPECT_EQ(root_of(BatchBuilder().span({.span = 1, .parent = 9}).span({.span = 2, .parent = 1})), 1u);
  EXPECT_EQ(root_of(BatchBuilder().span({.span = 1, .parent = 2}).span({.span = 2, .parent = 1})), 2u);
}

}  // namespace
}  // namespace vizsla::pipeline
