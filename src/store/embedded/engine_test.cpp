#include "store/embedded/engine.h"

#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/testing/batch_builder.h"
#include "store/embedded/span_table.h"
#include "store/testing/temporary_folder.h"

namespace vizsla::store::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// For ever, as far as a test is concerned; little memory.
constexpr std::string_view kEndless = "SELECT sum(hash(i)) FROM range(1000000000000) t(i)";
// Needs some 100 MB.
constexpr std::string_view kHungry = "SELECT count(*) FROM (SELECT DISTINCT hash(i) h FROM range(4000000) t(i))";

TEST(Engine, RefusesALibraryThatItsHeaderDoesNotFit) {
  for (const char* version : {"v1.4.0", "v1.5.6", "1.10.0", "v1.6.0-dev77", "v1.4"})
    EXPECT_TRUE(Engine::check_library_version(version)) << version;
  for (const char* version : {"v1.3.9", "v0.10.2", "v2.0.0", "v1", "", "main"}) {
    const auto checked = Engine::check_library_version(version);
    ASSERT_FALSE(checked) << version;
    EXPECT_NE(checked.error().message.find("needs 1.4 or a later 1.x"), std::string::npos) << checked.error().message;
  }
  EXPECT_TRUE(Engine::check_library_version(Engine::library_version()));
}

class EngineLife : public ::testing::Test {
 protected:
  void open(std::uint64_t spill_bytes = 1 << 30) {
    Engine::Options options;
    options.memory_bytes = 32 << 20;
    options.spill_bytes = spill_bytes;
    options.spill_folder = folder_.path();
    options.threads = 2;
    options.slots = gate_.slots();
    options.result_bytes_max = 1 << 20;
    engine_ = Engine::open(options).value();
    model::testing::BatchBuilder builder;
    for (std::uint64_t i = 1; i <= 3; ++i) builder.span({.trace = 1, .span = i, .start = static_cast<UnixNanos>(i)});
    auto owner = std::make_shared<Buffer>();
    encode_spans(builder.build_normalized(), *owner);
    part_->append(TableBatch::parse(span_schema(), *owner, 1, 10, owner).value());
  }

  // `sql` over the live part as well, so that a query pins it.
  Result<QueryResult> ask(std::string_view sql, const ReadLimits& limits = {}) {
    const Engine::LiveScan live(*engine_, span_schema(), {{part_, part_->count()}});
    SqlStatement statement;
    statement.text = fmt::format("SELECT (SELECT count(*) FROM vizsla_live({}::UBIGINT)), ({})", live.number(), sql);
    return gate_.run(QueryClass::Short, limits,
                     [&](const QueryGate::Slot& slot) { return engine_->query(slot, statement, limits); });
  }

  // Whatever a query did, and however it ended.
  void expect_nothing_is_left() {
    const Engine::Stats stats = engine_->stats();
    EXPECT_EQ(stats.running, 0u);
    EXPECT_EQ(stats.scans, 0u);
    EXPECT_EQ(part_.use_count(), 1) << "the live part is still pinned";
    // DuckDB keeps the names of some, empty, for the next query that spills.
    for (const auto& file : std::filesystem::directory_iterator(folder_.path()))
      EXPECT_EQ(file.file_size(), 0u) << file.path();
    EXPECT_EQ(gate_.counts().running, 0u);
    // On the same connection: the slot that was given back last is the next one.
    const auto next = ask("SELECT 7::BIGINT");
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_EQ(next->columns[0].integers.at(0), 3u);
    EXPECT_EQ(next->columns[1].integers.at(0), 7u);
  }

  const TemporaryFolder folder_;
  const std::shared_ptr<LivePart> part_ = std::make_shared<LivePart>();
  QueryGate gate_{{.slots = 2, .waiting_max = 2}};
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineLife, AQueryEndsAtItsDeadline) {
  open();
  ASSERT_TRUE(ask("SELECT 1"));
  std::this_thread::sleep_for(20ms);  // the watchdog has nothing to do, and sleeps
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = ask(kEndless, {begin + 100ms});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::Timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  expect_nothing_is_left();
}

TEST_F(EngineLife, AQueryEndsWhenNobodyWaitsForIt) {
  open();
  std::stop_source nobody_waits;
  ReadLimits limits;
  limits.cancelled = nobody_waits.get_token();
  std::jthread asker([&] {
    const auto outcome = ask(kEndless, limits);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::Cancelled);
  });
  while (engine_->stats().running == 0) std::this_thread::yield();
  std::this_thread::sleep_for(20ms);  // the watchdog has seen it, and sleeps
  nobody_waits.request_stop();
  asker.join();
  expect_nothing_is_left();
  // One that is cancelled before it begins.
  EXPECT_EQ(ask(kEndless, limits).error().code, ErrorCode::Cancelled);
  expect_nothing_is_left();
}

TEST_F(EngineLife, AQueryThatNeedsMoreThanThereIsFails) {
  open(1 << 20);
  const auto outcome = ask(kHungry);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::LimitExceeded) << outcome.error().message;
  EXPECT_THAT(outcome.error().message, HasSubstr("query.spill_bytes"));
  expect_nothing_is_left();
}

TEST_F(EngineLife, AQueryThatSpilledLeavesNothing) {
  open();
  const auto outcome = ask(kHungry);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->columns[1].integers.at(0), 4'000'000u);
  expect_nothing_is_left();
  // Killed while it spills.
  std::stop_source nobody_waits;
  ReadLimits limits;
  limits.cancelled = nobody_waits.get_token();
  std::jthread asker([&] { EXPECT_EQ(ask(kHungry, limits).error().code, ErrorCode::Cancelled); });
  const auto give_up = std::chrono::steady_clock::now() + 5s;
  while (std::filesystem::is_empty(folder_.path()) && std::chrono::steady_clock::now() < give_up)
    std::this_thread::yield();
  nobody_waits.request_stop();
  asker.join();
  expect_nothing_is_left();
}

TEST_F(EngineLife, AResultThatIsTooLargeFails) {
  open();
  SqlStatement statement;
  const auto ask_for = [&](std::string_view sql) {
    statement.text = sql;
    return gate_.run(QueryClass::Short, {},
                     [&](const QueryGate::Slot& slot) { return engine_->query(slot, statement, {}); });
  };
  for (const char* sql : {"SELECT i FROM range(1000000) t(i)", "SELECT repeat('x', 1000) FROM range(10000)",
                          "SELECT i::DOUBLE, i::UTINYINT FROM range(200) t(i), range(1000)"}) {
    const auto outcome = ask_for(sql);
    ASSERT_FALSE(outcome) << sql;
    EXPECT_EQ(outcome.error().code, ErrorCode::LimitExceeded);
    EXPECT_EQ(outcome.error().message, "the query's result has more than 1 MiB");
    expect_nothing_is_left();
  }
  EXPECT_TRUE(ask_for("SELECT i FROM range(100000) t(i)"));
}

}  // namespace
}  // namespace vizsla::store::testing
