#include "pipeline/sample/signature.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

TEST(Signature, OfAServiceIsTheReferences) {
  EXPECT_EQ(service_signature("web", "dev"), 4'261'669'158u);
  EXPECT_NE(service_signature("web", ""), service_signature("web", "dev"));
}

TEST(Signature, OfASpanComesFromAllThatMakesItAlike) {
  const SpanLikeness span{"prod", "web", "http.request", false, "GET /", 200, ""};
  Fnv1a32 expected;
  expected.add("prodwebhttp.request");
  expected.add(std::uint8_t{0});
  expected.add("GET /200");
  EXPECT_EQ(span_signature(span), expected.value());

  SpanLikeness other = span;
  other.error = true;
  EXPECT_NE(span_signature(other), span_signature(span));
  other = span;
  other.error_type = "KeyError";
  EXPECT_NE(span_signature(other), span_signature(span));
  other = span;
  other.http_status = 0;
  EXPECT_NE(span_signature(other), span_signature(span));
}

TEST(Signature, OfAChunkCountsEachKindOfSpanOnce) {
  std::vector<Signature> once{7, 3};
  std::vector<Signature> often{3, 7, 3, 7, 7};
  EXPECT_EQ(chunk_signature(100, once), 100u ^ 7u ^ 3u);
  EXPECT_EQ(chunk_signature(100, often), 100u ^ 7u ^ 3u);
}

}  // namespace
}  // namespace vizsla::pipeline
