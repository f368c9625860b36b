// fsck finds whatever is wrong with a folder, wherever it is; repairs what can be repaired and loses what it says it
// loses, no more; and may itself be cut short.
//
// Seeds: VIZSLA_FAULT_SEEDS (default 1) multiplies the number of runs.
#include "store/embedded/fsck.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/testing/fake_clock.h"
#include "store/embedded/backup.h"
#include "store/embedded/block_filter.h"
#include "store/embedded/block_layout.h"
#include "store/embedded/block_rebuild.h"
#include "store/embedded/manifest.h"
#include "store/embedded/span_table.h"
#include "store/embedded/store.h"
#include "store/embedded/testing/faulty_files.h"
#include "store/testing/append_and_wait.h"
#include "store/testing/random_spans.h"
#include "store/testing/show_span.h"
#include "store/testing/stats_conformance.h"
#include "store/testing/temporary_folder.h"

namespace vizsla::store::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Severity = Finding::Severity;
namespace fs = std::filesystem;

std::uint64_t seeds(std::uint64_t count) {
  const char* factor = std::getenv("VIZSLA_FAULT_SEEDS");
  return count * (factor == nullptr ? 1 : std::strtoull(factor, nullptr, 10));
}

auto is(Severity severity, const std::string& where, const std::string& what) {
  return AllOf(Field(&Finding::severity, severity), Field(&Finding::where, HasSubstr(where)),
               Field(&Finding::what, HasSubstr(what)));
}

class FsckTest : public ::testing::Test {
 protected:
  void SetUp() override { log::set_level(log::Level::Off); }
  void TearDown() override { log::set_level(log::Level::Info); }

  [[nodiscard]] std::string path(std::string_view name) const { return fmt::format("{}/data/{}", root_.path(), name); }
  [[nodiscard]] std::string folder() const { return root_.path() + "/data"; }

  [[nodiscard]] StoreOptions options() const {
    StoreOptions options;
    options.folder = folder();
    options.segment_bytes = 40 << 10;
    options.block_rows = 1'000'000;  // only when they are flushed
    options.blocks.row_group_rows = 150;
    options.maintenance_enabled = false;
    options.compaction = {.rows_min = 1, .odd_blocks_min = 2};
    options.query_threads = 1;
    options.query_slots = 2;
    options.stats.block_rows_max = 1'000'000;  // a file in each tier
    return options;
  }
  [[nodiscard]] std::unique_ptr<EmbeddedStore> open(Files& files) const {
    auto store = EmbeddedStore::open(options(), files, clock_);
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }

  // A folder of its own for each run, filled once: merged blocks, others, rows in several segments, hashes of payloads.
  void fill() {
    fs::remove_all(folder());
    constexpr auto kAll = fs::copy_options::recursive;
    if (!spans_.empty()) {
      fs::copy(filled_.path(), folder(), kAll);
      return;
    }
    FaultyFiles fast(1);
    RandomSpans random(1);
    std::uint64_t payload = 0;
    const auto send = [&](EmbeddedStore& store, int payloads, bool with_stats = true) {
      for (int i = 0; i < payloads; ++i) {
        clock_.advance(std::chrono::seconds(2));
        const auto batch = random.payload(1 + random.below(3), clock_.now());
        largest_payload_ = std::max<std::uint64_t>(largest_payload_, batch.size());
        const UnixNanos now = clock_.now() / model::kStatsBucketNs * model::kStatsBucketNs;
        const auto stats = with_stats && random.below(3) != 0
                               ? random_stats(random.random, now - kNanosPerHour, now, 1 + random.below(4))
                               : model::StatsBatch{};
        ASSERT_TRUE(append_and_wait(store, batch, {++payload, payload}, stats));
      }
    };
    {
      const auto store = open(fast);
      for (int i = 0; i < 2; ++i) {
        send(*store, 25, i == 0);
        ASSERT_TRUE(store->flush());
      }
      ASSERT_TRUE(store->maintain());
      send(*store, 20, false);
      ASSERT_TRUE(store->flush());
      while (store->stats().log_segments > 1) std::this_thread::yield();
      ASSERT_TRUE(store->pin_trace({5, 0}));
      ASSERT_TRUE(store->pin_trace({6, 0}));
      SpanDeletion nothing;
      nothing.trace = {123'456'789, 0};
      ASSERT_TRUE(store->delete_spans(nothing));
      send(*store, 15);
    }
    const auto store = open(fast);
    send(*store, 3);
    spans_ = all_spans(*store);
    stats_ = all_stats(*store);
    ASSERT_EQ(store->span_count(), spans_.size());
    ASSERT_GT(spans_.size(), 500u);
    std::set<std::string> kinds;
    for (const auto& entry : fs::recursive_directory_iterator(folder())) kinds.insert(entry.path().extension());
    ASSERT_TRUE(kinds.contains(".parquet") && kinds.contains(".log") && kinds.contains(".payloads") &&
                kinds.contains(".stats"));
    fs::copy(folder(), filled_.path(), kAll);
  }

  // Everything that can be searched, as text.
  [[nodiscard]] static std::multiset<std::string> all_spans(EmbeddedStore& store) {
    query::SpanSearch all;
    all.time = {std::numeric_limits<UnixNanos>::min(), std::numeric_limits<UnixNanos>::max()};
    all.limit = 1'000'000;
    const auto page = store.search(all, SpanDetail::Everything, {});
    EXPECT_TRUE(page) << page.error().message;
    std::multiset<std::string> spans;
    if (page) {
      for (std::string& span : show(page->spans)) spans.insert(std::move(span));
    }
    return spans;
  }

  // All of the statistics, by tier.
  struct TierAnswer {
    std::int64_t resolution_ns;
    bool small;
    std::vector<std::string> lines;
    double hits;
  };
  [[nodiscard]] std::vector<TierAnswer> all_stats(EmbeddedStore& store) const {
    std::vector<TierAnswer> tiers;
    for (const std::int64_t resolution_ns : {10 * kNanosPerSecond, kNanosPerMinute, kNanosPerHour}) {
      for (const bool small : {true, false}) {
        query::StatsQuery question;
        question.step_ns = resolution_ns;
        question.time.to_ns = (clock_.now() / kNanosPerHour + 1) * kNanosPerHour;
        question.time.from_ns = question.time.to_ns - 4 * kNanosPerHour;
        question.group_by = {query::StatsField::Service};
        if (!small) question.group_by.push_back(query::StatsField::Resource);
        question.with_points = question.with_sketches = true;
        const auto answer = store.read_stats(question, {});
        EXPECT_TRUE(answer) << answer.error().message;
        double hits = 0;
        for (const query::StatsGroup& group : answer->groups) hits += group.counts.hits;
        tiers.push_back({resolution_ns, small, show_answer(*answer), hits});
      }
    }
    return tiers;
  }

  // Where a tier has lost a block another one answers, coarser if need be; what the log lost is in none of them.
  void expect_the_other_tiers(EmbeddedStore& store, const FsckReport& report, const std::string& where) const {
    const Manifest before = read_manifest(*files_, filled_.path() + "/stats").value().manifest;
    bool log_lost = false;
    std::vector<BlockInfo> lost;
    for (const Loss& loss : report.losses) {
      log_lost = log_lost || loss.where.starts_with("log/");
      for (const BlockInfo& block : before.blocks) {
        if (loss.where == "stats/" + stats_block_name(block.id)) lost.push_back(block);
      }
    }
    const std::vector<TierAnswer> left = all_stats(store);
    for (std::size_t i = 0; i < left.size(); ++i) {
      const bool is_finest = std::any_of(lost.begin(), lost.end(), [&](const BlockInfo& block) {
        return block.resolution_ns == left[i].resolution_ns && !block.small && i < 2;
      });
      if (is_finest && !left[i].small && !log_lost) {
        EXPECT_EQ(left[i].hits, stats_[i].hits) << where;
      } else if (log_lost) {
        EXPECT_LE(left[i].hits, stats_[i].hits) << where;
      } else {
        EXPECT_EQ(left[i].lines, stats_[i].lines) << where;
      }
    }
  }

  [[nodiscard]] Result<FsckReport> fsck(Files& files, bool repair = false) const {
    FsckOptions options;
    options.folder = folder();
    options.repair = repair;
    options.progress = [](std::uint64_t done, std::uint64_t total) { EXPECT_LE(done, total); };
    return check_folder(files, options);
  }
  [[nodiscard]] FsckReport check() const {
    auto report = fsck(*files_);
    EXPECT_TRUE(report) << report.error().message;
    return report ? std::move(*report) : FsckReport{};
  }
  [[nodiscard]] FsckReport repair() const {
    auto report = fsck(*files_, true);
    EXPECT_TRUE(report) << report.error().message;
    return report ? std::move(*report) : FsckReport{};
  }

  // Opens without a complaint, and has all but what `report` says is lost.
  void expect_the_rest(const FsckReport& report, const std::string& where) {
    FaultyFiles fast(1);
    fast.adopt(root_.path());
    const auto store = open(fast);
    ASSERT_NE(store, nullptr) << where;
    const auto left = all_spans(*store);
    ASSERT_TRUE(std::includes(spans_.begin(), spans_.end(), left.begin(), left.end())) << where;
    std::uint64_t lost = 0;
    bool exact = true;
    for (const Loss& loss : report.losses) {
      if (loss.where.starts_with("kept/") || loss.of_statistics) continue;  // nothing that is searched
      lost += loss.rows;
      exact = exact && loss.known == Loss::Rows::Exact;
    }
    if (exact) {
      EXPECT_EQ(left.size() + lost, spans_.size()) << where;
    } else {
      EXPECT_LE(left.size(), spans_.size()) << where;
    }
    expect_the_other_tiers(*store, report, where);
    EXPECT_EQ(store->span_count(), left.size()) << where;
    EXPECT_EQ(store->stats().damaged_bytes, 0u) << where;
    EXPECT_EQ(store->stats().quarantined_blocks, 0u) << where;
  }

  [[nodiscard]] std::map<std::string, std::string> content() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder())) {
      if (!entry.is_regular_file() || entry.path().filename() == "LOCK") continue;
      files[fs::relative(entry.path(), folder())] = read(fs::relative(entry.path(), folder()).string());
    }
    return files;
  }

  [[nodiscard]] std::string read(std::string_view name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(std::string_view name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
  }
  void flip_bit(std::string_view name, std::uint64_t byte, unsigned bit = 0) const {
    std::string bytes = read(name);
    char& flipped = bytes[byte % bytes.size()];
    flipped = static_cast<char>(flipped ^ (1 << bit));
    write(name, bytes);
  }

  [[nodiscard]] std::string last_segment() const {
    std::string last;
    for (const auto& [name, bytes] : content()) {
      if (name.ends_with(".log")) last = name;
    }
    return last;
  }

  [[nodiscard]] Manifest manifest() const { return read_manifest(*files_, path("spans")).value().manifest; }
  void write(const Manifest& manifest) const { ASSERT_TRUE(write_manifest(*files_, path("spans"), manifest)); }

  const TemporaryFolder root_;
  const TemporaryFolder filled_;
  const std::unique_ptr<Files> files_ = make_posix_files();
  vizsla::testing::FakeClock clock_;
  std::multiset<std::string> spans_;
  std::vector<TierAnswer> stats_;
  std::uint64_t largest_payload_ = 0;
};

TEST_F(FsckTest, FindsNothingInASoundFolder) {
  fill();
  const auto before = content();
  const FsckReport report = check();
  for (const Finding& finding : report.findings) ADD_FAILURE() << finding.where << ": " << finding.what;
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(report.tables, 3u);
  EXPECT_EQ(report.blocks, manifest().blocks.size() + 2 + 9) << "two traces are pinned, and there are nine tiers";
  EXPECT_GT(report.segments, 1u);
  EXPECT_GT(report.frames, 10u);
  EXPECT_THAT(repair().findings, IsEmpty());
  EXPECT_EQ(content(), before);
}

TEST_F(FsckTest, FindsNothingInAnEmptyFolder) {
  open(*files_).reset();
  EXPECT_THAT(check().findings, IsEmpty());
}

TEST_F(FsckTest, FindsAnyFlippedBitAndRepairsWhatCanBe) {
  fill();
  std::vector<std::string> names;
  for (const auto& [name, bytes] : content()) {
    if (!bytes.empty()) names.push_back(name);
  }
  std::mt19937_64 random(1);
  std::map<std::string, int> kinds;
  for (std::uint64_t run = 0; run < seeds(3) * names.size() / 2; ++run) {
    fill();
    const std::string& name = names[run % names.size()];
    flip_bit(name, random(), static_cast<unsigned>(random() % 8));
    SCOPED_TRACE(fmt::format("run {}: {}", run, name));
    const auto before = content();
    const auto looked = fsck(*files_);
    ASSERT_EQ(content(), before) << "looking changes nothing";
    if (!looked) {
      // One bit makes it another version.
      ASSERT_EQ(looked.error().code, ErrorCode::Unsupported);
      ASSERT_EQ(name, "FORMAT");
      continue;
    }
    ASSERT_FALSE(looked->sound());
    const FsckReport repaired = repair();
    EXPECT_EQ(repaired.losses.size(), looked->losses.size());
    const std::string kind = fs::path(name).extension();
    ++kinds[kind];
    if (kind == ".parquet" || kind == ".stats") {
      ASSERT_THAT(repaired.losses, SizeIs(1));
      EXPECT_EQ(repaired.losses.front().where, name);
      EXPECT_GT(repaired.losses.front().from, 0);
      EXPECT_FALSE(repaired.sound());
    } else if (kind == ".log") {
      for (const Loss& loss : repaired.losses) EXPECT_LE(loss.rows, largest_payload_);
    } else {
      EXPECT_THAT(repaired.losses, IsEmpty());
      EXPECT_TRUE(repaired.sound());
    }
    const FsckReport again = check();
    for (const Finding& finding : again.findings) {
      EXPECT_EQ(finding.severity, Severity::Note) << finding.where << ": " << finding.what;
      EXPECT_THAT(finding.where, HasSubstr("quarantine/"));
    }
    ASSERT_NO_FATAL_FAILURE(expect_the_rest(repaired, name));
  }
  EXPECT_THAT(kinds, SizeIs(8)) << "FORMAT has no extension";
}

TEST_F(FsckTest, MakesAnIndexAnewByteByByte) {
  fill();
  const Manifest all = manifest();
  std::set<std::uint32_t> levels;
  for (const BlockInfo& block : all.blocks) {
    levels.insert(block.level);
    const std::string name = "spans/" + block_index_name(block.id);
    const std::string written = read(name);
    fs::remove(path(name));
    EXPECT_THAT(check().findings, ElementsAre(is(Severity::Repairable, name, "is missing")));
    EXPECT_TRUE(repair().sound());
    EXPECT_EQ(read(name), written);
  }
  EXPECT_THAT(levels, ElementsAre(0, 1));
  EXPECT_EQ(manifest(), all);
}

TEST_F(FsckTest, MakesALargeIndexAnew) {
  // Row groups of many pages, the last of them full.
  StoreOptions large = options();
  large.blocks.row_group_rows = 3 * kPageRows;
  {
    const auto store = EmbeddedStore::open(large, *files_, clock_).value();
    for (std::uint64_t i = 0; i < 9; ++i) {
      model::testing::BatchBuilder builder;
      for (std::uint64_t s = 0; s < kPageRows; ++s) {
        builder.span({.trace = 1 + s % 700,
                      .span = i * kPageRows + s,
                      .service = s % 3 == 0 ? "web" : "db",
                      .start = clock_.now() + static_cast<UnixNanos>(s * 1000)});
      }
      builder.chunk();
      ASSERT_TRUE(append_and_wait(*store, builder.build_normalized(), {i + 1, i}));
    }
    ASSERT_TRUE(store->flush());
  }
  ASSERT_THAT(manifest().blocks, SizeIs(1));
  EXPECT_THAT(check().findings, IsEmpty());
  const BlockInfo block = manifest().blocks.front();
  const std::string name = "spans/" + block_index_name(block.id);
  const auto rebuilt = rebuild_block_index(*files_, path("spans"), span_schema(), block, path("scratch"));
  ASSERT_TRUE(rebuilt) << rebuilt.error().message;
  EXPECT_EQ(std::string(as_text(*rebuilt)), read(name));
  EXPECT_FALSE(fs::exists(path("scratch")));
}

// The checksums are right, and what they are of is wrong: as a bug would leave it.
TEST_F(FsckTest, ReplacesAnIndexThatWasWrittenWrong) {
  fill();
  Manifest wrong = manifest();
  BlockInfo& block = wrong.blocks.front();
  const std::string name = "spans/" + block_index_name(block.id);
  std::string bytes = read(name);
  // docs/formats/block.md: the zones are the last part before the runs.
  const auto runs = load<std::uint64_t>(bytes.data() + 32);
  const auto padded = [](std::size_t size) { return (size + 7) / 8 * 8; };
  const std::size_t runs_bytes = padded((runs + 1023) / 1024 * 4) + 2 * padded(runs * 4) + padded(runs);
  const std::size_t zones_end = bytes.size() - runs_bytes;
  bytes[zones_end - 1] = static_cast<char>(bytes[zones_end - 1] ^ 1);
  const auto bytes_of = [&](std::size_t begin, std::size_t end) {
    return as_bytes(std::string_view(bytes).substr(begin, end - begin));
  };
  write_at(bytes.data() + 56, hash64(bytes_of(72, zones_end)));
  write_at(bytes.data() + 64, hash64(bytes_of(0, 64)));
  write(name, bytes);
  block.index_checksum = hash64(as_bytes(bytes));
  const std::uint64_t id = block.id;
  write(wrong);

  EXPECT_THAT(check().findings, ElementsAre(is(Severity::Repairable, name, "smallest and largest")));
  const FsckReport repaired = repair();
  EXPECT_TRUE(repaired.sound());
  EXPECT_THAT(check().findings, IsEmpty());
  EXPECT_GT(manifest().blocks.front().id, id) << "what was written never changes";
  EXPECT_FALSE(fs::exists(path(name)));
  expect_the_rest(repaired, "replaced");
}

TEST_F(FsckTest, ReplacesAFilterThatHidesRows) {
  fill();
  Manifest wrong = manifest();
  BlockInfo& block = wrong.blocks.front();
  const std::string name = "spans/" + block_filter_name(block.id);
  BlockFilterWriter filter;
  filter.add(0, hash_of_text("service", "another"));
  const Buffer bytes = filter.finish(100);
  write(name, std::string(as_text(bytes)));
  block.filter_bytes = bytes.size();
  block.filter_checksum = hash64(bytes);
  write(wrong);
  EXPECT_THAT(check().findings, ElementsAre(is(Severity::Repairable, name, "doesn't know")));
  const FsckReport repaired = repair();
  EXPECT_TRUE(repaired.sound());
  EXPECT_THAT(check().findings, IsEmpty());
  EXPECT_FALSE(fs::exists(path(name)));
  expect_the_rest(repaired, "replaced");
}

// Files of an older version come out different: two of them at once.
TEST_F(FsckTest, MakesAnewWhatAnOlderVersionWrote) {
  fill();
  Manifest older = manifest();
  BlockInfo& block = older.blocks.front();
  block.index_bytes += 8;
  block.filter_bytes += 8;
  write(older);
  EXPECT_THAT(check().findings, ElementsAre(is(Severity::Repairable, block_index_name(block.id), "has ")));
  fs::remove(path("spans/" + block_filter_name(block.id)));
  const FsckReport repaired = repair();
  EXPECT_TRUE(repaired.sound());
  EXPECT_THAT(check().findings, IsEmpty());
  expect_the_rest(repaired, "made anew");
}

TEST_F(FsckTest, PutsRightWhatTheManifestSaysOfABlock) {
  fill();
  const Manifest right = manifest();
  const std::vector<std::function<void(BlockInfo&)>> lies{
      [](BlockInfo& b) { ++b.rows; },         [](BlockInfo& b) { ++b.time_min; },
      [](BlockInfo& b) { --b.time_max; },     [](BlockInfo& b) { ++b.received_min; },
      [](BlockInfo& b) { --b.received_max; }, [](BlockInfo& b) { ++b.sequence_min; },
      [](BlockInfo& b) { --b.sequence_max; },
  };
  for (const auto& lie : lies) {
    Manifest wrong = right;
    lie(wrong.blocks.back());
    write(wrong);
    EXPECT_THAT(check().findings, ElementsAre(is(Severity::Repairable, "spans/0", "what isn't so")));
    EXPECT_TRUE(repair().sound());
    EXPECT_EQ(manifest(), right);
  }
  Manifest wrong = right;
  wrong.next_block_id = 1;
  wrong.received_max = 0;
  write(wrong);
  EXPECT_THAT(check().findings, SizeIs(2));
  EXPECT_TRUE(repair().sound());
  EXPECT_GT(manifest().next_block_id, manifest().blocks.back().id);
  EXPECT_GT(manifest().received_max, 0);
}

TEST_F(FsckTest, FindsRowsThatAreThereTwice) {
  fill();
  const Manifest right = manifest();
  Manifest wrong = right;
  BlockInfo copy = wrong.blocks.front();
  copy.id = wrong.next_block_id++;
  for (std::size_t i = 0; i < files_of_block(copy).size(); ++i)
    fs::copy(path("spans/" + files_of_block(wrong.blocks.front())[i].name),
             path("spans/" + files_of_block(copy)[i].name));
  wrong.blocks.push_back(copy);
  write(wrong);
  EXPECT_THAT(check().findings, ElementsAre(is(Severity::Damage, "", "are there twice")));
  EXPECT_FALSE(repair().sound());

  wrong = right;
  wrong.applied_sequence = wrong.blocks.back().sequence_min;
  write(wrong);
  EXPECT_THAT(check().findings, Contains(is(Severity::Damage, "", "aren't below applied_sequence")));
  write(right);
  wrong = right;
  wrong.blocks.push_back(wrong.blocks.front());
  write(wrong);
  EXPECT_THAT(check().findings, Contains(is(Severity::Damage, "", "names this block twice")));
}

TEST_F(FsckTest, PutsRightWhatTheManifestSaysOfStatistics) {
  fill();
  const Manifest right = read_manifest(*files_, path("stats")).value().manifest;
  const std::vector<std::function<void(BlockInfo&)>> lies{
      [](BlockInfo& b) { ++b.rows; },           [](BlockInfo& b) { ++b.time_min; },
      [](BlockInfo& b) { --b.time_max; },       [](BlockInfo& b) { b.resolution_ns *= 2; },
      [](BlockInfo& b) { b.small = !b.small; },
  };
  for (const auto& lie : lies) {
    Manifest wrong = right;
    lie(wrong.blocks.back());
    ASSERT_TRUE(write_manifest(*files_, path("stats"), wrong));
    EXPECT_THAT(check().findings, ElementsAre(is(Severity::Repairable, "stats/0", "what isn't so")));
    EXPECT_TRUE(repair().sound());
    EXPECT_EQ(read_manifest(*files_, path("stats")).value().manifest, right);
  }
  expect_the_rest({}, "put right");
}

// The checksum is right, and what it is of is wrong: as a bug would leave it.
TEST_F(FsckTest, SetsStatisticsAsideThatWereWrittenWrong) {
  fill();
  Manifest wrong = read_manifest(*files_, path("stats")).value().manifest;
  const BlockInfo block = wrong.blocks.front();
  const std::string name = "stats/" + stats_block_name(block.id);
  const std::string sound = read(name);
  std::set<std::string> faults;
  for (const std::size_t at : {sound.size() - 40, std::size_t{8}, std::size_t{16}, std::size_t{36}}) {
    std::string bytes = sound;
    std::memset(bytes.data() + at, 0x83, 4);
    write(name, bytes);
    wrong.blocks.front().data_checksum = hash64(as_bytes(bytes));
    ASSERT_TRUE(write_manifest(*files_, path("stats"), wrong));
    const FsckReport report = check();
    EXPECT_THAT(report.findings, ElementsAre(is(Severity::Damage, name, "is as it was written, but")));
    for (const Finding& finding : report.findings) faults.insert(finding.what);
    ASSERT_THAT(report.losses, SizeIs(1));
    EXPECT_TRUE(report.losses.front().of_statistics);
    EXPECT_EQ(report.losses.front().rows, block.rows);
  }
  EXPECT_THAT(faults, SizeIs(4));
  const FsckReport repaired = repair();
  EXPECT_TRUE(fs::exists(path("quarantine/stats-" + stats_block_name(block.id))));
  EXPECT_THAT(check().findings, ElementsAre(is(Severity::Note, "quarantine/stats-", "set aside")));
  expect_the_rest(repaired, "set aside");
}

TEST_F(FsckTest, RepairsOneCopyOfAManifestByTheOther) {
  fill();
  const std::string right = read("spans/manifest.json");
  Manifest older = manifest();
  older.applied_sequence = 1;
  older.blocks.clear();
  older.next_block_id = 1;
  write(older);
  const std::string old = read("spans/manifest.json");

  write("spans/manifest.json", right);
  EXPECT_THAT(check().findings, ElementsAre(is(Severity::Repairable, "spans/manifest.copy.json", "older")));
  EXPECT_TRUE(repair().sound());
  EXPECT_EQ(read("spans/manifest.copy.json"), right);

  fs::remove(path("spans/manifest.json"));
  EXPECT_THAT(check().findings, ElementsAre(is(Severity::Repairable, "spans/manifest.json", "is missing")));
  EXPECT_TRUE(repair().sound());
  EXPECT_EQ(read("spans/manifest.json"), right);

  // No crash makes the copy the newer one: whatever it is, nothing is touched.
  write("spans/manifest.json", old);
  const auto before = content();
  EXPECT_THAT(repair().findings, ElementsAre(is(Severity::Damage, "spans/manifest.json", "older than its copy")));
  EXPECT_EQ(content(), before);
}

TEST_F(FsckTest, GuessesNothingWithoutAManifest) {
  fill();
  write("spans/manifest.json", "damaged");
  write("spans/manifest.copy.json", "damaged");
  auto before = content();
  FsckReport report = repair();
  EXPECT_THAT(report.findings, ElementsAre(is(Severity::Damage, "spans", "nothing is guessed")));
  EXPECT_FALSE(report.sound());
  EXPECT_EQ(content(), before);

  fs::remove(path("spans/manifest.json"));
  fs::remove(path("spans/manifest.copy.json"));
  before = content();
  EXPECT_THAT(repair().findings, ElementsAre(is(Severity::Damage, "spans", "has blocks and no manifest")));
  EXPECT_EQ(content(), before);
}

TEST_F(FsckTest, RemovesWhatIsLeftOver) {
  fill();
  write("spans/000000000999.parquet", "half");
  write("stats/000000000999.stats", "half");
  write("spans/manifest.json.tmp", "half");
  write("log/000000000009.payloads.tmp", "half");
  write("log/notes.txt", "mine");
  write("tmp/duckdb_temp_storage-0.tmp", "spilled");
  write("FORMAT.tmp", "half");
  const FsckReport report = check();
  EXPECT_TRUE(report.sound()) << "every start does that";
  EXPECT_THAT(report.findings, SizeIs(7));
  EXPECT_TRUE(repair().sound());
  EXPECT_THAT(check().findings, ElementsAre(is(Severity::Note, "log/notes.txt", "left alone")));
  expect_the_rest({}, "the rest");
}

TEST_F(FsckTest, SaysWhatDamageOfTheLogCosts) {
  fill();
  // The last one, of which nothing is in blocks.
  const std::string name = last_segment();
  const std::string sound = read(name);
  const auto frame_at = [&](std::size_t at) { return load<FrameHeader>(sound.data() + at); };
  const std::size_t first = sizeof(SegmentHeader);
  const std::size_t second = first + sizeof(FrameHeader) + frame_at(first).body_bytes;
  const std::size_t third = second + sizeof(FrameHeader) + frame_at(second).body_bytes;
  ASSERT_LT(third, sound.size());
  const auto flip = [&](std::size_t at) {
    std::string bytes = sound;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    write(name, bytes);
  };
  // The body: its header says how many rows.
  flip(second + sizeof(FrameHeader) + 20);
  FsckReport report = check();
  EXPECT_THAT(report.findings, ElementsAre(is(Severity::Damage, name, "are damaged, with")));
  ASSERT_THAT(report.losses, SizeIs(1));
  EXPECT_EQ(report.losses.front().known, Loss::Rows::Exact);
  EXPECT_EQ(report.losses.front().rows, frame_at(second).rows);
  EXPECT_EQ(report.losses.front().from, frame_at(second).received_ns);
  // The header: the frames on both sides say it.
  flip(second + 30);
  report = check();
  ASSERT_THAT(report.losses, SizeIs(1));
  EXPECT_EQ(report.losses.front().known, Loss::Rows::AtMost);
  EXPECT_EQ(report.losses.front().rows, frame_at(second).rows);
  EXPECT_EQ(report.losses.front().from, frame_at(first).received_ns);
  EXPECT_EQ(report.losses.front().to, frame_at(third).received_ns);
  // The segment's own header costs nothing.
  flip(20);
  report = check();
  EXPECT_THAT(report.findings, ElementsAre(is(Severity::Repairable, name, "its header is damaged")));
  EXPECT_THAT(report.losses, IsEmpty());
  // Half a frame at the end.
  write(name, sound.substr(0, sound.size() - 10));
  report = check();
  EXPECT_THAT(report.findings, ElementsAre(is(Severity::Repairable, name, "behind its last whole frame")));
  EXPECT_TRUE(repair().sound());
  EXPECT_THAT(check().findings, IsEmpty());
  // The last frame's body, all of which is there.
  flip(sound.size() - 30);
  report = repair();
  EXPECT_THAT(report.findings, ElementsAre(is(Severity::Damage, name, "unless a crash cut that write short")));
  ASSERT_THAT(report.losses, SizeIs(1));
  EXPECT_THAT(check().findings, IsEmpty());
  expect_the_rest(report, "without the last frame");

  // Of frames whose rows are in blocks nothing is lost.
  fill();
  Manifest applied = manifest();
  applied.applied_sequence = std::uint64_t{1} << 40;
  write(applied);
  flip(second + sizeof(FrameHeader) + 20);
  report = check();
  EXPECT_THAT(report.findings, ElementsAre(is(Severity::Damage, name, "but not what it may have added")));
  ASSERT_THAT(report.losses, SizeIs(1));
  EXPECT_TRUE(report.losses.front().of_statistics);
  applied = read_manifest(*files_, path("stats")).value().manifest;
  applied.applied_sequence = std::uint64_t{1} << 40;
  ASSERT_TRUE(write_manifest(*files_, path("stats"), applied));
  report = check();
  EXPECT_THAT(report.findings, ElementsAre(is(Severity::Repairable, name, "is in blocks already")));
  EXPECT_THAT(report.losses, IsEmpty());
}

TEST_F(FsckTest, KeepsADamagedSegmentInQuarantine) {
  fill();
  const std::string name = last_segment();
  flip_bit(name, 200);
  const std::string damaged = read(name);
  const FsckReport report = repair();
  const std::string kept = "quarantine/log-" + name.substr(4);
  EXPECT_EQ(read(kept), damaged);
  EXPECT_NE(read(name), damaged);
  EXPECT_THAT(check().findings, ElementsAre(is(Severity::Note, kept, "set aside")));
  expect_the_rest(report, "the rest");
}

TEST_F(FsckTest, RefusesWhatIsInUseUnfinishedOrNoDataFolder) {
  fs::create_directory(folder());
  EXPECT_EQ(fsck(*files_).error().code, ErrorCode::NotFound);
  EXPECT_TRUE(fs::is_empty(folder()));
  {
    const auto store = open(*files_);
    const auto refused = fsck(*files_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
    EXPECT_THAT(refused.error().message, HasSubstr(fmt::format("pid {}", ::getpid())));
  }
  EXPECT_TRUE(fsck(*files_));
  write("UNFINISHED", "");
  EXPECT_EQ(fsck(*files_).error().code, ErrorCode::Unsupported);
  write("FORMAT", "damaged");
  EXPECT_EQ(fsck(*files_).error().code, ErrorCode::Unsupported);
  fs::remove(path("UNFINISHED"));
  EXPECT_THAT(check().findings, ElementsAre(is(Severity::Repairable, "FORMAT", "is damaged")));
  write("FORMAT", "vizsla data folder, version 7\n");
  EXPECT_EQ(fsck(*files_).error().code, ErrorCode::Unsupported);
  fs::remove(path("FORMAT"));
  EXPECT_THAT(repair().findings, ElementsAre(is(Severity::Repairable, "FORMAT", "is missing")));
  EXPECT_TRUE(open(*files_));
}

TEST_F(FsckTest, ChecksABackup) {
  fill();
  const std::string backup = root_.path() + "/backup";
  ASSERT_TRUE(take_backup(*files_, {.from = folder(), .to = backup, .progress = {}}));
  fs::remove_all(folder());
  fs::rename(backup, folder());
  EXPECT_THAT(check().findings, IsEmpty());
  const auto restored = [&](const std::string& name) {
    return restore_backup(*files_, {.from = folder(), .to = root_.path() + "/" + name, .progress = {}}).has_value();
  };
  const std::string segment = last_segment();
  fs::remove(path(segment));
  EXPECT_FALSE(restored("a"));
  EXPECT_THAT(check().findings, ElementsAre(is(Severity::Damage, segment, "the backup had it")));
  EXPECT_FALSE(repair().sound()) << "it isn't there all the same";
  EXPECT_THAT(check().findings, IsEmpty());
  EXPECT_TRUE(restored("b"));
  flip_bit("BACKUP", 300);
  EXPECT_FALSE(restored("c"));
  EXPECT_TRUE(repair().sound());
  EXPECT_TRUE(restored("d"));
}

// Whatever is damaged, and at whichever step the repair is cut short: it can be done again, and costs no more.
TEST_F(FsckTest, ARepairMayBeCutShort) {
  bool finished = false;
  for (std::uint64_t step = 1; !finished; step += seeds(1) > 1 ? 1 : 1 + step % 7) {
    fill();
    const Manifest all = manifest();
    ASSERT_GT(all.blocks.size(), 2u);
    flip_bit("spans/" + block_data_name(all.blocks[0].id), 1000);
    flip_bit("spans/" + block_index_name(all.blocks[1].id), 1000);
    flip_bit("spans/manifest.copy.json", 100);
    flip_bit("stats/" + stats_block_name(read_manifest(*files_, path("stats")).value().manifest.blocks[2].id), 1000);
    flip_bit(last_segment(), 200);
    const FsckReport expected = check();
    ASSERT_THAT(expected.losses, SizeIs(3));

    FaultyFiles files(step);
    files.adopt(root_.path());
    files.set({.crash_at = step});
    finished = fsck(files, true).has_value();
    files.crash(root_.path());
    ASSERT_TRUE(fsck(*files_, true)) << step;
    EXPECT_TRUE(check().sound()) << step;
    ASSERT_NO_FATAL_FAILURE(expect_the_rest(expected, fmt::format("step {}", step)));
  }
}

}  // namespace
}  // namespace vizsla::store::testing
