// Somebody else's vectors: read where they are, never copied.
#include <charconv>
#include <filesystem>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "pipeline/sample/probabilistic_sampler.h"
#include "pipeline/sample/sample_by_rate.h"

namespace vizsla::pipeline {
namespace {

using simdjson::dom::element;

class SharedVectors : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string path = VIZSLA_SHARED "/reference/obfuscation-vectors.json";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
    vectors_ = parser_.load(path)["vectors"];
  }

  // Calls `check` with each vector of that kind, and gives their number.
  template <class Check>
  int each(std::string_view kind, Check check) {
    int cases = 0;
    for (const element vector : vectors_) {
      if (std::string_view(vector["kind"]) != kind) continue;
      SCOPED_TRACE(std::string(std::string_view(vector["id"])));
      check(vector);
      ++cases;
    }
    return cases;
  }

  static std::uint64_t number(std::string_view text, int base) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
  }

  simdjson::dom::parser parser_;
  element vectors_;
};

TEST_F(SharedVectors, OfTheProbabilisticSamplerAgree) {
  const int cases = each("probabilistic_sampler", [](element vector) {
    const element config = vector["config"];
    const element input = vector["input"];
    const ProbabilisticSampler sampler(
        {true, double(config["percentage"]), static_cast<std::uint32_t>(std::uint64_t(config["hash_seed"]))},
        bool(config["full_trace_id"]));
    ASSERT_TRUE(input["otel.trace_id"].is_null());
    const model::TraceId id{number(input["trace_id"], 10), number(input["_dd.p.tid"], 16)};
    EXPECT_EQ(sampler.keeps(id), bool(vector["expected"]));
  });
  EXPECT_GE(cases, 2);
}

// A tracer's ≤ and our < differ only at the rate itself, where none of these lies.
TEST_F(SharedVectors, OfTracersRatesAgree) {
  const int cases = each("tracer_rate_sampler", [](element vector) {
    const element input = vector["input"];
    EXPECT_EQ(sample_by_rate(number(input["trace_id_low"], 10), double(input["rate"])), bool(vector["expected"]));
  });
  EXPECT_GE(cases, 2);
}

}  // namespace
}  // namespace vizsla::pipeline
