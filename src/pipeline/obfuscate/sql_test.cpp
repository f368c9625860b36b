#include "pipeline/obfuscate/sql.h"

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pipeline/obfuscate/sql_text.h"
#include "pipeline/obfuscate/testing/sql_lexer_oracle.h"
#include "pipeline/obfuscate/testing/sql_oracle.h"

namespace vizsla::pipeline {
namespace {

// The text, or "error: " and the message.
std::string obfuscate(std::string_view statement, const SqlOptions& options = {},
                      SqlDialect dialect = SqlDialect::Unknown) {
  SqlObfuscator obfuscator(options);
  const auto result = obfuscator.obfuscate(statement, dialect);
  return result ? std::string(result->text) : "error: " + result.error().message;
}

std::vector<std::string> copied(std::span<const std::string_view> views) {
  return {views.begin(), views.end()};
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(SqlDefault, HidesLiteralsAndPutsOneSpaceBetweenTokens) {
  EXPECT_EQ(obfuscate("SELECT  name FROM users\n WHERE id=42 AND email = 'a@b.c'"),
            "SELECT name FROM users WHERE id = ? AND email = ?");
  EXPECT_EQ(obfuscate("SELECT * FROM t WHERE a = -1.5e-3 AND b = 0xff AND c IS NULL AND d = $1 AND e = %s"),
            "SELECT * FROM t WHERE a = ? AND b = ? AND c IS ? AND d = ? AND e = ?");
}

TEST(SqlDefault, KeepsNamesInDoubleQuotesButNotWhatIsAssigned) {
  EXPECT_EQ(obfuscate(R"(SELECT "a"."b" FROM "t" WHERE "c" = "secret")"), "SELECT a . b FROM t WHERE c = ?");
}

TEST(SqlDefault, FoldsListsOfValuesAndGroupsOfThem) {
  EXPECT_EQ(obfuscate("SELECT 1 FROM t WHERE id IN (1, 2, 3)"), "SELECT ? FROM t WHERE id IN ( ? )");
  EXPECT_EQ(obfuscate("INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y'), (3, 'z')"),
            "INSERT INTO t ( a, b ) VALUES ( ? )");
  EXPECT_EQ(obfuscate("SELECT f(1, (SELECT 2 FROM t), (3, 4))"), obfuscate("SELECT f(9, (SELECT 8 FROM t), (7, 6))"));
}

TEST(SqlDefault, GivesListsOfAnyLengthTheSameName) {
  std::string ids = "1";
  for (int i = 2; i < 500; ++i) ids += ", " + std::to_string(i);
  EXPECT_EQ(obfuscate("SELECT a FROM t WHERE id IN (" + ids + ")"), "SELECT a FROM t WHERE id IN ( ? )");
}

TEST(SqlDefault, DropsCommentsAliasesAndSemicolons) {
  EXPECT_EQ(obfuscate("/*dddbs='orders'*/ SELECT a AS b, c d FROM t AS u -- all\nWHERE e; "),
            "SELECT a, c d FROM t WHERE e");
  EXPECT_EQ(obfuscate("SELECT a AS [the name] FROM t"), "SELECT a FROM t");
  EXPECT_EQ(obfuscate("SELECT a AS b FROM t", {.keep_sql_alias = true}), "SELECT a AS b FROM t");
}

TEST(SqlDefault, KeepsBindVariables) {
  EXPECT_EQ(obfuscate("SELECT * FROM t WHERE a = :name AND b = @p1"), "SELECT * FROM t WHERE a = :name AND b = @p1");
}

TEST(SqlDefault, RefusesWhatItCantReadAndSaysWhere) {
  EXPECT_EQ(obfuscate(""), "error: result is empty");
  EXPECT_EQ(obfuscate("-- only this"), "error: result is empty");
  EXPECT_EQ(obfuscate("SELECT 'open"), "error: at position 13: unexpected EOF in string");
  EXPECT_EQ(obfuscate("SELECT \\ 1"), "error: at position 8: unexpected byte 92");
  EXPECT_EQ(obfuscate("a }"), "error: at position 3: unexpected byte 125");
  EXPECT_EQ(obfuscate("SELECT a AS [5]"), "error: expected identifier in bracketed filter, got 57354");
}

TEST(SqlDefault, CountsPositionsAsTheAgentDoes) {
  // Bytes, but for the first character.
  EXPECT_EQ(obfuscate("é \\ x"), "error: at position 3: unexpected byte 92");
  EXPECT_EQ(obfuscate("a é \\ x"), "error: at position 6: unexpected byte 92");
  EXPECT_EQ(obfuscate(std::string_view("\0a", 2)), "error: at position 0: unexpected byte 0");
  EXPECT_EQ(obfuscate("a\xff"), "error: at position 1: invalid UTF-8 encoding beginning with 0xff");
}

TEST(SqlDefault, RemembersWhichMeaningOfBackslashesHasWorked) {
  SqlObfuscator obfuscator({});
  // Readable either way: with escapes, the string goes on to the last quote.
  const std::string either = R"(SELECT 'a\' , b, c , 'd')";
  ASSERT_TRUE(obfuscator.obfuscate("SELECT 1"));
  EXPECT_FALSE(obfuscator.obfuscate(R"(SELECT 'a)"));
  EXPECT_EQ(obfuscator.obfuscate(R"(SELECT 'it\'s')")->text, "SELECT ?");

  // Only readable with literal backslashes: from now on they are taken so first.
  EXPECT_EQ(obfuscator.obfuscate(R"(SELECT a FROM t WHERE b = 'c:\' AND d = 'e')")->text,
            "SELECT a FROM t WHERE b = ? AND d = ?");
  EXPECT_EQ(obfuscator.obfuscate(either)->text, "SELECT ? b, c, ?");

  // And back.
  EXPECT_EQ(obfuscator.obfuscate(R"(SELECT 'it\'s')")->text, "SELECT ?");
}

TEST(SqlDefault, ReportsTheFirstErrorWhenNoMeaningOfBackslashesHelps) {
  EXPECT_EQ(obfuscate(R"(SELECT 'a\' })"), "error: at position 14: unexpected EOF in string");
}

TEST(SqlDefault, ReadsTheBodyOfAFunctionAsAStatement) {
  const SqlOptions options{.dollar_quoted_func = true};
  EXPECT_EQ(obfuscate("SELECT $func$INSERT INTO t VALUES (1, 'a')$func$ FROM u"), "SELECT ? FROM u");
  EXPECT_EQ(obfuscate("SELECT $func$INSERT INTO t VALUES (1, 'a')$func$ FROM u", options),
            "SELECT $func$INSERT INTO t VALUES ( ? )$func$ FROM u");
  EXPECT_EQ(obfuscate("SELECT $func$ 'open $func$ FROM u", options), "SELECT ? FROM u");
  EXPECT_EQ(obfuscate("SELECT $func$ -- nothing $func$ FROM u", options), "SELECT ? FROM u");
}

TEST(SqlDefault, CollectsWhatIsAskedFor) {
  SqlObfuscator obfuscator({.table_names = true, .collect_commands = true, .collect_comments = true});
  const auto result = obfuscator.obfuscate(
      "/* first\n line */ SELECT a FROM t JOIN u ON x JOIN t ON y; -- second\nUPDATE `v` SET a = 1; select b from t");
  ASSERT_TRUE(result);
  const SqlMetadata& metadata = result->metadata;
  EXPECT_EQ(metadata.tables_csv, "t,u,v");
  EXPECT_EQ(copied(metadata.commands), (std::vector<std::string>{"SELECT", "JOIN", "JOIN", "UPDATE", "SELECT"}));
  EXPECT_EQ(copied(metadata.comments), (std::vector<std::string>{"/* first  line */", "-- second"}));
  EXPECT_EQ(metadata.bytes, 5u + 26u + 26u);

  const auto next = obfuscator.obfuscate("SELECT 1");
  ASSERT_TRUE(next);
  EXPECT_EQ(next->metadata.tables_csv, "");
  EXPECT_EQ(next->metadata.commands.size(), 1u);
  EXPECT_TRUE(next->metadata.comments.empty());
}

TEST(SqlDefault, CollectsVeryManyTablesOnce) {
  SqlObfuscator obfuscator({.table_names = true});
  std::string statement;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string table = "t" + std::to_string(i);
    statement += fmt::format("SELECT a FROM {0} JOIN {0} ", table);
    expected += (i == 0 ? "" : ",") + table;
  }
  EXPECT_EQ(obfuscator.obfuscate(statement)->metadata.tables_csv, expected);
  EXPECT_EQ(obfuscator.obfuscate("SELECT a FROM t7, t8")->metadata.tables_csv, "t7");
  EXPECT_EQ(obfuscator.obfuscate(statement)->metadata.tables_csv, expected);
}

TEST(SqlDefault, ReplacesDigitsInNamesAndNotInVariables) {
  EXPECT_EQ(obfuscate("SELECT a1 FROM t2019_07 WHERE b = :c3", {.replace_digits = true}),
            "SELECT a? FROM t?_? WHERE b = :c3");
}

// What the Agent would take apart in the middle of a character.
TEST(SqlDefault, KeepsACharacterBehindMinusAndPointWhole) {
  EXPECT_EQ(obfuscate("a -.é b"), "a -. é b");
  EXPECT_EQ(obfuscate("a -.x b"), "a -. x b");
}

TEST(SqlDefault, KnowsTwoNamesOfDialects) {
  EXPECT_EQ(sql_dialect("postgresql", SqlMode::Default), SqlDialect::Postgres);
  EXPECT_EQ(sql_dialect("mssql", SqlMode::Default), SqlDialect::SqlServer);
  EXPECT_EQ(sql_dialect("postgres", SqlMode::Default), SqlDialect::Unknown);
  EXPECT_EQ(sql_dialect("mysql", SqlMode::Default), SqlDialect::Unknown);
  EXPECT_EQ(sql_dialect("postgres", SqlMode::ObfuscateOnly), SqlDialect::Postgres);
  EXPECT_EQ(sql_dialect("sql-server", SqlMode::NormalizeOnly), SqlDialect::SqlServer);
  EXPECT_EQ(sql_dialect("", SqlMode::ObfuscateOnly), SqlDialect::Unknown);
}

TEST(SqlModes, HaveTheAgentsNames) {
  EXPECT_EQ(sql_mode("").value(), SqlMode::Default);
  EXPECT_EQ(sql_mode("obfuscate_only").value(), SqlMode::ObfuscateOnly);
  EXPECT_EQ(sql_mode("obfuscate_and_normalize").value(), SqlMode::ObfuscateAndNormalize);
  EXPECT_EQ(sql_mode("normalize_only").value(), SqlMode::NormalizeOnly);
  EXPECT_EQ(sql_mode("Obfuscate_Only").error().code, ErrorCode::InvalidInput);
}

TEST(SqlLexerModes, HideLiteralsAndLeaveTheLayout) {
  EXPECT_EQ(obfuscate(" SELECT  a, 'b' -- why\n FROM t\tWHERE c=1.5 AND d is true; ", {.mode = SqlMode::ObfuscateOnly}),
            "SELECT  a, ? -- why\n FROM t\tWHERE c=? AND d is ?;");
}

TEST(SqlLexerModes, NormaliseWithoutHiding) {
  EXPECT_EQ(obfuscate("SELECT a AS b,\n'c' /* d */ FROM \"t\" WHERE e IN (1,2);", {.mode = SqlMode::NormalizeOnly}),
            "SELECT a, 'c' FROM t WHERE e IN ( 1, 2 )");
}

TEST(SqlLexerModes, DoBothAtOnce) {
  const SqlOptions options{.mode = SqlMode::ObfuscateAndNormalize};
  EXPECT_EQ(obfuscate("WITH x AS (SELECT 1) SELECT a AS b FROM x WHERE c IN (1, 2, 3)", options),
            "WITH x AS ( SELECT ? ) SELECT a FROM x WHERE c IN ( ? )");
  EXPECT_EQ(obfuscate("SELECT extract(year FROM d) FROM t", options), "SELECT extract ( ? FROM d ) FROM t");
}

TEST(SqlLexerModes, RefuseNothing) {
  for (const SqlMode mode : {SqlMode::ObfuscateOnly, SqlMode::ObfuscateAndNormalize, SqlMode::NormalizeOnly}) {
    for (const std::string_view statement : {"", "'", "\"open", "/* open", "$open", "\\ ~ ` }", "\xff\xfe", "\xc3"}) {
      SqlObfuscator obfuscator({.mode = mode});
      EXPECT_TRUE(obfuscator.obfuscate(statement)) << statement;
    }
  }
}

TEST(SqlLexerModes, CollectEachNameOnce) {
  SqlObfuscator obfuscator({.mode = SqlMode::ObfuscateAndNormalize,
                            .table_names = true,
                            .collect_commands = true,
                            .collect_comments = true,
                            .collect_procedures = true});
  const auto result = obfuscator.obfuscate(
      "-- c\nWITH w AS (SELECT 1) select a FROM t, [u], w JOIN t ON x -- c\n; CREATE PROCEDURE p AS SELECT 2",
      SqlDialect::SqlServer);
  ASSERT_TRUE(result);
  const SqlMetadata& metadata = result->metadata;
  EXPECT_EQ(metadata.tables_csv, "t,u");
  EXPECT_EQ(copied(metadata.commands), (std::vector<std::string>{"SELECT", "JOIN", "CREATE"}));
  EXPECT_EQ(copied(metadata.comments), (std::vector<std::string>{"-- c"}));
  EXPECT_EQ(copied(metadata.procedures), (std::vector<std::string>{"p"}));
  EXPECT_EQ(metadata.bytes, 2u + 16u + 4u + 1u);
}

TEST(SqlObfuscator, KeepsNothingOfTheStatementBefore) {
  for (const SqlMode mode :
       {SqlMode::Default, SqlMode::ObfuscateOnly, SqlMode::ObfuscateAndNormalize, SqlMode::NormalizeOnly}) {
    const SqlOptions options{.mode = mode, .dollar_quoted_func = true};
    SqlObfuscator used(options);
    for (const std::string_view before :
         {"SELECT a AS", "INSERT INTO t VALUES (1, (2", "SAVEPOINT", "SELECT f(:", "$"}) {
      std::ignore = used.obfuscate(before);
      EXPECT_EQ(used.obfuscate("x, 5 = (1, 2)")->text, obfuscate("x, 5 = (1, 2)", options)) << before;
    }
  }
}

// Enough of each that what isn't linear would not come back from here.
TEST(SqlObfuscator, TakesHostileStatementsInLinearTime) {
  constexpr std::size_t kBytes = 256 << 10;
  const std::vector<std::string> units = {
      "(",        ")",         "((1),",     "'",
      "''",       "\\'",       "\"a",       "`",
      "[",        "{",         "}",         "$",
      "$a",       "$a$",       "$func$",    "$func$ $f",
      "$$ ",      "/*",        "*/",        "--",
      "#",        "a AS ",     "a AS [",    "SAVEPOINT ",
      "FROM a1 ", "INTO 'b' ", "-.",        "1e",
      "0x",       ":",         "::",        "@",
      "@@",       "%(",        "?",         ",",
      "1,",       "('x'),",    "\xff",      "\xc3\xa9",
      "\xd0\xa4", "\xe2\x80",  "a.",        "EXTRACT(day ",
      "WITH ",    "\"a\".",    "a\xc2\xa0", "->",
      "UPDATE ",  "PROC p",
  };
  for (const SqlMode mode : {SqlMode::Default, SqlMode::ObfuscateOnly, SqlMode::ObfuscateAndNormalize}) {
    SqlObfuscator obfuscator({.mode = mode,
                              .table_names = true,
                              .collect_commands = true,
                              .collect_comments = true,
                              .replace_digits = true,
                              .dollar_quoted_func = true});
    for (const std::string& unit : units) {
      const std::string statement = repeated(unit, kBytes / unit.size());
      const auto result = obfuscator.obfuscate(statement, SqlDialect::Unknown);
      if (result) {
        EXPECT_LE(result->text.size(), 2 * statement.size() + 8) << unit;
      } else {
        EXPECT_EQ(mode, SqlMode::Default) << unit;
      }
    }
    std::ignore = obfuscator.obfuscate(std::string(kBytes, '\0'));
    EXPECT_EQ(obfuscator.obfuscate("SELECT 1")->text, "SELECT ?");
  }
}

TEST(SqlObfuscator, TakesFiveMegabytesAndGivesTheirRoomBack) {
  const std::string statement = repeated("SELECT a, 'b' FROM t WHERE c IN (1, 2) AND d = \"e\"; ", 100'000);
  for (const SqlMode mode : {SqlMode::Default, SqlMode::ObfuscateOnly, SqlMode::ObfuscateAndNormalize}) {
    SqlObfuscator obfuscator({.mode = mode, .table_names = true});
    const auto result = obfuscator.obfuscate(statement);
    ASSERT_TRUE(result);
    EXPECT_GT(result->text.size(), statement.size() / 2);
    EXPECT_EQ(result->text.find('b'), std::string_view::npos);
    EXPECT_EQ(obfuscator.obfuscate("SELECT 1")->text, "SELECT ?");
  }
}

// Fragments in random order, with and without spaces: what the fuzzer does for longer.
TEST(SqlObfuscator, AgreesWithItsOraclesOnRandomStatements) {
  constexpr std::array kFragments = {
      "SELECT",    "FROM",
      "INTO",      "UPDATE",
      "JOIN",      "AS",
      "SAVEPOINT", "NULL",
      "VALUES",    "WITH",
      "EXTRACT(",  "day",
      "(",         ")",
      "[",         "]",
      "{",         "}",
      ",",         ";",
      ".",         "=",
      ":",         "::",
      ":=",        ":a",
      "?",         "?|",
      "?&",        "->",
      "->>",       "#>",
      "#",         "-",
      "-.",        "-.5",
      "--x\n",     "/*c*/",
      "//x\n",     "*",
      "'s'",       "''",
      "' '",       "'a\\'",
      "\"q\"",     "\"\"",
      "\"a b\"",   "\"a\".\"b\"",
      "`b`",       "``",
      "1",         "0x1f",
      "09",        "1.5e-3",
      "$1",        "$$a$$",
      "$t$x$t$",   "$func$ b 1 $func$",
      "%s",        "%(a)s",
      "%",         "@a",
      "@@v",       "@>",
      "<@",        "<=>",
      "!~*",       "! a",
      "!",         "é",
      "\xd0\xa4",  "\xc2\xa0",
      "t1",        "a.b",
      "TABLE",     "PROC",
      "\\",
  };
  std::mt19937 random(20'261'121);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int i = 0; i < 20'000; ++i) {
    std::string statement;
    for (std::size_t n = below(14); n > 0; --n) {
      statement += kFragments[below(kFragments.size())];
      if (below(3) > 0) statement += ' ';
    }
    const auto bits = random();
    const auto bit = [&](int at) { return ((bits >> at) & 1) != 0; };
    const SqlOptions options{.mode = static_cast<SqlMode>(below(4)),
                             .table_names = bit(0),
                             .collect_commands = bit(1),
                             .collect_comments = bit(2),
                             .replace_digits = bit(3),
                             .keep_sql_alias = bit(4),
                             .dollar_quoted_func = bit(5),
                             .collect_procedures = bit(6),
                             .keep_null = bit(7),
                             .keep_boolean = bit(8),
                             .keep_positional_parameter = bit(9),
                             .replace_bind_parameter = bit(10),
                             .keep_json_path = bit(11),
                             .keep_trailing_semicolon = bit(12),
                             .keep_identifier_quotation = bit(13),
                             .remove_space_between_parentheses = bit(14)};
    const auto dialect = static_cast<SqlDialect>(below(6));
    std::string expected;
    if (options.mode == SqlMode::Default) {
      const auto answer = testing::SqlOracle(options).obfuscate(statement, dialect);
      expected = (answer.ok ? "" : "error: ") + answer.text;
    } else {
      expected = testing::SqlLexerOracle(options).obfuscate(statement, dialect).text;
    }
    ASSERT_EQ(obfuscate(statement, options, dialect), expected)
        << statement << " in mode " << static_cast<int>(options.mode) << ", dialect " << static_cast<int>(dialect);
  }
}

TEST(SqlText, FindsWhereUtf8BreaksOff) {
  EXPECT_EQ(valid_utf8_prefix(""), 0u);
  EXPECT_EQ(valid_utf8_prefix("plain text of ASCII"), 19u);
  EXPECT_EQ(valid_utf8_prefix("größe\xc3"), 7u);
  EXPECT_EQ(valid_utf8_prefix("a\xed\xa0\x80"), 1u);        // half of a surrogate pair
  EXPECT_EQ(valid_utf8_prefix("ab\xc0\x80"), 2u);           // too long for what it says
  EXPECT_EQ(valid_utf8_prefix("abc\xf4\x90\x80\x80"), 3u);  // beyond Unicode
}

TEST(SqlText, ComparesWordsWithoutCase) {
  const std::string padded = std::string("sTraight_JOIN") + std::string(kSqlPadding, '\0');
  EXPECT_EQ(SqlWord::of_padded(std::string_view(padded).substr(0, 13)), SqlWord::of_literal("STRAIGHT_JOIN"));
  EXPECT_EQ(SqlWord::of_padded(std::string_view(padded).substr(0, 8)), SqlWord::of_literal("STRAIGHT"));
  EXPECT_NE(SqlWord::of_padded(std::string_view(padded).substr(0, 7)), SqlWord::of_literal("STRAIGHT"));
}

}  // namespace
}  // namespace vizsla::pipeline
