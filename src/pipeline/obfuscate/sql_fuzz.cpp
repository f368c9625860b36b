// Any bytes as SQL, in every mode and dialect. What comes out must be what the slow ways in testing/ say, keep to its
// bound, be UTF-8 where the statement is, and be the same when the buffers have been used before. (That obfuscating it
// again changes nothing isn't so, not in the Agent either: "a->b" becomes "a ? > b".)
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "pipeline/obfuscate/sql.h"
#include "pipeline/obfuscate/sql_text.h"
#include "pipeline/obfuscate/testing/sql_lexer_oracle.h"
#include "pipeline/obfuscate/testing/sql_oracle.h"

namespace vizsla::pipeline {
namespace {

SqlOptions options_from(std::uint16_t bits) {
  const auto bit = [&](int i) { return ((bits >> i) & 1) != 0; };
  return {.mode = static_cast<SqlMode>(bits & 3),
          .table_names = bit(2),
          .collect_commands = bit(3),
          .collect_comments = bit(4),
          .replace_digits = bit(5),
          .keep_sql_alias = bit(6),
          .dollar_quoted_func = bit(7),
          .collect_procedures = bit(3),
          .keep_null = bit(8),
          .keep_boolean = bit(9),
          .keep_positional_parameter = bit(10),
          .replace_bind_parameter = bit(11),
          .keep_json_path = bit(12),
          .keep_trailing_semicolon = bit(13),
          .keep_identifier_quotation = bit(14),
          .remove_space_between_parentheses = bit(15)};
}

void check_against_oracle(SqlObfuscator& obfuscator, std::string_view statement, SqlDialect dialect) {
  testing::SqlOracle oracle(obfuscator.options());
  const auto expected = oracle.obfuscate(statement, dialect);
  const auto actual = obfuscator.obfuscate(statement, dialect);
  VIZSLA_CHECK(actual.has_value() == expected.ok);
  if (!actual) {
    VIZSLA_CHECK(actual.error().message == expected.text);
    return;
  }
  VIZSLA_CHECK(actual->text == expected.text);
  const SqlMetadata& metadata = actual->metadata;
  VIZSLA_CHECK(metadata.tables_csv == expected.tables_csv);
  VIZSLA_CHECK(std::ranges::equal(metadata.commands, expected.commands));
  VIZSLA_CHECK(std::ranges::equal(metadata.comments, expected.comments));
}

void check_against_lexer_oracle(SqlObfuscator& obfuscator, std::string_view statement, SqlDialect dialect) {
  const auto expected = testing::SqlLexerOracle(obfuscator.options()).obfuscate(statement, dialect);
  const auto actual = obfuscator.obfuscate(statement, dialect);
  VIZSLA_CHECK(actual && actual->text == expected.text);
  const SqlMetadata& metadata = actual->metadata;
  std::string tables;
  for (const std::string& table : expected.tables) tables += (tables.empty() ? "" : ",") + table;
  VIZSLA_CHECK(metadata.tables_csv == tables);
  VIZSLA_CHECK(std::ranges::equal(metadata.commands, expected.commands));
  VIZSLA_CHECK(std::ranges::equal(metadata.comments, expected.comments));
  VIZSLA_CHECK(std::ranges::equal(metadata.procedures, expected.procedures));
}

void check(const std::uint8_t* data, std::size_t size) {
  const SqlOptions options = options_from(static_cast<std::uint16_t>(data[0] | data[1] << 8));
  const auto dialect = static_cast<SqlDialect>(data[2] % 6);
  const std::string statement(reinterpret_cast<const char*>(data + 3), size - 3);
  const bool is_utf8 = valid_utf8_prefix(statement) == statement.size();

  SqlObfuscator obfuscator(options);
  if (options.mode == SqlMode::Default) {
    check_against_oracle(obfuscator, statement, dialect);
  } else {
    check_against_lexer_oracle(obfuscator, statement, dialect);
  }

  const auto first = obfuscator.obfuscate(statement, dialect);
  VIZSLA_CHECK(first || options.mode == SqlMode::Default);
  if (!first) return;
  const std::string text(first->text);
  VIZSLA_CHECK(text.size() <= 2 * statement.size() + 8);
  VIZSLA_CHECK(!is_utf8 || valid_utf8_prefix(text) == text.size());

  // The same again, with the buffers as the first call has left them.
  const std::size_t metadata_bytes = first->metadata.bytes;
  const std::string tables(first->metadata.tables_csv);
  const auto second = obfuscator.obfuscate(statement, dialect);
  VIZSLA_CHECK(second && second->text == text && second->metadata.bytes == metadata_bytes);
  VIZSLA_CHECK(second->metadata.tables_csv == tables);
}

}  // namespace
}  // namespace vizsla::pipeline

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size >= 3) vizsla::pipeline::check(data, size);
  return 0;
}
