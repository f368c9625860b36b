#include "pipeline/obfuscate_spans.h"

#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "model/testing/batch_builder.h"
#include "pipeline/replace_tags.h"

namespace vizsla::pipeline {
namespace {

using model::testing::BatchBuilder;
using model::testing::SpanSpec;
using ::testing::ElementsAre;
using ::testing::Pair;

struct Shown {
  std::string resource;
  std::map<std::string, std::string> meta;
};

Shown show(const model::SpanBatch& batch, std::size_t row) {
  Shown shown{std::string(batch.strings[batch.resource[row]]), {}};
  for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i)
    shown.meta.emplace(batch.strings[batch.meta.key[i]], batch.strings[batch.meta.value[i]]);
  return shown;
}

Shown obfuscate(const SpanSpec& spec, const ObfuscationSettings& settings = {}) {
  auto batch = BatchBuilder().span(spec).build_normalized();
  SpanObfuscator(settings).process(batch);
  return show(batch, 0);
}

TEST(ObfuscateSpans, ChoosesByTheSpansType) {
  const std::string sql = "SELECT * FROM users WHERE id = 42";
  EXPECT_EQ(obfuscate({.resource = sql, .type = "sql"}).resource, "SELECT * FROM users WHERE id = ?");
  EXPECT_EQ(obfuscate({.resource = sql, .type = "cassandra"}).resource, "SELECT * FROM users WHERE id = ?");
  for (const char* other : {"db", "postgresql", "SQL", "web", ""})
    EXPECT_EQ(obfuscate({.resource = sql, .type = other}).resource, sql) << other;
  EXPECT_EQ(obfuscate({.resource = "SET k v\nGET k", .type = "redis"}).resource, "SET GET");
  EXPECT_EQ(obfuscate({.resource = "SELECT 'unfinished", .type = "sql"}).resource, "Non-parsable SQL query");
}

TEST(ObfuscateSpans, MindsDialectsOnlyInTheModesThatKnowThem) {
  const SpanSpec spec{
      .resource = "SELECT a WHERE b IN (1, 2) AND c @> '{}'", .type = "sql", .meta = {{"db.type", "postgresql"}}};
  EXPECT_EQ(obfuscate(spec).resource, "SELECT a WHERE b IN ( ? ) AND c @ > ?");
  ObfuscationSettings settings;
  settings.sql.mode = SqlMode::ObfuscateOnly;
  EXPECT_EQ(obfuscate(spec, settings).resource, "SELECT a WHERE b IN (?, ?) AND c @> ?");
}

TEST(ObfuscateSpans, HidesCardsAmongNumbersToo) {
  auto batch = BatchBuilder()
                   .span({.metrics = {{"card", 4111111111111111.0},
                                      {"count", 4111.0},
                                      {"_x", 4111111111111111.0},
                                      {"half", 4111111111111.5}}})
                   .build_normalized();
  SpanObfuscator({}).process(batch);
  std::vector<std::string> left;
  for (const auto key : batch.metrics.key) left.emplace_back(batch.strings[key]);
  EXPECT_THAT(left, ElementsAre("count", "_x", "half"));
  EXPECT_THAT(show(batch, 0).meta, ElementsAre(Pair("card", "?")));
}

TEST(ObfuscateSpans, RewritesTheTagsOfEachType) {
  EXPECT_THAT(obfuscate({.type = "sql", .meta = {{"sql.query", "SELECT 1"}, {"db.statement", "SELECT 'x'"}}}).meta,
              ElementsAre(Pair("db.statement", "SELECT ?"), Pair("sql.query", "SELECT ?")));
  EXPECT_TRUE(obfuscate({.type = "sql", .meta = {{"sql.query", ""}}}).meta.empty()) << "an empty one goes";
  EXPECT_THAT(obfuscate({.type = "redis", .meta = {{"redis.raw_command", "SET k v"}}}).meta,
              ElementsAre(Pair("redis.raw_command", "SET k ?")));
  EXPECT_THAT(obfuscate({.type = "valkey", .meta = {{"redis.raw_command", "SET k v"}}}).meta,
              ElementsAre(Pair("redis.raw_command", "SET k v")))
      << "another type's tag";
  EXPECT_THAT(obfuscate({.type = "http", .meta = {{"http.url", "http://me:secret@h/p?q=1"}}}).meta,
              ElementsAre(Pair("http.url", "http://h/p?q=1")));
  EXPECT_THAT(obfuscate({.type = "memcached", .meta = {{"memcached.command", "set k 1\r\nv"}}}).meta,
              ElementsAre(Pair("memcached.command", "")));
  EXPECT_THAT(obfuscate({.type = "mongodb", .meta = {{"mongodb.query", "{\"a\": 1}"}}}).meta,
              ElementsAre(Pair("mongodb.query", "{\"a\":\"?\"}")));
  EXPECT_THAT(
      obfuscate({.type = "opensearch", .meta = {{"elasticsearch.body", "[1]"}, {"opensearch.body", "[2]"}}}).meta,
      ElementsAre(Pair("elasticsearch.body", "[\"?\"]"), Pair("opensearch.body", "[\"?\"]")));
}

TEST(ObfuscateSpans, HidesCardNumbersWhereverTheyAre) {
  const Shown shown = obfuscate({.type = "web",
                                 .meta = {{"card", "4111 1111 1111 1111"},
                                          {"_dd.card", "4111111111111111"},
                                          {"sql.query", "4111111111111111"},
                                          {"note", "4111 1111 1111 1111 is mine"}}});
  EXPECT_THAT(shown.meta,
              ElementsAre(Pair("_dd.card", "4111111111111111"), Pair("card", "?"),
                          Pair("note", "4111 1111 1111 1111 is mine"), Pair("sql.query", "4111111111111111")));
  auto batch = BatchBuilder()
                   .span({.events = R"([{"name":"e","attributes":{"card":4111111111111111,"n":3}}])"})
                   .build_normalized();
  SpanObfuscator({}).process(batch);
  EXPECT_EQ(batch.strings[batch.events[0]], R"([{"name":"e","attributes":{"card":"?","n":3}}])");
}

TEST(ObfuscateSpans, NamesTheTablesWhenAsked) {
  ObfuscationSettings settings;
  settings.sql.table_names = true;
  auto batch =
      BatchBuilder()
          .span({.span = 1, .resource = "web", .meta = {{"a", "1"}}})
          .span(
              {.span = 2, .parent = 1, .resource = "SELECT * FROM a JOIN b ON 1", .type = "sql", .meta = {{"c", "2"}}})
          .span({.span = 3, .parent = 1, .resource = "web", .meta = {{"d", "3"}}})
          .build_normalized();
  SpanObfuscator(settings).process(batch);
  EXPECT_THAT(show(batch, 0).meta, ElementsAre(Pair("a", "1")));
  EXPECT_THAT(show(batch, 1).meta, ElementsAre(Pair("c", "2"), Pair("sql.tables", "a,b")));
  EXPECT_THAT(show(batch, 2).meta, ElementsAre(Pair("d", "3")));
}

TEST(ObfuscateSpans, RemembersNothingOfThePayloadBefore) {
  SpanObfuscator obfuscator({});
  for (int i = 0; i < 3; ++i) {
    auto batch = BatchBuilder()
                     .span({.resource = fmt::format("SELECT {}", i), .type = i == 1 ? "web" : "sql"})
                     .build_normalized();
    obfuscator.process(batch);
    EXPECT_EQ(show(batch, 0).resource, i == 1 ? "SELECT 1" : "SELECT ?");
  }
}

// Somebody else's vectors: read where they are, never copied.
TEST(ObfuscateSpans, AgreesWithTheSharedVectors) {
  const std::string path = VIZSLA_SHARED "/reference/obfuscation-vectors.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  simdjson::dom::parser parser;
  int cases = 0;
  for (const auto vector : parser.load(path)["vectors"]) {
    if (std::string_view(vector["kind"]) != "span") continue;
    const simdjson::dom::element config = vector["config"];
    const auto on = [&](const char* block, const char* name) {
      bool value = false;
      return config[block][name].get(value) == simdjson::SUCCESS && value;
    };
    ObfuscationSettings settings;
    settings.elasticsearch.enabled = on("elasticsearch", "enabled");
    settings.opensearch.enabled = on("opensearch", "enabled");
    settings.mongodb.enabled = on("mongodb", "enabled");
    settings.http = {on("http", "remove_query_string"), on("http", "remove_paths_with_digits")};
    settings.memcached = on("memcached", "enabled");
    settings.memcached_keep_command = on("memcached", "keep_command");
    settings.redis = on("redis", "enabled");
    settings.redis_remove_all_args = on("redis", "remove_all_args");
    settings.valkey = on("valkey", "enabled");
    settings.valkey_remove_all_args = on("valkey", "remove_all_args");
    settings.credit_cards = on("credit_cards", "enabled");
    settings.credit_card_rules.luhn = on("credit_cards", "luhn");
    simdjson::dom::array keep;
    if (config["credit_cards"]["keep_values"].get(keep) == simdjson::SUCCESS) {
      for (const std::string_view key : keep) settings.credit_card_rules.keep_values.emplace_back(key);
    }
    std::vector<ReplaceRule> rules;
    simdjson::dom::array given_rules;
    if (config["tag_replace_rules"].get(given_rules) == simdjson::SUCCESS) {
      for (const auto rule : given_rules) {
        const auto text = [&](const char* name) { return std::string(std::string_view(rule[name])); };
        rules.push_back({text("name"), text("pattern"), text("repl")});
      }
    }
    const auto read = [](simdjson::dom::element span) {
      SpanSpec spec;
      std::string_view text;
      spec.type = span["type"].get(text) == simdjson::SUCCESS ? text : "";
      spec.resource = span["resource"].get(text) == simdjson::SUCCESS ? text : "";
      simdjson::dom::object meta;
      if (span["meta"].get(meta) == simdjson::SUCCESS) {
        for (const auto [key, value] : meta)
          spec.meta.emplace_back(std::string(key), std::string(std::string_view(value)));
      }
      return spec;
    };
    const SpanSpec expected = read(vector["expected"]);
    auto batch = BatchBuilder().span(read(vector["input"])).build_normalized();
    SpanObfuscator(settings).process(batch);
    if (!rules.empty()) TagReplacer::create(rules)->process(batch);
    const Shown shown = show(batch, 0);
    EXPECT_EQ(shown.resource, expected.resource) << std::string_view(vector["id"]);
    const std::map<std::string, std::string> meta(expected.meta.begin(), expected.meta.end());
    EXPECT_EQ(shown.meta, meta) << std::string_view(vector["id"]);
    ++cases;
  }
  EXPECT_GE(cases, 28);
}

}  // namespace
}  // namespace vizsla::pipeline
