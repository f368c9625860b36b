#include "assemble/exemplars.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "model/testing/batch_builder.h"
#include "store/testing/append_and_wait.h"
#include "store/testing/oracle_store.h"

namespace vizsla::assemble {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kMs = kNanosPerMilli;
constexpr UnixNanos kNow = 1'795'262'400'000'000'000;

class ExemplarsTest : public ::testing::Test {
 protected:
  // A request of the resource that is asked for, one second after the one before, unless the spec says otherwise.
  void request(std::int64_t ms, model::testing::SpanSpec spec = {}) {
    spec.trace = spec.span = ++spans_;
    spec.start = kNow - kNanosPerHour + static_cast<std::int64_t>(spans_) * kNanosPerSecond;
    spec.duration = ms * kMs;
    spec.is_entry = true;
    const bool asked =
        spec.service == "web" && spec.operation == "http.request" && spec.resource == "GET /" && spec.env == "test";
    if (asked) durations_.add(static_cast<double>(spec.duration));
    ASSERT_TRUE(store::testing::append_and_wait(store_, model::testing::BatchBuilder().span(spec).build_normalized()));
  }

  static ExemplarQuestion question(std::size_t most, std::optional<double> near_ns = {}) {
    return {.env = "test",
            .service = "web",
            .operation = "http.request",
            .resource = "GET /",
            .range = {kNow - kNanosPerHour, kNow},
            .most = most,
            .near_ns = near_ns};
  }
  Exemplars find(const ExemplarQuestion& question) { return find_exemplars(store_, durations_, question, {}).value(); }
  Exemplars find(std::size_t most, std::optional<double> near_ns = {}) { return find(question(most, near_ns)); }

  static std::vector<std::int64_t> ms_of(const std::vector<Exemplar>& exemplars) {
    std::vector<std::int64_t> ms;
    for (const Exemplar& exemplar : exemplars) ms.push_back(exemplar.duration_ns / kMs);
    return ms;
  }

  vizsla::testing::FakeClock clock_{kNow};
  store::testing::OracleStore store_{clock_};
  sketch::DurationSketch durations_;
  std::uint64_t spans_ = 0;
};

TEST_F(ExemplarsTest, SlowestFailedTypicalAndNear) {
  for (std::int64_t ms = 1; ms <= 100; ++ms) request(ms, {.error = ms % 10 == 0});
  const Exemplars found = find(3, 95.0 * kMs);
  EXPECT_THAT(ms_of(found.slowest), ElementsAre(100, 99, 98));
  EXPECT_THAT(ms_of(found.errors), ElementsAre(100, 90, 80)) << "the newest";
  EXPECT_TRUE(found.errors.front().error);
  EXPECT_THAT(ms_of(found.typical), ElementsAre(50, 51, 49)) << "nearest to the median first, then the newest";
  EXPECT_THAT(ms_of(found.newest), ElementsAre(100, 99, 98));
  EXPECT_THAT(ms_of(found.near), ElementsAre(95, 96, 94));
  EXPECT_NEAR(found.near.front().rank, 0.95, 0.011);
  EXPECT_EQ(found.near.front().trace_id.low, 95U);
  EXPECT_EQ(found.near.front().span_id, model::SpanId{95});
}

TEST_F(ExemplarsTest, AreOfThisResourceAlone) {
  request(5);
  request(700, {.service = "cart"});
  request(700, {.operation = "job"});
  request(700, {.resource = "GET /cart"});
  request(700, {.env = "prod"});
  const Exemplars found = find(10, 700.0 * kMs);
  EXPECT_THAT(ms_of(found.slowest), ElementsAre(5));
  EXPECT_THAT(ms_of(found.typical), ElementsAre(5));
  EXPECT_THAT(found.errors, IsEmpty());
  EXPECT_THAT(found.near, IsEmpty()) << "five is not near seven hundred";
}

TEST_F(ExemplarsTest, OfAllResourcesOfAnOperation) {
  request(5);
  request(700, {.operation = "job"});
  request(300, {.resource = "GET /cart"});
  ExemplarQuestion all = question(10);
  all.resource.reset();
  const Exemplars found = find(all);
  EXPECT_THAT(ms_of(found.slowest), ElementsAre(300, 5));
  EXPECT_EQ(found.slowest.front().resource, "GET /cart");
  EXPECT_THAT(ms_of(found.newest), ElementsAre(300, 5));
}

TEST_F(ExemplarsTest, OnlyOfSomeDurations) {
  for (std::int64_t ms = 1; ms <= 100; ++ms) request(ms, {.error = ms % 10 == 0});
  ExemplarQuestion some = question(2);
  some.durations = {40 * kMs, 60 * kMs};
  const Exemplars found = find(some);
  EXPECT_THAT(ms_of(found.slowest), ElementsAre(60, 59));
  EXPECT_THAT(ms_of(found.errors), ElementsAre(60, 50));
  EXPECT_THAT(ms_of(found.newest), ElementsAre(60, 59));
  EXPECT_NEAR(found.newest.front().rank, 0.6, 0.011) << "among all";
}

TEST_F(ExemplarsTest, SayWhatFailed) {
  request(5, {.error = true, .meta = {{"error.type", "KeyError"}, {"error.message", "'foo_bar'\nmore"}}});
  const Exemplars found = find(1);
  EXPECT_EQ(found.errors.front().error_type, "KeyError");
  EXPECT_EQ(found.errors.front().error_message, "'foo_bar'");
}

TEST_F(ExemplarsTest, LooksFartherWhenThereIsLittleNear) {
  for (const std::int64_t ms : {10, 60, 90, 500}) request(ms);
  EXPECT_THAT(ms_of(find(2, 100.0 * kMs).near), ElementsAre(90, 60));
  EXPECT_THAT(ms_of(find(4, 100.0 * kMs).near), ElementsAre(90, 60, 10, 500));
  EXPECT_THAT(ms_of(find(2, 9.3e18).near), IsEmpty());
}

TEST_F(ExemplarsTest, WithoutRequestsThereAreNone) {
  const Exemplars found = find(10);
  EXPECT_THAT(found.slowest, IsEmpty());
  EXPECT_THAT(found.typical, IsEmpty());
}

}  // namespace
}  // namespace vizsla::assemble
