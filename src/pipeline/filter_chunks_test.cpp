#include "pipeline/filter_chunks.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "model/testing/batch_builder.h"

namespace vizsla::pipeline {
namespace {

using model::testing::BatchBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ChunkVerdict verdict(const ChunkFilterSettings& settings, const model::testing::SpanSpec& root) {
  auto filter = ChunkFilter::create(settings);
  EXPECT_TRUE(filter.has_value());
  const auto batch = BatchBuilder().span(root).build();
  const auto verdicts = filter->process(batch);
  EXPECT_EQ(verdicts.size(), 1u);
  EXPECT_EQ(verdicts[0], filter->verdict(batch, 0));
  return verdicts[0];
}

TEST(ChunkFilter, KeepsEverythingWithoutSettings) {
  auto filter = *ChunkFilter::create({});
  EXPECT_TRUE(filter.empty());
  const auto batch = BatchBuilder().span({}).chunk().span({.trace = 2}).build();
  EXPECT_THAT(filter.process(batch), ElementsAre(ChunkVerdict::Kept, ChunkVerdict::Kept));
  EXPECT_THAT(filter.process(BatchBuilder().build()), IsEmpty());
}

TEST(ChunkFilter, IgnoresResourcesByTheRoot) {
  auto filter = *ChunkFilter::create({.ignore_resources = {"^GET /health", "ping"}});
  const auto batch = BatchBuilder()
                         .span({.span = 1, .resource = "GET /healthz"})
                         .span({.span = 2, .parent = 1, .resource = "GET /users"})
                         .chunk()
                         .span({.trace = 2, .span = 2, .parent = 1, .resource = "GET /healthz"})
                         .span({.trace = 2, .span = 1, .resource = "GET /users"})
                         .chunk()
                         .span({.trace = 3, .resource = "shopping"})
                         .chunk()
                         .span({.trace = 4, .resource = "GET /users"})
                         .build();
  EXPECT_THAT(filter.process(batch), ElementsAre(ChunkVerdict::IgnoredResource, ChunkVerdict::Kept,
                                                 ChunkVerdict::IgnoredResource, ChunkVerdict::Kept));
  EXPECT_TRUE(filter.ignores_resource("ping"));
  EXPECT_FALSE(filter.ignores_resource("pong"));
}

TEST(ChunkFilter, RejectsByOneTag) {
  const ChunkFilterSettings settings{.filter_tags_reject = {"synthetic", " http.method : OPTIONS "}};
  EXPECT_EQ(verdict(settings, {.meta = {{"synthetic", ""}}}), ChunkVerdict::RejectedTag);
  EXPECT_EQ(verdict(settings, {.meta = {{"http.method", "OPTIONS"}}}), ChunkVerdict::RejectedTag);
  EXPECT_EQ(verdict(settings, {.meta = {{"http.method", "OPTIONS "}}}), ChunkVerdict::Kept);
  EXPECT_EQ(verdict(settings, {.meta = {{"http.method", "GET"}}}), ChunkVerdict::Kept);
  EXPECT_EQ(verdict(settings, {.metrics = {{"synthetic", 1}}}), ChunkVerdict::Kept);
}

TEST(ChunkFilter, RequiresAllTags) {
  const ChunkFilterSettings settings{.filter_tags_require = {"team", "env:prod"}};
  EXPECT_EQ(verdict(settings, {.meta = {{"team", "x"}, {"env", "prod"}}}), ChunkVerdict::Kept);
  EXPECT_EQ(verdict(settings, {.meta = {{"team", "x"}, {"env", "test"}}}), ChunkVerdict::MissingTag);
  EXPECT_EQ(verdict(settings, {.meta = {{"env", "prod"}}}), ChunkVerdict::MissingTag);
}

TEST(ChunkFilter, MatchesValuesByExpressions) {
  const ChunkFilterSettings settings{.filter_tags_regex_require = {"url:^https?://[^:]+:8080", "team"},
                                     .filter_tags_regex_reject = {"url:/internal/"}};
  EXPECT_EQ(verdict(settings, {.meta = {{"url", "http://a:8080/x"}, {"team", "x"}}}), ChunkVerdict::Kept);
  EXPECT_EQ(verdict(settings, {.meta = {{"url", "http://a:80/x"}, {"team", "x"}}}), ChunkVerdict::MissingTag);
  EXPECT_EQ(verdict(settings, {.meta = {{"url", "http://a:8080/internal/x"}}}), ChunkVerdict::RejectedTag);
}

TEST(ChunkFilter, LooksAtResourcesFirstAndRejectsBeforeItRequires) {
  const ChunkFilterSettings settings{
      .ignore_resources = {"^x$"}, .filter_tags_require = {"c"}, .filter_tags_reject = {"b"}};
  EXPECT_EQ(verdict(settings, {.resource = "x", .meta = {{"b", ""}}}), ChunkVerdict::IgnoredResource);
  EXPECT_EQ(verdict(settings, {.meta = {{"b", ""}}}), ChunkVerdict::RejectedTag);
  EXPECT_EQ(verdict(settings, {.meta = {{"a", ""}}}), ChunkVerdict::MissingTag);
}

TEST(ChunkFilter, RefusesWhatItCantReadByTheSettingsName) {
  const auto message = [](const ChunkFilterSettings& settings) {
    const auto filter = ChunkFilter::create(settings);
    return filter ? "" : filter.error().message;
  };
  EXPECT_THAT(message({.ignore_resources = {"a", "[123"}}), HasSubstr("ignore_resources, \"[123\": missing ]"));
  EXPECT_THAT(message({.filter_tags_regex_require = {"k:("}}),
              HasSubstr("filter_tags_regex.require, \"k:(\": missing )"));
  EXPECT_THAT(message({.filter_tags_regex_reject = {"k:*"}}),
              HasSubstr("filter_tags_regex.reject, \"k:*\": no argument"));
  EXPECT_THAT(message({.filter_tags_require = {" :v"}}), HasSubstr("filter_tags.require, \" :v\": expected"));
  EXPECT_THAT(message({.filter_tags_reject = {""}}), HasSubstr("filter_tags.reject, \"\": expected"));
  EXPECT_EQ(message({.filter_tags_reject = {"k:("}}), "");
}

TEST(ChunkVerdict, HasANameForEachKind) {
  EXPECT_EQ(to_string(ChunkVerdict::Kept), "kept");
  EXPECT_EQ(to_string(ChunkVerdict::MissingTag), "missing_tag");
}

// Somebody else's vectors: read where they are, never copied.
TEST(ChunkFilter, AgreesWithTheSharedVectors) {
  const std::string path = VIZSLA_SHARED "/reference/obfuscation-vectors.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  simdjson::dom::parser parser;
  int cases = 0;
  for (const auto vector : parser.load(path)["vectors"]) {
    if (std::string_view(vector["kind"]) != "ignore_resources") continue;
    bool ignored = false;
    for (const auto pattern : vector["config"]["ignore_resources"]) {
      // The Agent goes on without an expression that doesn't compile.
      const auto filter = ChunkFilter::create({.ignore_resources = {std::string(std::string_view(pattern))}});
      ignored = ignored || (filter && filter->ignores_resource(std::string_view(vector["input"])));
    }
    EXPECT_EQ(!ignored, bool(vector["expected"])) << std::string_view(vector["id"]);
    ++cases;
  }
  EXPECT_GE(cases, 9);
}

}  // namespace
}  // namespace vizsla::pipeline
