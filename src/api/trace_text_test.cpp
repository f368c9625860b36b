#include "api/trace_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// ui.md C.6.
TEST(FormatDuration, AgreesWithTheVectors) {
  const std::pair<std::int64_t, const char*> vectors[] = {{0, "0 ms"},
                                                          {1, "1 ns"},
                                                          {999, "999 ns"},
                                                          {1'234, "1.23 µs"},
                                                          {999'950, "1 ms"},
                                                          {1'234'567, "1.23 ms"},
                                                          {45'600'000, "45.6 ms"},
                                                          {123'456'789, "123 ms"},
                                                          {999'600'000, "1 s"},
                                                          {1'500'000'000, "1.5 s"},
                                                          {12'340'000'000, "12.3 s"},
                                                          {59'960'000'000, "1m 00s"},
                                                          {61'000'000'000, "1m 01s"},
                                                          {3'723'000'000'000, "1h 02m"},
                                                          {93'600'000'000'000, "1d 2h"}};
  for (const auto& [ns, text] : vectors) EXPECT_EQ(format_duration(ns), text) << ns;
}

class TraceText : public ::testing::Test {
 protected:
  model::Span& add(std::uint64_t id, std::uint64_t parent, std::int64_t start, std::int64_t duration,
                   std::string_view service, std::string_view operation, std::string_view resource) {
    model::Span span;
    span.trace_id = {0xabc, 0};
    span.span_id = model::SpanId{id};
    span.parent_id = model::SpanId{parent};
    span.start_ns = 1'795'262'400'000'000'000 + start;
    span.duration_ns = duration;
    span.service = service;
    span.operation = operation;
    span.resource = resource;
    set_.spans.push_back(span);
    return set_.spans.back();
  }

  std::string text(bool color = false) {
    return trace_text(set_, assemble::view_trace(set_), {.width = 100, .color = color});
  }

  model::SpanSet set_;
};

TEST_F(TraceText, ShowsTreeTimesAndTheError) {
  add(1, 0, 0, 1'400'000'000, "thinker-api", "flask.request", "GET /think/").http_status = 200;
  model::Span& think = add(2, 1, 100, 500'000'000, "thinker-microservice", "think", "think");
  think.error = true;
  think.meta = {{"error.message", "foo_bar\nsecond line"},
                {"error.stack", "Traceback\n  File \"a.py\"\nKeyError: 'foo_bar'\n"},
                {"error.type", "builtins.KeyError"}};
  const std::string shown = text();
  EXPECT_THAT(shown, HasSubstr("thinker-api › GET /think/  200  1.4 s\n"));
  EXPECT_THAT(
      shown,
      HasSubstr("trace 00000000000000000000000000000abc  2026-11-21T12:00:00.000Z  2 spans, 2 services, 1 error\n"));
  EXPECT_THAT(shown, HasSubstr("• thinker-api flask.request GET /think/ [200]"));
  EXPECT_THAT(shown, HasSubstr("  ✗ thinker-microservice think "));
  EXPECT_THAT(shown, HasSubstr("✗ thinker-microservice think: builtins.KeyError: foo_bar\n"));
  EXPECT_THAT(shown, HasSubstr("    KeyError: 'foo_bar'\n"));
  EXPECT_THAT(shown, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text(true), HasSubstr("\x1b[31m"));
}

TEST_F(TraceText, WritesARepeatedQueryOnce) {
  add(1, 0, 0, 1000, "web", "request", "GET /");
  for (std::uint64_t i = 0; i < 20; ++i)
    add(2 + i, 1, static_cast<std::int64_t>(i), 1'000'000, "db", "query", "SELECT 1");
  EXPECT_THAT(text(), HasSubstr("×20 db query SELECT 1"));
  EXPECT_THAT(text(), HasSubstr("20 ms"));
}

TEST_F(TraceText, DisarmsControlCharacters) {
  add(1, 0, 0, 1, "evil\x1b[2Jservice", "op", "line\nbreak");
  EXPECT_THAT(text(), HasSubstr("evil [2Jservice"));
  EXPECT_THAT(text(), HasSubstr("line break"));
}

}  // namespace
}  // namespace vizsla::api
