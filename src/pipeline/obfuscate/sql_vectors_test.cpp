#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "pipeline/obfuscate/sql.h"
#include "pipeline/obfuscate/sql_text.h"
#include "pipeline/obfuscate/testing/sql_options.h"
#include "pipeline/obfuscate/testing/text_vectors.h"

namespace vizsla::pipeline {
namespace {

std::vector<std::string> strings(std::span<const std::string_view> views) {
  return {views.begin(), views.end()};
}

std::vector<std::string> strings(simdjson::dom::array array) {
  std::vector<std::string> texts;
  for (const std::string_view text : array) texts.emplace_back(text);
  return texts;
}

std::string joined(std::span<const std::string_view> views) {
  std::string text;
  for (const std::string_view view : views) {
    if (!text.empty()) text += " | ";
    text += view;
  }
  return text;
}

// A text, or {"bytes": […]} where it isn't UTF-8.
std::string input_of(simdjson::dom::element vector) {
  std::string_view text;
  if (vector["input"].get(text) == simdjson::SUCCESS) return std::string(text);
  std::string bytes;
  for (const std::uint64_t byte : vector["input"]["bytes"].get_array()) bytes += static_cast<char>(byte);
  return bytes;
}

struct SharedVector {
  explicit SharedVector(simdjson::dom::element vector)
      : id(std::string_view(vector["id"])), kind(std::string_view(vector["kind"])), input(input_of(vector)) {
    for (const auto [key, value] : vector["config"].get_object()) {
      std::string_view text;
      bool flag = false;
      if (value.get(text) == simdjson::SUCCESS) settings[std::string(key)] = text;
      if (value.get(flag) == simdjson::SUCCESS && flag) settings[std::string(key)];
    }
    // What these cases expect of metadata was collected with everything on, though their settings don't say so.
    if (kind == "sql_lexer") {
      for (const char* setting : {"table_names", "collect_commands", "collect_comments"}) settings[setting];
    }
  }

  std::string id;
  std::string kind;
  std::string input;
  std::map<std::string, std::string, std::less<>> settings;
};

void check_metadata(simdjson::dom::element expected, const SqlMetadata& actual) {
  for (const auto [key, value] : expected.get_object()) {
    if (key == "size") {
      EXPECT_EQ(std::uint64_t(value), actual.bytes);
    } else if (key == "tables_csv") {
      EXPECT_EQ(std::string_view(value), actual.tables_csv);
    } else {
      const auto& list = key == "commands" ? actual.commands : key == "comments" ? actual.comments : actual.procedures;
      EXPECT_EQ(strings(simdjson::dom::array(value)), strings(list)) << key;
    }
  }
}

// Somebody else's vectors: read where they are, never copied.
TEST(SqlVectors, AgreeWithTheSharedOnes) {
  const std::string path = VIZSLA_SHARED "/reference/obfuscation-vectors.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  simdjson::dom::parser parser;
  std::map<std::string, int> cases;
  for (const auto element : parser.load(path)["vectors"]) {
    const std::string_view kind = element["kind"];
    const bool is_helper = kind == "compact_whitespace" || kind == "replace_digits";
    if (!is_helper && !kind.starts_with("sql") && kind != "cassandra") continue;
    const SharedVector vector(element);
    SCOPED_TRACE(vector.id);
    const auto expected = [&] { return std::string_view(element["expected"]); };
    if (is_helper) {
      SqlBuffer out;
      vector.kind == "replace_digits" ? append_replacing_digits(vector.input, out)
                                      : append_compacting_spaces(vector.input, out);
      EXPECT_EQ(out.view(), expected());
    } else {
      const testing::SqlSettings settings(vector.settings);
      SqlObfuscator obfuscator(settings.options);
      const auto result = obfuscator.obfuscate(vector.input, settings.dialect);
      if (vector.kind == "sql_error") {
        ASSERT_FALSE(result) << result->text;
        if (expected() != "<any error>") {
          EXPECT_EQ(result.error().message, expected());
        }
      } else {
        ASSERT_TRUE(result) << result.error().message;
        EXPECT_EQ(result->text, expected());
        simdjson::dom::element metadata;
        if (element["metadata"].get(metadata) == simdjson::SUCCESS) check_metadata(metadata, result->metadata);
      }
    }
    ++cases[vector.kind];
  }
  EXPECT_GE(cases["sql"], 165);
  EXPECT_GE(cases["cassandra"], 5);
  EXPECT_GE(cases["sql_error"], 12);
  EXPECT_GE(cases["sql_lexer"], 20);
  EXPECT_GE(cases["compact_whitespace"], 6);
  EXPECT_GE(cases["replace_digits"], 4);
}

// Ours: tests/vectors/obfuscate/sql*.txt. `== sql` expects the text, the others what is collected on the way
// (separated by " | "), `== sql_error` the message.
class OwnSqlVectors : public ::testing::TestWithParam<const char*> {};

TEST_P(OwnSqlVectors, AreMet) {
  const auto vectors = testing::read_text_vectors(VIZSLA_VECTORS "/obfuscate", GetParam());
  EXPECT_GE(vectors.size(), 10u);
  for (const testing::TextVector& vector : vectors) {
    SCOPED_TRACE(vector.place);
    const testing::SqlSettings settings(vector.settings);
    SqlObfuscator obfuscator(settings.options);
    const auto result = obfuscator.obfuscate(vector.input, settings.dialect);
    if (vector.function == "sql_error") {
      EXPECT_EQ(result ? "no error" : result.error().message, vector.expected);
      continue;
    }
    ASSERT_TRUE(result) << result.error().message;
    const SqlMetadata& metadata = result->metadata;
    if (vector.function == "sql") {
      EXPECT_EQ(result->text, vector.expected);
    } else if (vector.function == "sql_tables") {
      EXPECT_EQ(metadata.tables_csv, vector.expected);
    } else if (vector.function == "sql_commands") {
      EXPECT_EQ(joined(metadata.commands), vector.expected);
    } else if (vector.function == "sql_comments") {
      EXPECT_EQ(joined(metadata.comments), vector.expected);
    } else if (vector.function == "sql_procedures") {
      EXPECT_EQ(joined(metadata.procedures), vector.expected);
    } else {
      ADD_FAILURE() << "no function " << vector.function;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, OwnSqlVectors,
                         ::testing::Values("sql_default.txt", "sql_dialects.txt", "sql_lexer.txt"),
                         [](const auto& file) {
                           const std::string name = file.param;
                           return name.substr(0, name.find('.'));
                         });

}  // namespace
}  // namespace vizsla::pipeline
