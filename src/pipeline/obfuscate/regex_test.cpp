#include "pipeline/obfuscate/regex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

using ::testing::HasSubstr;

std::string replaced(std::string_view pattern, std::string_view replacement, std::string_view text) {
  auto regex = Regex::compile(pattern);
  EXPECT_TRUE(regex.has_value()) << pattern;
  RegexReplacement rule(*std::move(regex), replacement);
  std::string out;
  if (rule.replace(text, out)) return out;
  EXPECT_EQ(out, "");
  return std::string(text);
}

TEST(Regex, MatchesAnywhere) {
  const auto regex = Regex::compile("(GET|POST) /health");
  EXPECT_TRUE(regex->search("x POST /healthz"));
  EXPECT_FALSE(regex->search("PUT /health"));
  EXPECT_FALSE(regex->search(""));
  EXPECT_TRUE(Regex::compile("")->search(""));
}

TEST(Regex, SaysWhatIsWrongWithItself) {
  const auto regex = Regex::compile("[123");
  ASSERT_FALSE(regex.has_value());
  EXPECT_EQ(regex.error().code, ErrorCode::InvalidInput);
  EXPECT_THAT(regex.error().message, HasSubstr("missing ]"));
  EXPECT_FALSE(Regex::compile("(?<!a)b").has_value());
  EXPECT_FALSE(Regex::compile("(?<=a)b").has_value());
  EXPECT_FALSE(Regex::compile(R"((a)\1)").has_value());
  EXPECT_EQ(Regex::compile(std::string(20'000, 'a')).error().code, ErrorCode::LimitExceeded);
  EXPECT_FALSE(Regex::compile("((a{1000}){1000}){1000}").has_value());
}

TEST(Regex, TakesGosNewNamedGroups) {
  EXPECT_EQ(replaced("(?<first>a)(?P<second>b)", "${second}${first}", "ab"), "ba");
  EXPECT_EQ(replaced(R"([(?<x>]\(\?<)", "!", "<(?<"), "!");
  EXPECT_EQ(replaced(R"(\Q(?<a>\E)", "!", "(?<a>"), "!");
  EXPECT_EQ(replaced("[](?<a>]+", "!", "](?<a>"), "!");
  EXPECT_EQ(replaced("[^](?<a>]+", "!", "xy"), "!");
}

TEST(RegexReplacement, ReplacesEveryMatch) {
  EXPECT_EQ(replaced("o", "0", "foo boo"), "f00 b00");
  EXPECT_EQ(replaced("x", "y", "foo"), "foo");
  EXPECT_EQ(replaced("(?s).*", "?", "one\ntwo"), "?");
  EXPECT_EQ(replaced("(?s).*", "?", ""), "?");
  EXPECT_EQ(replaced(".*", "?", "one\ntwo"), "?\n?");
}

TEST(RegexReplacement, PassesOverEmptyMatchesBehindOthers) {
  EXPECT_EQ(replaced("b*", "X", "abc"), "XaXcX");
  EXPECT_EQ(replaced("x*", "-", "abc"), "-a-b-c-");
  EXPECT_EQ(replaced("x*", "-", "\u00e9\U0001f600"), "-\u00e9-\U0001f600-");
  EXPECT_EQ(replaced("^", "> ", "a"), "> a");
  EXPECT_EQ(replaced("^a", "x", "aa"), "xa");
  EXPECT_EQ(replaced("$", "!", "a\n"), "a\n!");
  EXPECT_EQ(replaced(R"(\b)", "|", "ab cd"), "|ab| |cd|");
}

TEST(RegexReplacement, ReadsTemplatesAsGoDoes) {
  EXPECT_EQ(replaced("(a)(b)?", "${1}x", "ab"), "ax");
  EXPECT_EQ(replaced("(a)(b)?", "$1x", "ab"), "");  // the group "1x"
  EXPECT_EQ(replaced("(a)(b)?", "$1-$2-$0", "a"), "a--a");
  EXPECT_EQ(replaced("a", "$$1", "a"), "$1");
  EXPECT_EQ(replaced("(a)", "$01", "a"), "");
  EXPECT_EQ(replaced("(a)", "$9${8}", "a"), "");
  EXPECT_EQ(replaced("(a)", "$", "a"), "$");
  EXPECT_EQ(replaced("(a)", "$ {", "a"), "$ {");
  EXPECT_EQ(replaced("(a)", "${1", "a"), "${1");
  EXPECT_EQ(replaced("(a)", "${}${-}", "a"), "${}${-}");
  EXPECT_EQ(replaced("(?P<n>a)", "$n.${n}$m", "a"), "a.a");
  EXPECT_EQ(replaced("(a)", R"(\1)", "a"), R"(\1)");
  EXPECT_EQ(replaced("(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)", "$11$10", "abcdefghijk"), "kj");
}

TEST(RegexReplacement, HidesWhatWouldBecomeTooLong) {
  EXPECT_EQ(replaced("a", std::string(1000, 'x'), std::string(2000, 'a')), "?");
  EXPECT_EQ(replaced("a", "$0$0$0$0", std::string(300'000, 'a')), "?");
  EXPECT_EQ(replaced("a", "b", std::string(1000, 'a')), std::string(1000, 'b'));
  EXPECT_EQ(replaced("^a", "b", "a" + std::string(RegexReplacement::kReplacedBytesMax, 'c')), "?");
}

TEST(RegexReplacement, TakesBytesThatAreNoCharacters) {
  EXPECT_EQ(replaced("a", "b",
                     "\xff"
                     "a\x80"),
            "\xff"
            "b\x80");
  EXPECT_EQ(replaced("x*", "-", "a\x80"), "-a-\x80-");
}

}  // namespace
}  // namespace vizsla::pipeline
