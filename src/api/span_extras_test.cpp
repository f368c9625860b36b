#include "api/span_extras.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::api {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> shown(const model::Span& span) {
  std::vector<std::string> texts;
  for (const SpanLink& link : links_of(span)) texts.push_back(link.trace_id + ":" + link.span_id + link.attributes);
  return texts;
}

constexpr std::string_view kFive = "00000000000000000000000000000005:0000000000000006";

TEST(SpanLinks, ComeFromTheColumnAndFromTheTag) {
  model::Span span;
  span.links = R"([{"trace_id":"5","span_id":"6","attributes":{"a":"1"}}])";
  span.meta = {{"_dd.span_links", R"([{"trace_id":"00000000000000070000000000000005","span_id":"0000000000000006"}])"}};
  EXPECT_THAT(shown(span),
              ElementsAre(std::string(kFive) + R"({"a":"1"})", "00000000000000070000000000000005:0000000000000006{}"));
}

TEST(SpanLinks, ThatATracerSendsInBothPlacesComeOnce) {
  model::Span span;
  span.links = R"([{"trace_id":"5","span_id":"6","attributes":{"a":"1"}}])";
  // As dd-trace-go does, with numbers.
  span.meta = {{"_dd.span_links", R"([{"trace_id":5,"trace_id_high":0,"span_id":6},{"trace_id":5,"span_id":8}])"}};
  EXPECT_THAT(shown(span),
              ElementsAre(std::string(kFive) + R"({"a":"1"})", "00000000000000000000000000000005:0000000000000008{}"));
}

TEST(SpanLinks, ThatDoNotParseAreLeftOut) {
  model::Span span;
  span.meta = {{"_dd.span_links", "[{\"trace_id\":"}};
  EXPECT_TRUE(links_of(span).empty());
}

}  // namespace
}  // namespace vizsla::api
