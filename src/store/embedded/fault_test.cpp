// The store on a disk that fails, runs full, loses power, and rots: whatever happens, what was acknowledged is there
// exactly once, a payload is there as a whole or not at all, and nothing is ever read that wasn't written.
//
// Seeds: VIZSLA_FAULT_SEEDS (default 1) multiplies the number of runs.

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "base/testing/fake_clock.h"
#include "store/embedded/block_layout.h"
#include "store/embedded/manifest.h"
#include "store/embedded/store.h"
#include "store/embedded/testing/faulty_files.h"
#include "store/testing/append_and_wait.h"
#include "store/testing/oracle_store.h"
#include "store/testing/random_spans.h"
#include "store/testing/show_span.h"
#include "store/testing/stats_conformance.h"
#include "store/testing/temporary_folder.h"

namespace vizsla::store::testing {
namespace {

std::uint64_t seeds(std::uint64_t count) {
  const char* factor = std::getenv("VIZSLA_FAULT_SEEDS");
  return count * (factor == nullptr ? 1 : std::strtoull(factor, nullptr, 10));
}

StoreOptions tiny_options(const std::string& folder) {
  StoreOptions options;
  options.folder = folder;
  options.segment_bytes = 24 << 10;
  options.block_rows = 60;
  options.build_retry = std::chrono::milliseconds(1);
  options.maintenance_memory_bytes = 8 << 10;  // a block in several stripes
  // In the test's own thread, so that a seed does the same each time.
  options.maintenance_enabled = false;
  options.compaction = {.rows_min = 100, .odd_blocks_min = 3};
  options.query_threads = 1;
  options.query_slots = 1;
  options.query_memory_bytes = 64 << 20;
  // Not when spans do: each table is elsewhere in the log.
  options.stats_log_bytes = 40 << 10;
  options.stats.block_rows_max = 40;
  options.stats.merge_blocks = 3;
  return options;
}

enum class Fate {
  Unknown,       // never answered: the power went
  Refused,       // answered with an error
  Acknowledged,  // answered with success
};

// A payload of traces of its own, and with statistics of a service of its own, so that its presence shows in what can
// be read. It may have no spans, or no statistics.
struct Payload {
  Hash128 hash;
  model::SpanBatch batch;
  std::vector<std::uint64_t> traces;
  model::StatsBatch stats;
  std::string service;  // of the statistics; "" without
  Fate fate = Fate::Unknown;
};

// Statistics are asked for in every tier, by the small key and by the full one.
struct StatsPlace {
  std::int64_t step_ns;
  bool small;
};
constexpr StatsPlace kStatsPlaces[] = {
    {10 * kNanosPerSecond, true}, {10 * kNanosPerSecond, false}, {kNanosPerMinute, true},
    {kNanosPerMinute, false},     {10 * kNanosPerMinute, true},  {kNanosPerHour, true},
    {kNanosPerHour, false},       {kNanosPerDay, true},          {kNanosPerDay, false}};
// Of rows to which every payload adds.
constexpr std::string_view kSharedService = "shared";

// What is there of each service, as text; the hits of the shared one.
struct FoundStats {
  std::map<std::string, std::string> services;
  double shared_hits = 0;
  bool any_step = false;  // where damage makes another tier answer
};

void ask_stats(StatsReader& store, StatsPlace place, UnixNanos now, FoundStats& found) {
  query::StatsQuery question;
  question.step_ns = place.step_ns;
  question.time.from_ns = (now / kNanosPerDay - 1) * kNanosPerDay;
  question.time.to_ns = question.time.from_ns + 2 * kNanosPerDay;
  question.group_by = {query::StatsField::Service};
  if (!place.small) question.group_by.push_back(query::StatsField::Resource);
  question.with_sketches = true;
  const auto answer = store.read_stats(question, {});
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_TRUE(found.any_step || answer->step_ns == place.step_ns) << answer->step_ns;
  std::vector<std::string> lines = show_answer(*answer);
  for (const query::StatsGroup& group : answer->groups) {
    const std::string& service = group.values.front();
    if (service == kSharedService) {
      found.shared_hits += group.counts.hits;
    } else {
      std::string& text = found.services[service];
      for (const std::string& line : lines) {
        if (line.starts_with(fmt::format("'{}' ", service))) text += line + "\n";
      }
      std::erase_if(lines, [&](const std::string& line) { return line.starts_with(fmt::format("'{}' ", service)); });
    }
  }
}

std::string shown_trace(const model::SpanSet& set) {
  return fmt::format("{}", fmt::join(show(set), "\n"));
}

// What was sent, and how it must look: kept outside the store, survives everything.
class Sender {
 public:
  explicit Sender(std::uint64_t seed) : random_(seed) {}

  const Clock& clock() const { return clock_; }
  std::vector<Payload>& payloads() { return payloads_; }

  // Sends one more payload, or, sometimes, one again that was not acknowledged, as a client does.
  void send(EmbeddedStore& store) {
    clock_.advance(std::chrono::milliseconds(random_.below(3000)));
    if (random_.one_in(3)) {
      for (Payload& old : payloads_) {
        if (old.fate != Fate::Acknowledged && random_.one_in(2)) {
          append(store, old);
          return;
        }
      }
    }
    append(store, payloads_.emplace_back(make_payload()));
  }

  // What an owner and the store's own thread do beside: merge, delete, pin. Any of it may fail.
  void tidy(EmbeddedStore& store) {
    const auto any_trace = [&]() -> std::uint64_t {
      const Payload& payload = payloads_[random_.below(payloads_.size())];
      return payload.traces.empty() ? 1 : payload.traces[random_.below(payload.traces.size())];
    };
    switch (random_.below(4)) {
      case 0:
        std::ignore = store.pin_trace({any_trace(), 0});
        break;
      case 1: {
        const std::uint64_t trace = any_trace();
        const bool gone = store.delete_spans({.trace = {trace, 0}, .terms = {}}).has_value();
        // A payload that isn't acknowledged yet may be sent again, and is then there.
        const bool settled = std::all_of(payloads_.begin(), payloads_.end(), [&](const Payload& payload) {
          return payload.fate == Fate::Acknowledged ||
                 std::find(payload.traces.begin(), payload.traces.end(), trace) == payload.traces.end();
        });
        Deleted& fate = deleted_.try_emplace(trace, Deleted::Perhaps).first->second;
        if (gone && settled) fate = Deleted::Surely;
        break;
      }
      case 2:
        std::ignore = store.maintain();
        break;
      default:
        std::ignore = store.flush();
        std::ignore = store.maintain();
    }
  }

  // After a restart: the intake takes the hashes that the store remembers for acknowledged, and answers them so.
  void resume(const EmbeddedStore& store) {
    recent_.clear();
    for (const StoredPayload& payload : store.recent_payloads()) recent_.insert({payload.hash.low, payload.hash.high});
  }

  // Everything above, asked of the store.
  void check(EmbeddedStore& store, const std::string& where) {
    std::set<std::string> counted;
    ASSERT_NO_FATAL_FAILURE(check_stats(store, where, counted));
    std::uint64_t spans = 0;
    for (const Payload& payload : payloads_) {
      std::size_t there = 0;
      std::size_t gone = 0;
      for (const std::uint64_t trace : payload.traces) {
        const auto read = store.read_trace({trace, 0}, SpanDetail::Everything, {});
        ASSERT_TRUE(read) << where << ": " << read.error().message;
        if (const auto deleted = deleted_.find(trace); deleted != deleted_.end()) {
          ASSERT_TRUE(deleted->second == Deleted::Perhaps || read->empty()) << where << ": a deleted trace is back";
          if (read->empty()) {
            ++gone;
            continue;
          }
        }
        if (read->empty()) continue;
        ++there;
        spans += read->size();
        ASSERT_EQ(shown_trace(*read), expected_.at(trace)) << where;
      }
      if (payload.fate == Fate::Acknowledged) {
        ASSERT_EQ(there + gone, payload.traces.size()) << where << ": an acknowledged payload isn't there";
      } else {
        ASSERT_TRUE(there == 0 || there + gone == payload.traces.size()) << where << ": half a payload is there";
        // What is gone may never have been there.
        if (!payload.service.empty() && !payload.traces.empty() && gone == 0) {
          ASSERT_EQ(there > 0, counted.contains(payload.service))
              << where << ": the spans of a payload are there without its statistics, or these without them";
        }
      }
    }
    // Rows that were deleted may still lie there.
    if (deleted_.empty()) {
      ASSERT_EQ(store.span_count(), spans) << where << ": something is there twice";
    }
    // The same by a search.
    query::SpanSearch all;
    all.time = {0, std::numeric_limits<UnixNanos>::max()};
    all.limit = 1'000'000;
    const auto page = store.search(all, SpanDetail::Outline, {});
    ASSERT_TRUE(page) << where << ": " << page.error().message;
    ASSERT_EQ(page->spans.size(), spans) << where;
  }

  // The statistics of each payload that was acknowledged are there once, of others once or not at all, in every tier.
  // `counted` becomes the services of those that are.
  void check_stats(EmbeddedStore& store, const std::string& where, std::set<std::string>& counted) {
    std::optional<std::set<std::string>> before;
    for (std::size_t place = 0; place < std::size(kStatsPlaces); ++place) {
      SCOPED_TRACE(fmt::format("{}, statistics of tier {}", where, place));
      FoundStats found;
      ASSERT_NO_FATAL_FAILURE(ask_stats(store, kStatsPlaces[place], clock_.now(), found));
      counted.clear();
      std::size_t known = 0;
      for (const Payload& payload : payloads_) {
        if (payload.service.empty()) continue;
        const auto there = found.services.find(payload.service);
        if (there == found.services.end()) {
          ASSERT_NE(payload.fate, Fate::Acknowledged) << "acknowledged statistics aren't there";
          continue;
        }
        ASSERT_EQ(there->second, expected_stats_.at(payload.service)[place]);
        counted.insert(payload.service);
      }
      known = counted.size();
      ASSERT_EQ(found.services.size(), known) << "something is there that nobody sent";
      ASSERT_EQ(found.shared_hits, static_cast<double>(known)) << "what payloads share isn't counted once each";
      ASSERT_EQ(counted, before.value_or(counted)) << "tiers differ";
      before = counted;
    }
  }

  // How many tiers have less than everything, and how many payloads are missing in one at most. What is there is as it
  // was sent in all but them.
  void check_what_is_left(EmbeddedStore& store, std::size_t& tiers_short, std::size_t& lost) {
    for (std::size_t place = 0; place < std::size(kStatsPlaces); ++place) {
      FoundStats found;
      found.any_step = true;
      ASSERT_NO_FATAL_FAILURE(ask_stats(store, kStatsPlaces[place], clock_.now(), found));
      std::size_t missing = 0;
      std::size_t sent = 0;
      for (const Payload& payload : payloads_) {
        if (payload.service.empty()) continue;
        ++sent;
        const auto there = found.services.find(payload.service);
        if (there == found.services.end() || there->second != expected_stats_.at(payload.service)[place]) ++missing;
      }
      EXPECT_LE(found.shared_hits, static_cast<double>(sent));
      EXPECT_LE(found.services.size(), sent);
      if (missing > 0 || found.shared_hits < static_cast<double>(sent)) ++tiers_short;
      lost = std::max(lost, missing);
    }
  }

  RandomSpans& random() { return random_; }

  [[nodiscard]] std::set<std::string> expected_spans(std::uint64_t trace) const {
    std::set<std::string> spans;
    const std::string& text = expected_.at(trace);
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      spans.insert(text.substr(at, end - at));
      at = end + 1;
    }
    return spans;
  }

  [[nodiscard]] std::uint64_t spans() const {
    std::uint64_t sum = 0;
    for (const Payload& payload : payloads_) sum += payload.batch.size();
    return sum;
  }

  [[nodiscard]] std::uint64_t largest_payload() const {
    std::uint64_t largest = 0;
    for (const Payload& payload : payloads_) largest = std::max<std::uint64_t>(largest, payload.batch.size());
    return largest;
  }

 private:
  Payload make_payload() {
    Payload payload;
    const std::uint64_t number = payloads_.size() + 1;
    payload.hash = {number, ~number};
    OracleStore oracle(clock_);
    const std::uint64_t kind = random_.below(4);  // spans alone, statistics alone, or both
    if (kind != 0) {
      payload.service = fmt::format("payload-{}", number);
      payload.stats = make_stats(payload.service);
      EXPECT_TRUE(append_and_wait(oracle, {}, {}, payload.stats));
      auto& expected = expected_stats_[payload.service];
      for (const StatsPlace place : kStatsPlaces) {
        FoundStats found;
        ask_stats(oracle, place, clock_.now(), found);
        expected.push_back(found.services.at(payload.service));
      }
    }
    if (kind == 1) return payload;
    model::testing::BatchBuilder builder;
    const std::uint64_t chunks = 1 + random_.below(3);
    for (std::uint64_t i = 0; i < chunks; ++i) {
      const std::uint64_t trace = number * 10 + i;
      payload.traces.push_back(trace);
      const std::uint64_t spans = random_.one_in(10) ? 30 : 1 + random_.below(5);
      for (std::uint64_t s = 0; s < spans; ++s) {
        builder.span({.trace = trace,
                      .span = s + 1,
                      .parent = s,
                      .service = random_.one_in(2) ? "web" : "db",
                      .start = clock_.now() - static_cast<UnixNanos>(random_.below(3 * kNanosPerHour)),
                      .error = random_.one_in(5),
                      .meta = {{"key", fmt::format("value {}", random_.random())}, {"payload", std::to_string(number)}},
                      .metrics = {{"n", static_cast<double>(s)}}});
      }
      builder.chunk();
    }
    payload.batch = builder.build_normalized();
    EXPECT_TRUE(append_and_wait(oracle, payload.batch));
    for (const std::uint64_t trace : payload.traces)
      expected_[trace] = shown_trace(*oracle.read_trace({trace, 0}, SpanDetail::Everything, {}));
    return payload;
  }

  // Rows of `service`, of which some add up, and one of what all payloads share.
  model::StatsBatch make_stats(const std::string& service) {
    const UnixNanos bucket = clock_.now() / model::kStatsBucketNs * model::kStatsBucketNs;
    model::StatsBatch stats = random_stats(random_.random, bucket - 3 * kNanosPerHour, bucket, 2 + random_.below(6));
    for (model::StatsKey& key : stats.key) key.text(model::StatsText::Service) = stats.strings.intern(service);
    stats.key.back() = {};
    stats.key.back().text(model::StatsText::Service) = stats.strings.intern(kSharedService);
    stats.counts.back() = {.hits = 1, .top_level_hits = 0, .errors = 0, .duration_ns = 0, .max_duration_ns = 0};
    stats.bucket_ns.back() = bucket - 10 * kNanosPerMinute;
    stats.ok_bins.back() = stats.error_bins.back() = 0;
    return stats;
  }

  void append(EmbeddedStore& store, Payload& payload) {
    if (recent_.contains({payload.hash.low, payload.hash.high})) {
      payload.fate = Fate::Acknowledged;
      return;
    }
    payload.fate =
        append_and_wait(store, payload.batch, payload.hash, payload.stats) ? Fate::Acknowledged : Fate::Refused;
  }

  enum class Deleted { Perhaps, Surely };

  RandomSpans random_;
  vizsla::testing::FakeClock clock_;
  std::vector<Payload> payloads_;
  std::map<std::uint64_t, Deleted> deleted_;  // by trace
  std::map<std::uint64_t, std::string> expected_;
  std::map<std::string, std::vector<std::string>> expected_stats_;  // by service, of each of kStatsPlaces
  std::set<std::pair<std::uint64_t, std::uint64_t>> recent_;
};

class Faults : public ::testing::Test {
 protected:
  void SetUp() override { log::set_level(log::Level::Off); }
  void TearDown() override { log::set_level(log::Level::Info); }

  void empty_folder() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      std::filesystem::remove_all(entry.path());
  }

  // One life of the store: opens it, sends `payloads`, closes it. A disk that is made to fail may end it early.
  Result<void> live(Sender& sender, FaultyFiles& files, int payloads) {
    VIZSLA_TRY(const auto store, EmbeddedStore::open(tiny_options(folder_.path()), files, sender.clock()));
    sender.resume(*store);
    for (int i = 0; i < payloads && !files.crashed(); ++i) {
      sender.send(*store);
      if (sender.random().one_in(8)) sender.tidy(*store);
    }
    return {};
  }

  // How many calls the first sender's life makes when nothing goes wrong.
  void count_steps(std::uint64_t& steps) {
    FaultyFiles files(1);
    Sender sender(1);
    ASSERT_TRUE(live(sender, files, 40));
    steps = files.steps();
  }

  void check(Sender& sender, FaultyFiles& files, const std::string& where) {
    const auto store = EmbeddedStore::open(tiny_options(folder_.path()), files, sender.clock());
    ASSERT_TRUE(store) << where << ": " << store.error().message;
    sender.check(**store, where);
  }

  const TemporaryFolder folder_;
};

TEST_F(Faults, PowerIsCutAtAnyStep) {
  for (std::uint64_t seed = 1; seed <= seeds(8); ++seed) {
    empty_folder();
    FaultyFiles files(seed);
    Sender sender(seed);
    for (int life = 0; life < 4; ++life) {
      // Early steps too: the power goes again while the store gets up.
      files.set({.crash_at = files.steps() + 1 + sender.random().below(sender.random().one_in(3) ? 12 : 250)});
      std::ignore = live(sender, files, 60);
      files.crash(folder_.path());
      ASSERT_NO_FATAL_FAILURE(check(sender, files, fmt::format("seed {} life {}", seed, life)));
    }
  }
}

// One call in some twenty, unless VIZSLA_FAULT_SEEDS says more.
TEST_F(Faults, PowerIsCutAtEachCall) {
  std::uint64_t steps = 0;
  ASSERT_NO_FATAL_FAILURE(count_steps(steps));
  for (std::uint64_t step = 1; step <= steps; step += std::max<std::uint64_t>(1, steps / seeds(60))) {
    empty_folder();
    FaultyFiles files(step);
    Sender sender(1);
    files.set({.crash_at = step});
    std::ignore = live(sender, files, 40);
    files.crash(folder_.path());
    ASSERT_NO_FATAL_FAILURE(check(sender, files, fmt::format("call {} of {}", step, steps)));
  }
}

TEST_F(Faults, AnyOneCallFails) {
  std::uint64_t steps = 0;
  ASSERT_NO_FATAL_FAILURE(count_steps(steps));
  for (std::uint64_t step = 1; step <= steps; step += 1 + steps / seeds(25)) {
    empty_folder();
    FaultyFiles files(step);
    Sender sender(1);
    files.set({.fail_at = step});
    std::ignore = live(sender, files, 40);
    files.set({});
    ASSERT_NO_FATAL_FAILURE(check(sender, files, fmt::format("step {}", step)));
  }
}

// A sync that failed, a cut that failed with it, and then the power: what was refused may come back from the dead, and
// must not take the place of its acknowledged repetition.
TEST_F(Faults, ManyCallsFailAndThenThePowerGoes) {
  for (std::uint64_t seed = 1; seed <= seeds(8); ++seed) {
    empty_folder();
    FaultyFiles files(seed);
    Sender sender(seed);
    for (int life = 0; life < 3; ++life) {
      files.set(
          {.fail_one_in = 5 + sender.random().below(30), .crash_at = files.steps() + 60 + sender.random().below(300)});
      std::ignore = live(sender, files, 60);
      files.crash(folder_.path());
      ASSERT_NO_FATAL_FAILURE(check(sender, files, fmt::format("seed {} life {}", seed, life)));
    }
  }
}

TEST_F(Faults, TheDiskRunsFullAndIsMadeRoomOn) {
  for (std::uint64_t seed = 1; seed <= seeds(3); ++seed) {
    empty_folder();
    FaultyFiles files(seed);
    Sender sender(seed);
    {
      const auto store = EmbeddedStore::open(tiny_options(folder_.path()), files, sender.clock()).value();
      files.set({.bytes_left = sender.random().below(40'000)});
      int refused = 0;
      for (int i = 0; i < 60; ++i) {
        sender.send(*store);
        if (!store->health()) ++refused;
      }
      ASSERT_GT(refused, 0);
      ASSERT_EQ(store->health().error().code, ErrorCode::Unavailable);
      ASSERT_NO_FATAL_FAILURE(sender.check(*store, fmt::format("seed {}, full", seed)));
      files.set({});
      sender.send(*store);
      ASSERT_EQ(sender.payloads().back().fate != Fate::Unknown, true);
      ASSERT_TRUE(store->health()) << "it doesn't recover by itself";
      ASSERT_TRUE(store->flush());
      ASSERT_NO_FATAL_FAILURE(sender.check(*store, fmt::format("seed {}, room again", seed)));
    }
    ASSERT_NO_FATAL_FAILURE(check(sender, files, fmt::format("seed {}, reopened", seed)));
  }
}

// At each write there is: of the log, of blocks old and merged, of manifests, pinned traces and hash files. One in four
// of them unless VIZSLA_FAULT_SEEDS is 4 or more.
TEST_F(Faults, TheDiskIsFullAtEachWrite) {
  constexpr int kPayloads = 24;
  // Gives how many writes there were.
  const auto live_with_room_from = [&](Sender& sender, FaultyFiles& files, int room_from) {
    const auto store = EmbeddedStore::open(tiny_options(folder_.path()), files, sender.clock());
    for (int i = 0; i < kPayloads && store; ++i) {
      if (i == room_from) files.set({});
      sender.send(**store);
      if (i % 3 == 2) sender.tidy(**store);
    }
    files.set({});
    if (store) {
      sender.send(**store);
      EXPECT_TRUE((*store)->health()) << "it doesn't recover by itself";
      EXPECT_TRUE((*store)->flush());
      EXPECT_TRUE((*store)->maintain());
      sender.check(**store, "room again");
    }
    return files.writes();
  };
  std::uint64_t writes = 0;
  {
    FaultyFiles files(1);
    Sender sender(1);
    writes = live_with_room_from(sender, files, 0);
    ASSERT_GT(writes, 100u);
  }
  for (std::uint64_t write = 1; write <= writes; write += std::max<std::uint64_t>(1, writes / seeds(115))) {
    SCOPED_TRACE(fmt::format("write {} of {}", write, writes));
    empty_folder();
    FaultyFiles files(write);
    Sender sender(1);
    files.set({.full_from = write});
    live_with_room_from(sender, files, static_cast<int>(write % kPayloads));
    ASSERT_NO_FATAL_FAILURE(check(sender, files, "reopened"));
    ASSERT_FALSE(HasFailure());
  }
}

// One byte of one file differs. What is read is what was written; what is missing lay in that file, and is reported.
TEST_F(Faults, AnyOneByteRots) {
  std::mt19937_64 random(1);
  // Written once, copied for each run.
  const TemporaryFolder original;
  Sender sender(1);
  std::map<std::string, std::uint64_t> block_rows;
  std::uint64_t pinned = 0;
  {
    const auto files = make_posix_files();
    StoreOptions options = tiny_options(original.path());
    options.stats.block_rows_max = 10'000;  // few files
    options.stats.merge_blocks = 2;
    const auto store = EmbeddedStore::open(options, *files, sender.clock()).value();
    for (int i = 0; i < 25; ++i) sender.send(*store);
    ASSERT_TRUE(store->flush());
    ASSERT_TRUE(store->maintain());
    const auto with_spans = std::find_if(sender.payloads().begin(), sender.payloads().end(),
                                         [](const Payload& payload) { return !payload.traces.empty(); });
    ASSERT_TRUE(store->pin_trace({with_spans->traces.front(), 0}));
    pinned = store->pinned_traces().value().at(0).spans;
    for (int i = 0; i < 10; ++i) sender.send(*store);
    ASSERT_TRUE(store->flush());
    for (int i = 0; i < 8; ++i) sender.send(*store);
    for (const Payload& payload : sender.payloads()) ASSERT_EQ(payload.fate, Fate::Acknowledged);
  }
  const Manifest manifest = read_manifest(*make_posix_files(), original.path() + "/spans").value().manifest;
  for (const BlockInfo& block : manifest.blocks) {
    for (const std::string& name : block_file_names(block.id)) block_rows["spans/" + name] = block.rows;
  }
  std::vector<std::filesystem::path> candidates;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(original.path())) {
    if (entry.is_regular_file() && entry.file_size() > 0)
      candidates.push_back(std::filesystem::relative(entry.path(), original.path()));
  }
  std::sort(candidates.begin(), candidates.end());
  ASSERT_GT(candidates.size(), 8u);

  std::set<std::string> kinds;
  for (std::uint64_t run = 0; run < seeds(candidates.size()); ++run) {
    empty_folder();
    std::filesystem::copy(original.path(), folder_.path(), std::filesystem::copy_options::recursive);
    const std::filesystem::path& chosen = candidates[run % candidates.size()];
    const std::string path = folder_.path() / chosen;
    const std::uint64_t at = random() % std::filesystem::file_size(path);
    {
      std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
      file.seekg(static_cast<std::streamoff>(at));
      const char flipped = static_cast<char>(file.get() ^ (1 << (random() % 8)));
      file.seekp(static_cast<std::streamoff>(at));
      file.put(flipped);
      ASSERT_TRUE(file.good());
    }
    const std::string where = fmt::format("byte {} of {}", at, chosen.string());
    SCOPED_TRACE(where);
    kinds.insert(chosen.extension());

    const auto files = make_posix_files();
    const auto opened = EmbeddedStore::open(tiny_options(folder_.path()), *files, sender.clock());
    if (chosen == "FORMAT") {
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error().code, ErrorCode::Unsupported);
      continue;
    }
    ASSERT_TRUE(opened) << opened.error().message;
    EmbeddedStore& store = **opened;
    query::SpanSearch all;
    all.time = {0, std::numeric_limits<UnixNanos>::max()};
    all.limit = 1'000'000;
    const auto check_search = [&](std::uint64_t expected) {
      const auto page = store.search(all, SpanDetail::Everything, {});
      ASSERT_TRUE(page) << page.error().message;
      EXPECT_EQ(page->spans.size(), expected);
    };
    std::uint64_t there = 0;
    const auto check_traces = [&] {
      there = 0;
      for (const Payload& payload : sender.payloads()) {
        for (const std::uint64_t trace : payload.traces) {
          const auto read = store.read_trace({trace, 0}, SpanDetail::Everything, {});
          ASSERT_TRUE(read) << read.error().message;
          const std::set<std::string> expected = sender.expected_spans(trace);
          for (const std::string& span : show(*read)) EXPECT_TRUE(expected.contains(span)) << span;
          there += read->size();
        }
      }
    };
    std::size_t tiers_short = 0;
    std::size_t stats_lost = 0;
    ASSERT_NO_FATAL_FAILURE(sender.check_what_is_left(store, tiers_short, stats_lost));
    if (chosen.extension() == ".stats") {
      EXPECT_EQ(tiers_short, 0u) << "another tier has the same sums";
      EXPECT_EQ(store.stats().quarantined_blocks, 1u);
    } else if (chosen.extension() == ".log") {
      EXPECT_LE(stats_lost, 1u);
      EXPECT_EQ(tiers_short, stats_lost > 0 ? std::size(kStatsPlaces) : 0);
    } else {
      EXPECT_EQ(tiers_short, 0u);
    }
    // Either may be the one that finds it, and both must agree on what is left.
    if (run % 2 == 0) {
      ASSERT_TRUE(store.search(all, SpanDetail::Everything, {}));
    }
    ASSERT_NO_FATAL_FAILURE(check_traces());
    if (run % 2 == 1) {
      ASSERT_TRUE(store.search(all, SpanDetail::Everything, {}));
      ASSERT_NO_FATAL_FAILURE(check_traces());
    }
    // Spans of the pinned trace that are gone from their block are still found, by their id alone.
    const std::uint64_t only_pinned = there - store.span_count();
    EXPECT_LE(only_pinned, pinned);
    check_search(there - only_pinned);
    const std::uint64_t lost = sender.spans() - there + only_pinned;
    const auto block = block_rows.find(chosen);
    if (block != block_rows.end()) {
      // A byte that nobody needs (padding, the magic at the end) may go unnoticed; else it costs the block, no less.
      EXPECT_THAT(lost, ::testing::AnyOf(0u, block->second));
      EXPECT_EQ(store.stats().quarantined_blocks, lost > 0 ? 1u : 0u);
    } else if (chosen.extension() == ".log") {
      EXPECT_LE(lost, sender.largest_payload());
    } else {
      EXPECT_EQ(lost, 0u);
    }
  }
  EXPECT_THAT(kinds, ::testing::IsSupersetOf({".parquet", ".index", ".json", ".log", ".payloads", ".stats"}));
}

}  // namespace
}  // namespace vizsla::store::testing
