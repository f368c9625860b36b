#include "pipeline/replace_tags.h"

#include <filesystem>

#include <fmt/format.h>
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

class ReplaceTags : public ::testing::Test {
 protected:
  static TagReplacer replacer(const std::vector<ReplaceRule>& rules) {
    auto made = TagReplacer::create(rules);
    EXPECT_TRUE(made.has_value()) << made.error().message;
    return *std::move(made);
  }

  // The batch of one span with these rules applied to it.
  static model::SpanBatch run(const std::vector<ReplaceRule>& rules, const model::testing::SpanSpec& span) {
    auto batch = BatchBuilder().span(span).build_normalized();
    replacer(rules).process(batch);
    return batch;
  }

  static std::vector<std::string> meta(const model::SpanBatch& batch, std::size_t row = 0) {
    std::vector<std::string> tags;
    for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i)
      tags.push_back(fmt::format("{}={}", batch.strings[batch.meta.key[i]], batch.strings[batch.meta.value[i]]));
    return tags;
  }

  static std::vector<std::string> metrics(const model::SpanBatch& batch, std::size_t row = 0) {
    std::vector<std::string> tags;
    for (auto i = batch.metrics.begin_of(row); i < batch.metrics.end_of(row); ++i)
      tags.push_back(fmt::format("{}={}", batch.strings[batch.metrics.key[i]], batch.metrics.value[i]));
    return tags;
  }

  static std::string resource(const model::SpanBatch& batch) { return std::string(batch.strings[batch.resource[0]]); }
  static std::string operation(const model::SpanBatch& batch) { return std::string(batch.strings[batch.operation[0]]); }
};

TEST_F(ReplaceTags, ChangesTheTagOfTheRulesName) {
  const auto batch = run({{"http.url", "token=[^&]*", "token=?"}},
                         {.resource = "token=1", .meta = {{"http.url", "/a?token=1&b=token"}, {"b", "token=1"}}});
  EXPECT_THAT(meta(batch), ElementsAre("http.url=/a?token=?&b=token", "b=token=1"));
  EXPECT_EQ(resource(batch), "token=1");
}

TEST_F(ReplaceTags, ChangesAllTagsAndTheResourceByAStar) {
  const auto batch =
      run({{"*", "secret", "?"}}, {.operation = "secret",
                                   .resource = "a secret",
                                   .meta = {{"x", "secret"}, {"_y", "secret"}, {"resource.name", "secret"}}});
  EXPECT_THAT(meta(batch), ElementsAre("x=?", "_y=secret", "resource.name=?"));
  EXPECT_EQ(resource(batch), "a ?");
  EXPECT_EQ(operation(batch), "secret");
}

TEST_F(ReplaceTags, ChangesNamesByTheirOwnRules) {
  const auto batch = run({{"resource.name", "[0-9]+", "{n}"}, {"span.name", "_[0-9]+$", "?"}},
                         {.operation = "find.user_77", .resource = "GET /7/8", .meta = {{"resource.name", "7"}}});
  EXPECT_EQ(resource(batch), "GET /{n}/{n}");
  EXPECT_EQ(operation(batch), "find.user");  // "find.user?" isn't a name
  EXPECT_THAT(meta(batch), ElementsAre("resource.name=7"));
}

TEST_F(ReplaceTags, LeavesNoNameEmpty) {
  const auto batch =
      run({{"resource.name", "GET.*", ""}, {"span.name", "web", ""}}, {.operation = "web", .resource = "GET /"});
  EXPECT_EQ(operation(batch), "unnamed_operation");
  EXPECT_EQ(resource(batch), "unnamed_operation");
  EXPECT_THAT(meta(run({{"a", ".*", ""}}, {.meta = {{"a", "x"}}})), ElementsAre("a="));
}

TEST_F(ReplaceTags, AppliesRulesInOrderEachToWhatTheOneBeforeLeft) {
  const std::vector<ReplaceRule> rules{{"a", "1", "2"}, {"*", "2", "3"}, {"a", "3", "4"}, {"b", "1", "5"}};
  EXPECT_THAT(meta(run(rules, {.meta = {{"a", "1"}, {"b", "12"}, {"c", "12"}}})), ElementsAre("a=4", "b=53", "c=13"));
}

TEST_F(ReplaceTags, ChangesNumbersAsDecimals) {
  const std::vector<ReplaceRule> rules{{"*", "^40[0-9]$", "400"}, {"port", "^8080$", "web"}};
  const auto batch =
      run(rules, {.meta = {{"a", "x"}}, .metrics = {{"status", 404}, {"port", 8080}, {"_dd.x", 404}, {"size", 0.5}}});
  EXPECT_THAT(metrics(batch), ElementsAre("status=400", "_dd.x=404", "size=0.5"));
  EXPECT_THAT(meta(batch), ElementsAre("a=x", "port=web"));
}

TEST_F(ReplaceTags, MovesANumberOverTheTextOfTheSameKey) {
  auto batch = BatchBuilder()
                   .span({.span = 1, .meta = {{"a", "x"}, {"b", "y"}}, .metrics = {{"n", 1}, {"a", 7}}})
                   .span({.span = 2, .parent = 1, .meta = {{"c", "z"}}, .metrics = {{"a", 7}, {"n", 2}}})
                   .build_normalized();
  EXPECT_EQ(replacer({{"a", "7", "seven"}}).process(batch), 2u);
  EXPECT_THAT(meta(batch, 0), ElementsAre("a=seven", "b=y"));
  EXPECT_THAT(metrics(batch, 0), ElementsAre("n=1"));
  EXPECT_THAT(meta(batch, 1), ElementsAre("c=z", "a=seven"));
  EXPECT_THAT(metrics(batch, 1), ElementsAre("n=2"));
}

TEST_F(ReplaceTags, MovesANumberThatIsThereTwiceOnce) {
  const auto batch = run({{"*", "^7", "seven"}}, {.metrics = {{"a", 7}, {"b", 7}, {"a", 71}}});
  EXPECT_THAT(meta(batch), ElementsAre("a=seven1", "b=seven"));
  EXPECT_THAT(metrics(batch), IsEmpty());
}

TEST_F(ReplaceTags, GoesOnWithTextOnceANumberIsNone) {
  const auto batch = run({{"a", "7", "seven"}, {"a", "s", "S"}, {"a", ".*", "8"}}, {.metrics = {{"a", 7}}});
  EXPECT_THAT(metrics(batch), IsEmpty());
  EXPECT_THAT(meta(batch), ElementsAre("a=8"));
}

TEST_F(ReplaceTags, ChangesAttributesOfEvents) {
  const auto batch =
      run({{"*", "secret", "?"}, {"code", "7", "8"}},
          {.events = R"([{"name":"secret","attributes":{"m":"a secret","_m":"secret","code":17,"l":["secret",1]}}])"});
  EXPECT_EQ(batch.strings[batch.events[0]],
            R"([{"name":"secret","attributes":{"m":"a ?","_m":"secret","code":18,"l":["?",1]}}])");
}

TEST_F(ReplaceTags, KeepsDerivedColumnsInStep) {
  auto batch = BatchBuilder()
                   .span({.span = 1,
                          .meta = {{"env", "test"},
                                   {"version", "1"},
                                   {"http.status_code", "404"},
                                   {"span.kind", "server"},
                                   {"peer.service", "db-7"}},
                          .version = "1",
                          .kind = model::SpanKind::Server,
                          .http_status = 404})
                   .span({.span = 2, .parent = 1, .metrics = {{"http.status_code", 404}}, .http_status = 404})
                   .chunk()
                   .span({.trace = 2})
                   .build_normalized();
  batch.peer_service[0] = batch.strings.intern("db-7");
  replacer({{"env", "test", "prod"},
            {"version", "1", "2"},
            {"http.status_code", "404", "200"},
            {"span.kind", "server", "client"},
            {"peer.service", "-7", ""}})
      .process(batch);
  EXPECT_EQ(batch.strings[batch.env[0]], "prod");
  EXPECT_EQ(batch.strings[batch.env[1]], "prod");  // it has its root's
  EXPECT_EQ(batch.strings[batch.env[2]], "test");
  EXPECT_EQ(batch.strings[batch.version[0]], "2");
  EXPECT_THAT(batch.http_status, ElementsAre(200, 200, 0));
  EXPECT_EQ(batch.kind[0], model::SpanKind::Client);
  EXPECT_EQ(batch.strings[batch.peer_service[0]], "db");
}

TEST_F(ReplaceTags, IsReusedFromPayloadToPayload) {
  auto rules = replacer({{"*", "a", "b"}});
  for (int i = 0; i < 3; ++i) {
    // The same codes mean other strings each time.
    auto batch = BatchBuilder().span({.meta = {{fmt::format("k{}", i), fmt::format("a{}", i)}}}).build_normalized();
    EXPECT_EQ(rules.process(batch), 1u);
    EXPECT_THAT(meta(batch), ElementsAre(fmt::format("k{}=b{}", i, i)));
  }
}

TEST_F(ReplaceTags, HandlesManyValuesAndRules) {
  std::vector<ReplaceRule> rules;
  for (int i = 0; i < 200; ++i) rules.push_back({fmt::format("k{}", i), "x", "y"});
  BatchBuilder builder;
  for (std::uint64_t i = 0; i < 3000; ++i)
    builder.span({.span = i + 1, .meta = {{fmt::format("k{}", i % 400), fmt::format("x{}", i)}}});
  auto batch = builder.build_normalized();
  EXPECT_EQ(replacer(rules).process(batch), 1600u);
  EXPECT_THAT(meta(batch, 199), ElementsAre("k199=y199"));
  EXPECT_THAT(meta(batch, 200), ElementsAre("k200=x200"));
}

TEST_F(ReplaceTags, RefusesRulesThatMakeNoSense) {
  const auto message = [](const ReplaceRule& rule) {
    const std::vector<ReplaceRule> rules{{"a", "b", "c"}, rule};
    const auto made = TagReplacer::create(rules);
    return made ? "" : made.error().message;
  };
  EXPECT_THAT(message({"", "a", "b"}), HasSubstr("replace_tags, rule 2 (name \"\"): expected a name"));
  EXPECT_THAT(message({"a", "", "b"}), HasSubstr("expected a pattern"));
  EXPECT_THAT(message({"a", "[", "b"}), HasSubstr("replace_tags, rule 2 (name \"a\"): pattern: missing ]"));
  EXPECT_THAT(message({"resource.name", "(?s).*", ""}), HasSubstr("nothing would be left of any name"));
  EXPECT_THAT(message({"span.name", ".", "$1"}), HasSubstr("nothing would be left"));
  EXPECT_THAT(message({"*", "(?s)^.+$", ""}), HasSubstr("nothing would be left"));
  EXPECT_EQ(message({"resource.name", "^GET .*", ""}), "");
  EXPECT_EQ(message({"a", ".*", ""}), "");
  const auto many = TagReplacer::create(std::vector<ReplaceRule>(TagReplacer::kRulesMax + 1, {"a", "b", "c"}));
  ASSERT_FALSE(many.has_value());
  EXPECT_EQ(many.error().code, ErrorCode::LimitExceeded);
}

TEST_F(ReplaceTags, ChangesGroupsOfStatistics) {
  auto rules = replacer({{"resource.name", "x", "y"}, {"http.status_code", "4..", "none"}, {"*", "5..", "500"}});
  std::string resource = "x";
  std::uint32_t status = 404;
  rules.process_stats_group("op", resource, status);
  EXPECT_EQ(resource, "y");
  EXPECT_EQ(status, 404u);
  status = 503;
  rules.process_stats_group("op", resource, status);
  EXPECT_EQ(status, 500u);
  auto emptying = replacer({{"resource.name", "y", ""}});
  emptying.process_stats_group("op", resource, status);
  EXPECT_EQ(resource, "op");
}

// Somebody else's vectors: read where they are, never copied.
TEST_F(ReplaceTags, AgreesWithTheSharedVectors) {
  const std::string path = VIZSLA_SHARED "/reference/obfuscation-vectors.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  simdjson::dom::parser parser;
  int cases = 0;
  for (const auto vector : parser.load(path)["vectors"]) {
    const std::string_view kind = vector["kind"];
    if (kind != "replace_tags" && kind != "replace_tags_stats") continue;
    SCOPED_TRACE(std::string(std::string_view(vector["id"])));
    std::vector<ReplaceRule> rules;
    for (const auto rule : vector["config"]["rules"]) {
      rules.push_back({std::string(std::string_view(rule["name"])), std::string(std::string_view(rule["pattern"])),
                       std::string(std::string_view(rule["repl"]))});
    }
    const std::string_view input = vector["input"]["resource"];
    std::string text(input);
    if (kind == "replace_tags_stats") {
      auto status = static_cast<std::uint32_t>(std::uint64_t(vector["input"]["http_status_code"]));
      replacer(rules).process_stats_group("op", text, status);
      EXPECT_EQ(text, std::string_view(vector["expected"]["resource"]));
      EXPECT_EQ(status, std::uint64_t(vector["expected"]["http_status_code"]));
    } else {
      model::testing::SpanSpec span;
      span.operation = text;  // an empty resource has its operation's name
      span.resource = text;
      std::vector<std::string> expected;
      for (const auto [key, value] : simdjson::dom::object(vector["input"]["meta"]))
        span.meta.emplace_back(std::string(key), std::string(std::string_view(value)));
      for (const auto [key, value] : simdjson::dom::object(vector["expected"]["meta"]))
        expected.push_back(fmt::format("{}={}", key, std::string_view(value)));
      const auto batch = run(rules, span);
      EXPECT_EQ(resource(batch), std::string_view(vector["expected"]["resource"]));
      EXPECT_EQ(meta(batch), expected);
    }
    ++cases;
  }
  EXPECT_GE(cases, 2);
}

}  // namespace
}  // namespace vizsla::pipeline
