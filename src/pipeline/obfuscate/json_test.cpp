#include "pipeline/obfuscate/json.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

std::string obfuscated(std::string_view json, const JsonObfuscation& settings = {}) {
  JsonObfuscator obfuscator(settings);
  std::string out;
  const auto sql = [](std::string_view query, std::string& text) {
    if (query.starts_with("bad")) {
      text = "half of it";
      return false;
    }
    text += "SQL<";
    text += query;
    text += ">";
    return true;
  };
  const bool whole = obfuscator.obfuscate(json, sql, out);
  EXPECT_EQ(!whole, out.ends_with("...")) << out;
  return out;
}

TEST(Json, KeepsItsShapeAndLosesItsValues) {
  EXPECT_EQ(obfuscated(R"( { "a" : 1, "b": [true, null, "x", -1.5e+3], "c": {"d": {}} , "e": [] } )"),
            R"({"a":"?","b":["?","?","?","?"],"c":{"d":{}},"e":[]} )");
  EXPECT_EQ(obfuscated(R"("secret")"), R"("?")");
  EXPECT_EQ(obfuscated(""), "");
}

TEST(Json, HidesEveryTopLevelValueOfABulkBody) {
  EXPECT_EQ(obfuscated("{\"index\":{\"_id\":1}}\n{\"a\": \"b\"}\n"), "{\"index\":{\"_id\":\"?\"}}\n{\"a\":\"?\"}\n");
  EXPECT_EQ(obfuscated(R"({} "secret" 7)"), R"({} "?" "?")");
}

TEST(Json, KeepsWhatStandsBelowAKey) {
  const JsonObfuscation settings{.keep_values = {"keep", "also"}};
  EXPECT_EQ(obfuscated(R"({"keep": {"a": [1, {"b": "x"}]}, "c": 2})", settings),
            R"({"keep":{"a":[1,{"b":"x"}]},"c":"?"})");
  EXPECT_EQ(obfuscated(R"([{"also": 1}, 2, {"keep": []}, "x"])", settings), R"([{"also":1},"?",{"keep":[]},"?"])");
  EXPECT_EQ(obfuscated(R"({"a": {"keep": 1}, "b": 1})", settings), R"({"a":{"keep":1},"b":"?"})");
  EXPECT_EQ(obfuscated(R"({"a": "keep", "b": 1})", settings), R"({"a":"?","b":"?"})");
}

TEST(Json, PutsQueriesThroughTheSqlObfuscator) {
  const JsonObfuscation settings{.keep_values = {"plan"}, .obfuscate_sql_values = {"query"}};
  EXPECT_EQ(obfuscated(R"({"query": "select \"a\"\n\u00e9\ud83d\ude00 ", "x": 1})", settings),
            "{\"query\":\"SQL<select \\\"a\\\"\\n\u00e9\U0001f600 >\",\"x\":\"?\"}");
  EXPECT_EQ(obfuscated(R"({"query": ["a"], "x": {"query": {"y": "b"}}})", settings),
            R"({"query":["?"],"x":{"query":{"y":"?"}}})");
  EXPECT_EQ(obfuscated(R"({"plan": {"query": "q", "z": 1}})", settings), R"({"plan":{"query":"SQL<q>","z":1}})");
  EXPECT_EQ(obfuscated(R"({"query": 5})", settings), R"({"query":"SQL<5>"})");
  EXPECT_EQ(obfuscated(R"({"query": "bad one"})", settings),
            R"({"query":"Datadog-agent failed to obfuscate SQL string. Enable agent debug logs for more info."})");
}

TEST(Json, EndsInDotsWhereItIsCutOrWrong) {
  const JsonObfuscation settings{.keep_values = {"keep"}, .obfuscate_sql_values = {"query"}};
  EXPECT_EQ(obfuscated(R"({"a": "sec)"), R"({"a":"?"...)");
  EXPECT_EQ(obfuscated(R"({"a": 12)"), R"({"a":"?"...)");
  EXPECT_EQ(obfuscated(R"({"long ke)"), R"({"long ke...)");
  EXPECT_EQ(obfuscated(R"({"keep": "se)", settings), R"({"keep":"se...)");
  EXPECT_EQ(obfuscated(R"({"query": "select 'se)", settings), R"({"query":...)");
  EXPECT_EQ(obfuscated(R"({"a": tru})"), R"({"a":"?"...)");
  EXPECT_EQ(obfuscated(R"({"a" 1})"), R"({"a"...)");
  EXPECT_EQ(obfuscated(R"({"a": 1,})"), R"({"a":"?",...)");
  EXPECT_EQ(obfuscated("[1 2]"), R"(["?"...)");
  EXPECT_EQ(obfuscated("[1}"), R"(["?"...)");
  EXPECT_EQ(obfuscated("words"), "...");
  EXPECT_EQ(obfuscated("  "), "...");
  EXPECT_EQ(obfuscated("\"a\nb\""), "\"?\"...");
  EXPECT_EQ(obfuscated(R"(["\x"])"), R"(["?"...)");
  EXPECT_EQ(obfuscated(R"(["\u12G4"])"), R"(["?"...)");
  EXPECT_EQ(obfuscated("-"), R"("?"...)");
  EXPECT_EQ(obfuscated("01"), R"("?""?")");
}

TEST(Json, TakesBytesThatAreNoCharacters) {
  EXPECT_EQ(obfuscated("{\"\xff\":\"\xfe\"}"), "{\"\xff\":\"?\"}");
}

TEST(Json, TakesAnyDepth) {
  const std::string open(1'000'000, '[');
  EXPECT_EQ(obfuscated(open), open + "...");
  EXPECT_EQ(obfuscated(open + std::string(1'000'000, ']')), open + std::string(1'000'000, ']'));
}

TEST(AppendUnquoted, GivesWhatEscapesStandFor) {
  const auto unquoted = [](std::string_view literal) {
    std::string out;
    append_unquoted(literal, out);
    return out;
  };
  EXPECT_EQ(unquoted(R"("\"\\\/\b\f\n\r\tA")"), "\"\\/\b\f\n\r\tA");
  EXPECT_EQ(unquoted(R"("\ud83d\ude00 \ud83d \ude00 \ud83dx")"), "\U0001f600 \ufffd \ufffd \ufffdx");
  EXPECT_EQ(unquoted(R"("\u12")"), "\\u12");
  EXPECT_EQ(unquoted(R"("\)"), "\\");
}

TEST(AppendQuoted, WritesWhatJsonReads) {
  std::string out;
  append_quoted(std::string_view("a\"\\\n\r\t\0\x1f\u00e9", 10), out);
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\r\\t\\u0000\\u001f\u00e9\"");
}

}  // namespace
}  // namespace vizsla::pipeline
