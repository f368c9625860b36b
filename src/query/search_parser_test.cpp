// The vectors in tests/vectors/search, and what doesn't fit on a line.
#include "query/search_parser.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "query/search_number.h"
#include "query/testing/read_cases.h"
#include "query/testing/show_search.h"

namespace vizsla::query {
namespace {

using testing::Case;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::read_cases;

SearchLexer::Mode mode_of(std::string_view title) {
  if (title == "value") return SearchLexer::Mode::Value;
  if (title == "group") return SearchLexer::Mode::Group;
  if (title == "bound") return SearchLexer::Mode::Bound;
  if (title == "argument") return SearchLexer::Mode::Argument;
  EXPECT_EQ(title, "term");
  return SearchLexer::Mode::Term;
}

std::string tokens_of(const Case& of) {
  SearchLexer lexer(of.input);
  std::string shown;
  for (;;) {
    const auto token = lexer.next(mode_of(of.title));
    if (!token) return "!" + token.error().message;
    if (token->kind == SearchToken::Kind::End) return shown;
    shown += (shown.empty() ? "" : " | ") + testing::show(*token);
  }
}

TEST(SearchLexer, ReadsItsVectors) {
  for (const Case& of : read_cases("tokens.txt")) EXPECT_EQ(tokens_of(of), of.expected) << of.place;
}

TEST(SearchParser, ReadsItsVectors) {
  for (const Case& of : read_cases("trees.txt")) {
    const auto root = parse_search(of.input);
    EXPECT_EQ(root ? testing::show(*root) : "!" + root.error().message, of.expected) << of.place;
    if (!root) {
      EXPECT_EQ(root.error().code, ErrorCode::InvalidInput) << of.place;
      continue;
    }
    const auto again = parse_search(testing::write(*root));
    ASSERT_TRUE(again) << of.place << ": " << again.error().message;
    EXPECT_EQ(testing::show(*again), of.expected) << of.place << ", written as " << testing::write(*root);
  }
}

TEST(SearchParser, TakesAllWhiteSpaceForBlanks) {
  const auto root = parse_search(" \t\r\nservice:web\n\nenv:prod\t");
  ASSERT_TRUE(root);
  EXPECT_EQ(testing::show(*root), "(and (is service 'web') (is env 'prod'))");
  EXPECT_EQ(testing::show(parse_search(" \n ").value()), "everything");
  EXPECT_EQ(parse_search("a\n\n)").error().message, "expected a '(' before this ')' (at 4)");
}

TEST(SearchParser, RefusesMoreThanItTakes) {
  const auto message = [](const std::string& text) {
    const auto root = parse_search(text);
    EXPECT_TRUE(root || root.error().code == ErrorCode::InvalidInput);
    return root ? "fine" : root.error().message;
  };
  const auto repeated = [](std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
  };
  EXPECT_EQ(message(std::string(kSearchBytesMax, 'x')), "fine");
  EXPECT_EQ(message(std::string(1 << 20, 'x')), "the query has 1048576 bytes, expected at most 16384");
  EXPECT_EQ(message(repeated("(", kSearchDepthMax) + "x" + repeated(")", kSearchDepthMax)), "fine");
  EXPECT_EQ(message(repeated("(", 10'000)), "expected at most 100 parentheses in each other (at 101)");
  EXPECT_EQ(message("a:" + repeated("(", 10'000)), "expected at most 100 parentheses in each other (at 103)");
  EXPECT_EQ(message(repeated("NOT ", 4000) + "x"), "fine");
  EXPECT_EQ(message(repeated("-", 16'000)), "expected a term, not the end (at 16001)");
  EXPECT_EQ(message(repeated("a ", kSearchTermsMax)), "fine");
  EXPECT_EQ(message(repeated("a ", kSearchTermsMax + 1)), "expected at most 500 terms (at 1001)");
  EXPECT_THAT(message("a:(" + repeated("b ", 5000) + ")"), EndsWith("expected at most 500 terms (at 1004)"));
  EXPECT_THAT(message("CIDR(a" + repeated(",b", 5000) + ")"), HasSubstr("at most 500 terms"));
}

TEST(SearchParser, QuotesNoMoreThanIsNeededToFindIt) {
  const std::string letters(10'000, 'x');
  EXPECT_EQ(parse_search("a " + letters + ":").error().message,
            "expected a value behind '" + std::string(40, 'x') + "…:' (at 3)");
  // Not in the middle of a character.
  std::string umlauts = "x";
  for (int i = 0; i < 100; ++i) umlauts += "ä";
  EXPECT_EQ(parse_search("a:[1 " + umlauts + "]").error().message,
            "expected TO in the range at 3, not 'xäääääääääääääääääää…' (at 6)");
}

TEST(SearchParser, RefusesWhatIsNoText) {
  for (const char* bad : {"\xff", "service:\"\xc3\"", "a\xed\xa0\x80"})
    EXPECT_EQ(parse_search(bad).error().message, "the query is no valid UTF-8");
  // But nothing is wrong with an odd one.
  const auto root = parse_search(std::string_view("service:\"a\0b\"", 13));
  ASSERT_TRUE(root);
  EXPECT_EQ(root->text.text, std::string_view("a\0b", 3));
}

TEST(SearchNumber, IsExactUpToTheLastNanosecond) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(parse_nanos("123456789.123456789s"), (Nanos{123'456'789'123'456'789, true}));
  EXPECT_EQ(parse_nanos("0.0000000001s"), (Nanos{0, false}));
  EXPECT_EQ(parse_nanos("-0.0000000001s"), (Nanos{-1, false}));
  EXPECT_EQ(parse_nanos("-1.5"), (Nanos{-2, false}));
  EXPECT_EQ(parse_nanos("1e-1000h"), (Nanos{0, false}));
  EXPECT_EQ(parse_nanos("1e1000"), (Nanos{kMax, false}));
  EXPECT_EQ(parse_nanos("-1e1000"), (Nanos{kMin, true}));
  EXPECT_EQ(parse_nanos("0e1000"), (Nanos{0, true}));
  EXPECT_EQ(parse_nanos(".5us"), (Nanos{500, true}));
  EXPECT_EQ(parse_nanos("1.0000000000000000000"), std::nullopt) << "too many digits to be exact";
  for (const char* bad : {"", "s", ".", "-", "1e", "1e+", "1 s", "1S", "0x1", "1..2", "1e9999", "--1", "1sec"})
    EXPECT_EQ(parse_nanos(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace vizsla::query
