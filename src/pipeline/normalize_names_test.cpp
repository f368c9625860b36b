#include "pipeline/normalize_names.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <simdjson.h>

namespace vizsla::pipeline {
namespace {

TEST(NormalizeTagValue, LowersCaseAndFoldsWhatIsNotAllowed) {
  EXPECT_EQ(normalize_tag_value("thinker-api"), "thinker-api");
  EXPECT_EQ(normalize_tag_value("Thinker API"), "thinker_api");
  EXPECT_EQ(normalize_tag_value("a  &_ b"), "a_b");
  EXPECT_EQ(normalize_tag_value("trailing!!"), "trailing");
  EXPECT_EQ(normalize_tag_value("8080"), "8080");
  EXPECT_EQ(normalize_tag_value("__x"), "_x");
  EXPECT_EQ(normalize_tag_value("Ünïcode"), "ünïcode");
  EXPECT_EQ(normalize_tag_value("a\xff\xfe"
                                "b"),
            "a_b");
  EXPECT_EQ(normalize_tag_value("!!!"), "");
  EXPECT_EQ(normalize_tag_value(std::string(300, 'a')), std::string(200, 'a'));
}

TEST(NormalizeTag, MustBeginWithALetter) {
  EXPECT_EQ(normalize_tag("1_2abc:D"), "abc:d");
  EXPECT_EQ(normalize_tag(":x"), ":x");
}

TEST(NormalizeOperation, KeepsWhatAMetricNameMayHold) {
  EXPECT_EQ(normalize_operation("flask.request").name, "flask.request");
  EXPECT_EQ(normalize_operation("1 Http.Request!").name, "Http.Request");
  EXPECT_EQ(normalize_operation("a_.b").name, "a.b");
  EXPECT_EQ(normalize_operation("a._b").name, "a._b") << "passes a quick look";
  EXPECT_EQ(normalize_operation("a._b!").name, "a.b") << "when something else is to be mended, this is too";
  EXPECT_EQ(normalize_operation("a._b_").name, "a._b");
  EXPECT_EQ(normalize_operation("").name, "unnamed_operation");
  EXPECT_EQ(normalize_operation("").fault, NameFault::Empty);
  EXPECT_EQ(normalize_operation("123").fault, NameFault::Invalid);
  EXPECT_EQ(normalize_operation(std::string(150, 'x')).name.size(), 100u);
  EXPECT_EQ(normalize_operation(std::string(150, 'x')).fault, NameFault::Truncated);
}

TEST(NormalizeService, CutsLongNamesAtACharacterBoundary) {
  const std::string long_name = std::string(99, 'a') + "é" + "rest";
  const NormalizedName name = normalize_service(long_name, "unnamed-service");
  EXPECT_EQ(name.name, std::string(99, 'a'));
  EXPECT_EQ(name.fault, NameFault::Truncated);
}

TEST(NormalizeService, FallsBackToTheLanguage) {
  EXPECT_EQ(normalize_service("", fallback_service("python")).name, "unnamed-python-service");
  EXPECT_EQ(normalize_service("!", fallback_service("")).name, "unnamed-service");
}

// Somebody else's vectors: read where they are, never copied.
TEST(NormalizeNames, AgreeWithTheSharedVectors) {
  const std::string path = VIZSLA_SHARED "/reference/obfuscation-vectors.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  simdjson::dom::parser parser;
  int cases = 0;
  for (const auto vector : parser.load(path)["vectors"]) {
    const std::string_view kind = vector["kind"];
    if (!kind.starts_with("normalize_")) continue;
    const std::string_view input = vector["input"];
    const std::string_view expected = vector["expected"];
    std::string actual;
    if (kind == "normalize_tag") actual = normalize_tag(input);
    if (kind == "normalize_name") actual = normalize_operation(input).name;
    if (kind == "normalize_peer_service") actual = normalize_service(input, "").name;
    if (kind == "normalize_service") {
      actual = normalize_service(input, fallback_service(std::string_view(vector["config"]["lang"]))).name;
    }
    EXPECT_EQ(actual, expected) << std::string_view(vector["id"]);
    ++cases;
  }
  EXPECT_GE(cases, 40);
}

}  // namespace
}  // namespace vizsla::pipeline
