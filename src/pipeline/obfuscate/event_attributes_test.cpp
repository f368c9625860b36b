#include "pipeline/obfuscate/event_attributes.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

// Rewrites every value with `key` to `text`.
std::string rewritten(std::string_view events, std::string_view key, std::string_view text) {
  EventAttributeRewriter rewriter;
  std::string out;
  const bool changed = rewriter.rewrite(
      events,
      [&](const EventAttribute& attribute, std::string& replacement) {
        if (attribute.key != key) return false;
        replacement += text;
        return true;
      },
      out);
  EXPECT_EQ(changed, !out.empty());
  return changed ? out : std::string(events);
}

TEST(EventAttributes, AreRewrittenInPlace) {
  const std::string_view events =
      R"([ {"name":"a", "time_unix_nano":1, "attributes":{"x": "1", "y":2}},{"name":"b","attributes":{"x":[1, "2"]}}])";
  EXPECT_EQ(
      rewritten(events, "x", "?"),
      R"([ {"name":"a", "time_unix_nano":1, "attributes":{"x": "?", "y":2}},{"name":"b","attributes":{"x":["?", "?"]}}])");
  EXPECT_EQ(rewritten(events, "name", "?"), events);
  EXPECT_EQ(rewritten(events, "attributes", "?"), events);
  EXPECT_EQ(rewritten("", "x", "?"), "");
}

TEST(EventAttributes, KeepTheirKindWhereTheyCan) {
  const auto value = [](std::string_view literal, std::string_view text) {
    const std::string events = R"([{"attributes":{"x":)" + std::string(literal) + "}}]";
    const std::string out = rewritten(events, "x", text);
    return out.substr(20, out.size() - 23);
  };
  EXPECT_EQ(value("1", "2"), "2");
  EXPECT_EQ(value("1", "+02.50"), "2.5");
  EXPECT_EQ(value("1.5", "true"), "true");
  EXPECT_EQ(value("true", "7"), "7");
  EXPECT_EQ(value("1", "NaN"), R"("NaN")");
  EXPECT_EQ(value("1", ""), R"("")");
  EXPECT_EQ(value(R"("1")", "2"), R"("2")");
  EXPECT_EQ(value(R"("1")", "a\"b"), R"("a\"b")");
  EXPECT_EQ(value("null", "2"), "null");
}

TEST(EventAttributes, AreShownUnquotedAndInDecimals) {
  EventAttributeRewriter rewriter;
  std::string seen;
  std::string out;
  rewriter.rewrite(
      R"([{"attributes":{"a\u0062":"x\ny","n":5.1051051051051e15,"i":-7,"b":false,"l":["p",["q"]],"o":{"k":"v"}}}])",
      [&](const EventAttribute& attribute, std::string&) {
        seen += attribute.key;
        seen += '=';
        seen += attribute.text;
        seen += attribute.kind == AttributeKind::Text ? " " : attribute.kind == AttributeKind::Number ? "# " : "! ";
        return false;
      },
      out);
  EXPECT_EQ(seen, "ab=x\ny n=5105105105105100# i=-7# b=false! l=p l=q o=v ");
}

TEST(EventAttributes, StayFromWhereTheTextIsBroken) {
  EXPECT_EQ(rewritten(R"([{"attributes":{"x":"1","x":"2)", "x", "?"), R"([{"attributes":{"x":"?","x":"2)");
  EXPECT_EQ(rewritten("no list", "x", "?"), "no list");
}

}  // namespace
}  // namespace vizsla::pipeline
