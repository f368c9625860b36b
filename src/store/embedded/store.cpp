#include "store/embedded/store.h"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <map>
#include <set>
#include <thread>
#include <unordered_map>

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/bounded_queue.h"
#include "base/check.h"
#include "base/log.h"
#include "store/collapse_copies.h"
#include "store/embedded/block_merger.h"
#include "store/embedded/data_folder.h"
#include "store/embedded/engine.h"
#include "store/embedded/live_reader.h"
#include "store/embedded/log_reader.h"
#include "store/embedded/log_segments.h"
#include "store/embedded/scan.h"
#include "store/embedded/span_search.h"
#include "store/embedded/span_table.h"
#include "store/embedded/stats_section.h"
#include "store/embedded/stats_table.h"
#include "store/embedded/table.h"
#include "store/embedded/wanted_spans.h"
#include "store/sql/span_search_sql.h"

namespace vizsla::store {
namespace {

using std::chrono::steady_clock;

// How long appends wait for memory before they are refused.
constexpr auto kWaitForMemory = std::chrono::seconds(1);
constexpr auto kBuilderTick = std::chrono::seconds(1);
// How often somebody looks whether a day is over, or a merge that failed can be done now.
constexpr auto kMaintenanceTick = std::chrono::seconds(30);
constexpr int kMaintenanceNice = 10;

const std::set<std::string, std::less<>>& outline_tags() {
  static const std::set<std::string, std::less<>> tags(std::begin(kOutlineTags), std::end(kOutlineTags));
  return tags;
}

Projection projection_for(SpanDetail detail) {
  Projection projection = Projection::everything(span_schema());
  if (detail == SpanDetail::Outline) {
    projection.columns[static_cast<std::size_t>(SpanColumn::MetaStruct)] = false;
    projection.columns[static_cast<std::size_t>(SpanColumn::Links)] = false;
    projection.tags = &outline_tags();
  } else if (detail == SpanDetail::Place) {
    projection.columns.assign(projection.columns.size(), false);
    for (const SpanColumn column :
         {SpanColumn::TraceIdHigh, SpanColumn::TraceId, SpanColumn::SpanId, SpanColumn::StartNs})
      projection.columns[static_cast<std::size_t>(column)] = true;
  }
  projection.columns[static_cast<std::size_t>(SpanColumn::EntryService)] = false;
  return projection;
}

// What waits for the log thread: a frame; or, without one, a nudge to look at its clock, and perhaps the wish that the
// part at hand be frozen whatever its size.
struct Pending {
  Buffer frame;
  SpanWriter::Done done;
  bool freeze = false;
};

Result<void> check_format(Files& files, const std::string& folder) {
  auto known = check_data_folder(files, folder);
  if (!known && known.error().code == ErrorCode::NotFound)
    return replace_file(files, folder, std::string(kFormatName), as_bytes(kFormat));
  return known;
}

std::uint64_t thread_cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

// What a frame has of each table.
struct FrameRows {
  std::optional<TableBatch> spans;
  std::optional<TableBatch> stats;
};

// Corrupt or Unsupported; sections that aren't wanted aren't looked at. Whether the statistics' values make sense was
// checked when they were appended.
Result<FrameRows> parse_frame(Bytes body, const FrameHeader& header, const std::shared_ptr<const Buffer>& owner,
                              bool with_spans, bool with_stats) {
  VIZSLA_TRY(const auto sections, find_sections(body));
  FrameRows rows;
  for (const SectionPlace& section : sections) {
    if (section.table_id == span_schema().id && with_spans) {
      VIZSLA_TRY(rows.spans,
                 TableBatch::parse(span_schema(), section.bytes, header.sequence, header.received_ns, owner));
    } else if (section.table_id == stats_schema().id && with_stats) {
      VIZSLA_TRY(rows.stats,
                 TableBatch::parse(stats_schema(), section.bytes, header.sequence, header.received_ns, owner));
    } else if (section.table_id != span_schema().id && section.table_id != stats_schema().id) {
      return fail(ErrorCode::Unsupported, fmt::format("a section of table {}, which isn't known", section.table_id));
    }
  }
  if (with_spans && (rows.spans ? rows.spans->rows() : 0) != header.rows)
    return fail(ErrorCode::Corrupt, "a frame's rows aren't those of its section");
  return rows;
}

struct DamagedBlock {
  Table* table = nullptr;  // null: none is
  std::uint64_t id = 0;
};

struct EmbeddedStore::Impl {
  Impl(StoreOptions given, Files& given_files, const Clock& given_clock)
      : asked_tags(std::make_shared<AskedTags>()),
        options(with_asked_tags(std::move(given), asked_tags)),
        files(given_files),
        clock(given_clock),
        queries({options.query_slots, options.query_waiting_max}),
        read_memory(options.query_memory_bytes / 2),
        queue(options.memory_bytes),
        segments(LogSegments(given_files, options.folder + "/log",
                             std::chrono::nanoseconds(options.payload_window).count())) {}

  struct FoundSegment {
    std::uint64_t number;
    std::uint64_t bytes;
    std::string path;
  };

  // Sequence and receipt of the last frame that has a payload.
  using LastFrames = std::unordered_map<Hash128, std::pair<std::uint64_t, UnixNanos>>;

  Result<void> open();
  void empty_spill_folder();
  Result<LastFrames> last_frames(const std::vector<FoundSegment>& found);
  Result<void> replay();
  // What was found in a segment is said, and half a frame at its end cut off.
  Result<void> settle_segment(const FoundSegment& segment, const SegmentScan& scan, std::uint64_t unreadable);
  void stop();

  void run_log();
  void write_group(std::vector<Pending>& group);
  [[nodiscard]] bool has_memory() const { return live_bytes() < options.memory_bytes; }
  [[nodiscard]] std::uint64_t live_bytes() const { return spans->live_bytes() + stats->live_bytes(); }
  Result<void> wait_for_memory();
  void publish(Buffer frame);
  void freeze_if_due(bool asked);
  void want_build();
  bool freeze_spans_if_due(bool asked);
  bool freeze_stats_if_due(bool asked);

  void run_builder(const std::stop_token& stop);
  bool build_all();
  void remove_segments();

  void run_maintenance(const std::stop_token& stop);
  void wake_maintenance();
  // Does what is due next; false when nothing is. `stop` ends it early.
  Result<bool> maintain_next(const std::stop_token& stop);
  Result<bool> expire();
  Result<bool> crowd_out_stats(const RetentionOptions& retention, const SpaceUse& use);
  Result<bool> purge_next(const std::stop_token& stop);
  // Makes physical what deletions of `version` want gone from one of its blocks; false when they want nothing.
  Result<bool> purge(Table& table, const TableVersion& version, const BlockPtr& block, const std::stop_token& stop);
  Result<bool> merge_next(const std::stop_token& stop);
  // Writes `inputs` as new blocks in their place, unless one turns out to be damaged.
  Result<void> rewrite(Table& table, const std::vector<BlockPtr>& inputs, const MergeOptions& merge,
                       const std::stop_token& stop);
  [[nodiscard]] Result<SpaceUse> space_use();
  Result<void> report_stats(StorageReport& report);
  // The pinned traces' blocks that have this one.
  Result<std::vector<BlockPtr>> blocks_with(const TableVersion& version, std::uint64_t key);
  [[nodiscard]] static MergePace until(const std::stop_token& stop);
  [[nodiscard]] MergeOptions merge_options() const;

  // Without blocks that turn out to be damaged. With `wanted`: those spans of the only trace that is asked for.
  Result<TraceSet> read_sound_traces(std::span<const model::TraceId> ids, SpanDetail detail, const ReadLimits& limits,
                                     WantedSpans* wanted);
  Result<TraceSet> read_traces_once(std::span<const model::TraceId> ids, SpanDetail detail, const ReadLimits& limits,
                                    WantedSpans* wanted, DamagedBlock& damaged);
  Result<std::vector<FoundRow>> find_by_sql(const QueryGate::Slot& slot, const TableVersion& version,
                                            const query::SpanSearch& search, const ReadLimits& limits,
                                            BlockPtr& damaged);
  Result<SpanPage> search_once(const QueryGate::Slot& slot, const query::SpanSearch& search, SpanDetail detail,
                               const ReadLimits& limits, BlockPtr& damaged);
  // True when there was one.
  Result<bool> quarantine_damaged_blocks(const TableVersion& version, const ReadLimits& limits);

  static StoreOptions with_asked_tags(StoreOptions options, std::shared_ptr<const AskedTags> tags) {
    options.blocks.asked_tags = std::move(tags);
    return options;
  }

  const std::shared_ptr<AskedTags> asked_tags;
  const StoreOptions options;
  Files& files;
  const Clock& clock;

  std::unique_ptr<FolderLock> lock;
  std::unique_ptr<Table> spans;
  std::unique_ptr<Table> kept;  // rows of traces that somebody pinned
  std::unique_ptr<StatsTable> stats;
  std::unique_ptr<Engine> engine;
  std::vector<StoredPayload> recent;  // constant after open()
  std::uint64_t replayed_frames = 0;  // constant after open()
  std::uint64_t damaged_bytes = 0;    // constant after open()

  QueryGate queries;
  const ReadMemory read_memory;
  BoundedQueue<Pending> queue;

  // The log thread's own.
  std::unique_ptr<LogWriter> writer;
  std::uint64_t next_sequence = 1;
  std::uint64_t published_sequence = 1;  // frames below have been published, and no others will be
  UnixNanos last_received_ns = 0;
  std::optional<steady_clock::time_point> current_since;
  std::optional<steady_clock::time_point> stats_since;
  std::uint64_t log_bytes_since_stats = 0;  // written since statistics became blocks

  // Shared.
  Guarded<LogSegments> segments;
  std::atomic<std::uint64_t> open_segment{0};
  std::atomic<std::uint64_t> frames{0};
  std::atomic<std::uint64_t> syncs{0};
  std::atomic<std::uint64_t> frames_refused{0};
  Guarded<std::optional<Error>> last_failure;

  // Wakes the builder, those who wait for memory, and those who wait for a flush.
  std::mutex build_mutex;
  std::condition_variable_any build_changed;
  std::uint64_t builds_wanted = 1;     // a start may have left something to do; guarded by build_mutex
  std::optional<Error> build_failure;  // the newest; guarded by build_mutex
  std::uint64_t builds_begun = 0;      // guarded by build_mutex
  std::uint64_t failed_build = 0;      // which of them build_failure is of; guarded by build_mutex

  std::mutex maintenance_mutex;  // held by who merges
  // Held while rows are copied to `kept`, and while a deletion is written down: one that came in between would miss the
  // rows that are in neither table's blocks just then. Taken after maintenance_mutex.
  std::mutex pin_mutex;
  std::condition_variable_any maintenance_wake;  // when blocks have come, or rows are to go
  bool maintenance_wanted = true;                // guarded by build_mutex
  std::atomic<std::uint64_t> merges{0};
  std::atomic<std::uint64_t> merged_spans{0};
  std::atomic<std::uint64_t> merge_cpu_ns{0};
  std::atomic<std::uint64_t> collapsed_copies{0};
  std::atomic<std::uint64_t> expired_spans{0};
  std::atomic<std::uint64_t> crowded_out_spans{0};
  std::atomic<std::uint64_t> crowded_out_stats_rows{0};
  std::atomic<std::uint64_t> deleted_spans{0};
  // Of the system's clock and the steady one, as they were when age was last believed; of maintain_next().
  std::optional<std::int64_t> clock_offset_ns;
  steady_clock::time_point age_believed_from{};

  std::jthread log_thread;
  std::jthread builder_thread;
  std::jthread maintenance_thread;
};

EmbeddedStore::EmbeddedStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<EmbeddedStore>> EmbeddedStore::open(StoreOptions options, Files& files, const Clock& clock) {
  auto impl = std::make_unique<Impl>(std::move(options), files, clock);
  VIZSLA_TRY_VOID(impl->open());
  return std::unique_ptr<EmbeddedStore>(new EmbeddedStore(std::move(impl)));
}

EmbeddedStore::~EmbeddedStore() {
  impl_->stop();
}

Result<void> EmbeddedStore::Impl::open() {
  const std::string& folder = options.folder;
  VIZSLA_TRY_VOID(files.make_folder(folder));
  VIZSLA_TRY(lock, files.lock_folder(folder));
  VIZSLA_TRY_VOID(check_format(files, folder));
  VIZSLA_TRY_VOID(files.make_folder(folder + "/log"));
  VIZSLA_TRY_VOID(files.make_folder(folder + "/tmp"));
  VIZSLA_TRY_VOID(files.sync_folder(folder));
  empty_spill_folder();

  VIZSLA_TRY(spans, Table::open(files, folder, span_schema(), options.blocks));
  VIZSLA_TRY(kept, Table::open(files, folder, kept_span_schema(), options.blocks));
  VIZSLA_TRY(stats, StatsTable::open(files, folder, options.stats));
  Engine::Options engine_options;
  engine_options.memory_bytes = options.query_memory_bytes / 2;
  engine_options.spill_bytes = options.query_spill_bytes;
  engine_options.spill_folder = folder + "/tmp";
  engine_options.threads = options.query_threads;
  engine_options.slots = options.query_slots;
  VIZSLA_TRY(engine, Engine::open(engine_options));

  VIZSLA_TRY_VOID(replay());
  log_thread = std::jthread([this] { run_log(); });
  builder_thread = std::jthread([this](const std::stop_token& stop) { run_builder(stop); });
  if (options.maintenance_enabled)
    maintenance_thread = std::jthread([this](const std::stop_token& stop) { run_maintenance(stop); });
  return {};
}

// What queries had spilled when the last run was killed.
void EmbeddedStore::Impl::empty_spill_folder() {
  const std::string spill = options.folder + "/tmp";
  const auto entries = files.list(spill);
  if (!entries) return;
  for (const Files::Entry& entry : *entries) {
    const auto removed = entry.is_folder ? Result<void>{} : files.remove(spill + "/" + entry.name);
    if (!removed) log::warn(log::Fault::Environment, "spill_folder", "{}", removed.error().message);
  }
}

Result<EmbeddedStore::Impl::LastFrames> EmbeddedStore::Impl::last_frames(const std::vector<FoundSegment>& found) {
  LastFrames last;
  for (const FoundSegment& segment : found) {
    const auto visit = [&](const LogFrame& frame) {
      if (frame.header.payload_hash != Hash128{})
        last[frame.header.payload_hash] = {frame.header.sequence, frame.header.received_ns};
    };
    VIZSLA_TRY_VOID(read_segment(files, segment.path, segment.number, visit));
  }
  return last;
}

Result<void> EmbeddedStore::Impl::replay() {
  const std::string log_folder = options.folder + "/log";
  next_sequence = std::max(spans->applied_sequence(), stats->applied_sequence());
  // A log that isn't synced may have lost rows that a deletion counts: what comes now must not get their sequences.
  const auto deletions = spans->pin().deletions;
  for (const Deletion& deletion : *deletions) next_sequence = std::max(next_sequence, deletion.sequence_end);
  last_received_ns = std::max(spans->received_max(), stats->received_max());
  const std::int64_t window_ns = std::chrono::nanoseconds(options.payload_window).count();
  const UnixNanos now = clock.now();
  VIZSLA_TRY_VOID(segments.with([](LogSegments& s) { return s.remove_unfinished(); }));
  VIZSLA_TRY(recent, segments.with([&](LogSegments& s) { return s.read_payload_files(now); }));
  VIZSLA_TRY(const std::uint64_t next_segment,
             segments.with([&](LogSegments& s) { return s.next_number(options.folder + "/quarantine"); }));

  VIZSLA_TRY(const auto entries, files.list(log_folder));
  std::vector<FoundSegment> found;
  for (const Files::Entry& entry : entries) {
    if (const std::uint64_t number = segment_number(entry.name); number != 0)
      found.push_back({number, entry.size, log_folder + "/" + entry.name});
  }
  VIZSLA_TRY(const LastFrames last, last_frames(found));

  // Blocks take longer to build than the log to read: that goes on while the next segment is read.
  const auto build = [this] {
    while (spans->has_frozen() || stats->has_frozen()) {
      if (const auto built = spans->has_frozen() ? spans->build_frozen() : stats->build_frozen(); !built) {
        log::warn(log::Fault::Environment, "build_block", "{}; the rows stay in memory and in the log",
                  built.error().message);
        return;
      }
    }
  };
  std::jthread building;
  for (const FoundSegment& segment : found) {
    std::uint64_t unreadable = 0;
    const auto visit = [&](const LogFrame& frame) {
      const FrameHeader& header = frame.header;
      segments.with(
          [&](LogSegments& s) { s.add_frame(segment.number, header, sizeof(FrameHeader) + header.body_bytes); });
      next_sequence = std::max(next_sequence, header.sequence + sequence_span(header));
      last_received_ns = std::max(last_received_ns, header.received_ns);
      if (header.payload_hash != Hash128{}) {
        // The same payload twice: the first write failed, was refused, and reached the disk all the same. It is the
        // last one that counts, because only that can be in a block already.
        const auto& [last_sequence, last_received] = last.at(header.payload_hash);
        if (last_sequence != header.sequence && last_received - header.received_ns <= window_ns) return;
        if (header.received_ns >= now - window_ns) recent.push_back({header.payload_hash, header.received_ns});
      }
      const bool with_spans = header.sequence >= spans->applied_sequence() && header.rows > 0;
      const bool with_stats = header.sequence >= stats->applied_sequence();
      if ((!with_spans && !with_stats) || header.body_bytes == 0) return;
      const auto body = std::make_shared<Buffer>(frame.body.begin(), frame.body.end());
      auto rows = parse_frame(*body, header, body, with_spans, with_stats);
      const Result<void> sound = rows && rows->stats ? check_stats(*rows->stats) : Result<void>{};
      if (!rows || !sound) {
        log::error(log::Fault::Ours, "", "{}: a frame with a sound checksum doesn't parse: {}", segment.path,
                   rows ? sound.error().message : rows.error().message);
        unreadable += sizeof(FrameHeader) + header.body_bytes;
        return;
      }
      ++replayed_frames;
      // Not next_sequence: one of the tables may have applied, and a deletion may count, what the other has still to
      // read.
      const std::uint64_t end = header.sequence + sequence_span(header);
      if (with_stats) stats->publish(rows->stats ? &*rows->stats : nullptr, header.sequence, end);
      if (rows->spans) spans->publish(std::move(*rows->spans));
      if (spans->current_bytes() >= options.block_live_bytes || !spans->current_has_room()) spans->freeze(end);
      if (with_stats) log_bytes_since_stats += sizeof(FrameHeader) + header.body_bytes;
      if (stats->current_bytes() >= options.stats_live_bytes || log_bytes_since_stats >= options.stats_log_bytes) {
        // Also where one process after the other ends before its statistics are old enough.
        stats->freeze();
        log_bytes_since_stats = 0;
      }
    };
    VIZSLA_TRY(const SegmentScan scan, read_segment(files, segment.path, segment.number, visit));
    VIZSLA_TRY_VOID(settle_segment(segment, scan, unreadable));
    if (!spans->has_frozen() && !stats->has_frozen()) continue;
    if (building.joinable()) building.join();  // so that no more than two segments' rows are in memory
    building = std::jthread(build);
  }
  if (building.joinable()) building.join();
  published_sequence = next_sequence;
  spans->pass(published_sequence);
  stats->publish(nullptr, published_sequence, published_sequence);
  if (spans->current_rows() > 0) current_since = steady_clock::now();
  if (stats->current_rows() > 0) stats_since = steady_clock::now();
  writer = std::make_unique<LogWriter>(files, log_folder, next_segment,
                                       LogWriter::Options{options.segment_bytes, options.sync});
  return {};
}

Result<void> EmbeddedStore::Impl::settle_segment(const FoundSegment& segment, const SegmentScan& scan,
                                                 std::uint64_t unreadable) {
  const std::uint64_t damage = scan.damaged_bytes + unreadable;
  segments.with([&](LogSegments& s) { s.add_found(segment.number, segment.bytes, damage > 0); });
  if (damage > 0) {
    damaged_bytes += damage;
    log::error(log::Fault::Environment, "", "{}: {} bytes are damaged; the {} sound frames around them are kept",
               segment.path, damage, scan.frames);
  }
  if (scan.unfinished_bytes == 0) return {};
  log::info("{}: cutting {} bytes behind its last whole frame: a write that the last run didn't finish", segment.path,
            scan.unfinished_bytes);
  VIZSLA_TRY(const auto file, files.open_append(segment.path));
  VIZSLA_TRY_VOID(file->truncate(scan.sound_end));
  return file->sync();
}

void EmbeddedStore::Impl::stop() {
  maintenance_thread.request_stop();
  queue.close();
  if (log_thread.joinable()) log_thread.join();
  if (builder_thread.joinable()) {
    builder_thread.request_stop();
    build_changed.notify_all();
    builder_thread.join();
  }
  if (maintenance_thread.joinable()) maintenance_thread.join();
}

void EmbeddedStore::append(const model::SpanBatch& batch, const model::StatsBatch& stats, Hash128 payload, Done done) {
  if (auto sound = check_stats(stats); !sound) return done(std::move(sound));
  Buffer frame;
  frame.reserve(sizeof(FrameHeader) + encoded_spans_bytes(batch) + encoded_stats_bytes(stats));
  frame.resize(sizeof(FrameHeader));
  if (batch.size() > 0) encode_spans(batch, frame);
  if (!stats.empty()) encode_stats(stats, frame);
  const std::size_t body_bytes = frame.size() - sizeof(FrameHeader);
  if (body_bytes > UINT32_MAX) {
    done(fail(ErrorCode::LimitExceeded, "the payload's spans take more than 4 GiB"));
    return;
  }
  FrameHeader header;
  header.rows = static_cast<std::uint32_t>(batch.size());
  header.body_bytes = static_cast<std::uint32_t>(body_bytes);
  header.payload_hash = payload;
  header.body_checksum = hash64(Bytes(frame).subspan(sizeof(FrameHeader)));
  write_at(frame.data(), header);

  const std::size_t weight = frame.size();
  Pending pending{std::move(frame), std::move(done)};
  if (!impl_->queue.try_push(std::move(pending), weight)) {
    ++impl_->frames_refused;
    // NOLINTNEXTLINE(bugprone-use-after-move): what isn't taken isn't moved from.
    pending.done(fail(ErrorCode::Unavailable, "the disk doesn't keep up: too much waits for the log"));
  }
}

void EmbeddedStore::Impl::run_log() {
  for (;;) {
    std::vector<Pending> group = queue.pop_all();
    if (group.empty()) return;
    write_group(group);
  }
}

void EmbeddedStore::Impl::write_group(std::vector<Pending>& group) {
  std::vector<Buffer*> to_write;
  const UnixNanos now = std::max(clock.now(), last_received_ns);
  bool freeze_asked = false;
  for (Pending& pending : group) {
    freeze_asked = freeze_asked || pending.freeze;
    if (pending.frame.empty()) continue;
    auto header = load<FrameHeader>(pending.frame.data());
    header.sequence = next_sequence;
    header.received_ns = now;
    write_at(pending.frame.data(), header);
    next_sequence += sequence_span(header);
    to_write.push_back(&pending.frame);
  }

  Result<void> outcome;
  if (!to_write.empty()) {
    outcome = wait_for_memory();
    if (outcome) outcome = writer->append(to_write);
  }
  if (outcome) {
    open_segment = writer->segment();
    last_received_ns = now;
    frames += to_write.size();
    if (!to_write.empty()) ++syncs;
    for (Pending& pending : group) {
      if (!pending.frame.empty()) publish(std::move(pending.frame));
    }
  } else {
    frames_refused += to_write.size();
    log::error(log::Fault::Environment, "log_append", "{}; {} payloads were refused", outcome.error().message,
               to_write.size());
  }
  // Nobody may be sending because we say that we aren't ready: look by ourselves whether what was in the way is gone.
  if (to_write.empty() && last_failure.with([](const auto& failure) { return failure.has_value(); }) && has_memory() &&
      writer->probe())
    last_failure.with([](auto& failure) { failure.reset(); });
  if (!to_write.empty()) {
    last_failure.with(
        [&](std::optional<Error>& failure) { failure = outcome ? std::nullopt : std::optional(outcome.error()); });
  }
  freeze_if_due(freeze_asked);
  for (Pending& pending : group) pending.done(outcome);
}

Result<void> EmbeddedStore::Impl::wait_for_memory() {
  std::unique_lock lock_build(build_mutex);
  if (build_changed.wait_for(lock_build, kWaitForMemory, [&] { return has_memory(); })) return {};
  return fail(ErrorCode::Unavailable,
              fmt::format("{} MiB of spans and statistics wait to be written as blocks", live_bytes() >> 20));
}

void EmbeddedStore::Impl::publish(Buffer frame) {
  const auto header = load<FrameHeader>(frame.data());
  segments.with([&](LogSegments& s) { s.add_frame(writer->segment(), header, frame.size()); });
  log_bytes_since_stats += frame.size();
  const auto owner = std::make_shared<const Buffer>(std::move(frame));
  auto rows = parse_frame(Bytes(*owner).subspan(sizeof(FrameHeader)), header, owner, header.rows > 0, true);
  VIZSLA_CHECK(rows.has_value());
  // A part ends between two frames: before anything of this one is in it.
  if (rows->spans && !spans->current_has_room() && freeze_spans_if_due(true)) want_build();
  if (rows->stats && !stats_since) stats_since = steady_clock::now();
  if (rows->spans && !current_since) current_since = steady_clock::now();
  published_sequence = header.sequence + sequence_span(header);
  stats->publish(rows->stats ? &*rows->stats : nullptr, header.sequence, published_sequence);
  if (rows->spans) spans->publish(std::move(*rows->spans));
  spans->pass(published_sequence);
}

void EmbeddedStore::Impl::freeze_if_due(bool asked) {
  const bool spans_frozen = freeze_spans_if_due(asked);
  const bool stats_frozen = freeze_stats_if_due(asked);
  if (spans_frozen || stats_frozen) want_build();
}

void EmbeddedStore::Impl::want_build() {
  {
    const std::lock_guard lock_build(build_mutex);
    ++builds_wanted;
  }
  build_changed.notify_all();
}

bool EmbeddedStore::Impl::freeze_spans_if_due(bool asked) {
  if (spans->current_rows() == 0) return false;
  const bool full = spans->current_rows() >= options.block_rows || spans->current_bytes() >= options.block_live_bytes;
  const bool old = current_since && steady_clock::now() - *current_since >= options.block_age;
  if (!asked && !full && !old) return false;
  // Not next_sequence: of a group of frames some may not have been published yet, and what was refused may be found
  // behind what was: then it is replayed, as a whole.
  spans->freeze(published_sequence);
  current_since.reset();
  return true;
}

bool EmbeddedStore::Impl::freeze_stats_if_due(bool asked) {
  if (stats->current_rows() == 0) return false;
  // The log keeps what isn't in blocks yet: not too much, for whoever starts with it.
  const bool full =
      stats->current_bytes() >= options.stats_live_bytes || log_bytes_since_stats >= options.stats_log_bytes;
  const bool old = stats_since && steady_clock::now() - *stats_since >= options.stats_age;
  if (!asked && !full && !old) return false;
  stats->freeze();
  stats_since.reset();
  log_bytes_since_stats = 0;
  return true;
}

void EmbeddedStore::Impl::run_builder(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock_build(build_mutex);
      build_changed.wait_for(lock_build, stop, kBuilderTick, [&] { return std::exchange(builds_wanted, 0) > 0; });
    }
    if (stop.stop_requested()) return;
    if (!build_all()) {
      std::unique_lock lock_build(build_mutex);
      build_changed.wait_for(lock_build, stop, options.build_retry, [] { return false; });
      builds_wanted = 1;
      continue;
    }
    wake_maintenance();
    remove_segments();
    // The log thread decides by itself when a payload comes; this is for when none does.
    queue.try_push(Pending{{}, [](const Result<void>&) {}, false}, 0);
  }
}

bool EmbeddedStore::Impl::build_all() {
  while (spans->has_frozen() || stats->has_frozen()) {
    std::uint64_t number = 0;
    {
      const std::lock_guard lock_build(build_mutex);
      number = ++builds_begun;
    }
    const auto built = spans->has_frozen() ? spans->build_frozen() : stats->build_frozen();
    if (!built) {
      log::error(log::Fault::Environment, "build_block", "{}; trying again", built.error().message);
      {
        const std::lock_guard lock_build(build_mutex);
        build_failure = built.error();
        failed_build = number;
      }
      build_changed.notify_all();
      return false;
    }
    // Whoever waits has looked before this and sleeps, or looks behind it: else he could miss it, and wait for ever.
    {
      const std::lock_guard lock_build(build_mutex);
    }
    build_changed.notify_all();
  }
  return true;
}

void EmbeddedStore::Impl::remove_segments() {
  const auto removed = segments.with([&](LogSegments& s) {
    return s.remove_applied(std::min(spans->removable_sequence(), stats->removable_sequence()), open_segment,
                            clock.now(), options.folder + "/quarantine");
  });
  if (!removed) log::warn(log::Fault::Environment, "log_remove", "{}", removed.error().message);
}

void EmbeddedStore::Impl::run_maintenance(const std::stop_token& stop) {
  // Intake and queries come first. It is the thread's own on Linux; where it can't be had it isn't needed.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kMaintenanceNice));
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock_build(build_mutex);
      maintenance_wake.wait_for(lock_build, stop, kMaintenanceTick,
                                [&] { return std::exchange(maintenance_wanted, false); });
    }
    for (;;) {
      if (stop.stop_requested()) return;
      const auto done = maintain_next(stop);
      if (done && !*done) break;
      if (done || stop.stop_requested()) continue;
      log::warn(log::Fault::Environment, "maintenance", "{}; trying again later", done.error().message);
      break;
    }
  }
}

void EmbeddedStore::Impl::wake_maintenance() {
  {
    const std::lock_guard lock_build(build_mutex);
    maintenance_wanted = true;
  }
  maintenance_wake.notify_all();
}

Result<bool> EmbeddedStore::Impl::maintain_next(const std::stop_token& stop) {
  const std::lock_guard lock_maintenance(maintenance_mutex);
  VIZSLA_TRY(const bool expired, expire());
  if (expired) return true;
  VIZSLA_TRY(const bool purged, purge_next(stop));
  if (purged) return true;
  VIZSLA_TRY(const bool stats_maintained, stats->maintain_next(clock.now(), clock.steady() >= age_believed_from, stop));
  if (stats_maintained) return true;
  return merge_next(stop);
}

Result<SpaceUse> EmbeddedStore::Impl::space_use() {
  SpaceUse use;
  VIZSLA_TRY(use.free_bytes, files.free_bytes(options.folder));
  std::vector<BlockInfo> blocks;
  const TableVersion version = spans->pin();
  for (const BlockPtr& block : *version.blocks) {
    use.block_bytes += bytes_of(block->info());
    blocks.push_back(block->info());
  }
  const TableVersion pinned = kept->pin();
  for (const BlockPtr& block : *pinned.blocks) use.other_bytes += bytes_of(block->info());
  for (const BlockInfo& block : stats->blocks()) use.stats_bytes += bytes_of(block);
  use.other_bytes += use.stats_bytes;
  use.other_bytes += segments.with([](const LogSegments& s) { return s.bytes(); });
  if (const auto entries = files.list(options.folder + "/quarantine")) {
    for (const Files::Entry& entry : *entries) use.other_bytes += entry.size;
  }
  use.reserve_bytes = space_reserve(blocks, options.segment_bytes);
  return use;
}

Result<bool> EmbeddedStore::Impl::expire() {
  // A clock that jumps ahead must not cost the history: what it says of age is believed once it has said so for a
  // while.
  RetentionOptions retention = options.retention;
  const auto steady = clock.steady();
  const std::int64_t offset = clock.now() - std::chrono::nanoseconds(steady.time_since_epoch()).count();
  if (clock_offset_ns && std::abs(offset - *clock_offset_ns) > kNanosPerHour) {
    log::warn(log::Fault::Environment, "clock", "the clock jumped by {} s: no span is let go for its age for an hour",
              (offset - *clock_offset_ns) / kNanosPerSecond);
    age_believed_from = steady + std::chrono::hours(1);
  }
  clock_offset_ns = offset;
  if (steady < age_believed_from) retention.age_ns = 0;

  VIZSLA_TRY(const SpaceUse use, space_use());
  VIZSLA_TRY(const bool crowded_out, crowd_out_stats(retention, use));
  if (crowded_out) return true;
  const TableVersion version = spans->pin();
  std::map<std::uint64_t, const BlockInfo*> infos;
  std::vector<BlockInfo> list;
  for (const BlockPtr& block : *version.blocks) {
    infos.emplace(block->info().id, &block->info());
    list.push_back(block->info());
  }
  const std::vector<GoingBlock> going = plan_retention(list, clock.now(), retention, use);
  if (going.empty()) return false;
  std::vector<std::uint64_t> ids;
  std::uint64_t by_age = 0;
  std::uint64_t by_space = 0;
  for (const GoingBlock& block : going) {
    ids.push_back(block.id);
    (block.why == WhyGone::Age ? by_age : by_space) += infos.at(block.id)->rows;
  }
  VIZSLA_TRY(const bool replaced, spans->replace_blocks(ids, {}));
  if (!replaced) return true;
  expired_spans += by_age;
  crowded_out_spans += by_space;
  if (by_space > 0) {
    log::warn(log::Fault::Environment, "space",
              "{} spans were let go for want of space: {} MiB are free, all of Vizsla's may take {} MiB", by_space,
              use.free_bytes >> 20, space_cap(retention, use) >> 20);
  }
  return true;
}

Result<bool> EmbeddedStore::Impl::crowd_out_stats(const RetentionOptions& retention, const SpaceUse& use) {
  const std::vector<BlockInfo> blocks = stats->blocks();
  const std::vector<std::uint64_t> going = plan_stats_retention(blocks, clock.now(), retention, use);
  if (going.empty()) return false;
  std::uint64_t rows = 0;
  for (const BlockInfo& block : blocks) {
    if (std::find(going.begin(), going.end(), block.id) != going.end()) rows += block.rows;
  }
  VIZSLA_TRY(const bool gone, stats->let_go(going));
  if (!gone) return true;
  crowded_out_stats_rows += rows;
  log::warn(log::Fault::Environment, "space",
            "{} rows of the statistics were let go for want of space: they take more than a tenth of the {} MiB that "
            "all of Vizsla's may take",
            rows, space_cap(retention, use) >> 20);
  return true;
}

MergePace EmbeddedStore::Impl::until(const std::stop_token& stop) {
  return [stop]() -> Result<void> {
    if (stop.stop_requested()) return fail(ErrorCode::Unavailable, "the store is closing");
    return {};
  };
}

Result<void> EmbeddedStore::Impl::rewrite(Table& table, const std::vector<BlockPtr>& inputs, const MergeOptions& merge,
                                          const std::stop_token& stop) {
  const std::uint64_t cpu_before = thread_cpu_ns();
  std::optional<std::uint64_t> damaged;
  const auto merged = merge_blocks(
      files, table.folder(), table.schema(), inputs, [&] { return table.new_block_id(); }, merge, until(stop), damaged);
  if (!merged) {
    if (!damaged) return fail(merged.error());
    table.quarantine(*damaged, merged.error());
    return {};
  }
  std::vector<std::uint64_t> ids;
  std::uint64_t rows = 0;
  for (const BlockPtr& block : inputs) {
    ids.push_back(block->info().id);
    rows += block->info().rows;
  }
  VIZSLA_TRY(const bool replaced, table.replace_blocks(ids, merged->blocks));
  merge_cpu_ns += thread_cpu_ns() - cpu_before;
  // What the merge had in hand would stay the process's until the next one.
  ::malloc_trim(0);
  if (!replaced) return {};
  ++merges;
  merged_spans += rows;
  collapsed_copies += merged->copies;
  deleted_spans += merged->deleted;
  return {};
}

Result<bool> EmbeddedStore::Impl::purge_next(const std::stop_token& stop) {
  for (Table* const table : {spans.get(), kept.get()}) {
    const TableVersion version = table->pin();
    for (const BlockPtr& block : *version.blocks) {
      VIZSLA_TRY(const bool purged, purge(*table, version, block, stop));
      if (purged) return true;
    }
  }
  return false;
}

Result<bool> EmbeddedStore::Impl::purge(Table& table, const TableVersion& version, const BlockPtr& block,
                                        const std::stop_token& stop) {
  MergeOptions merge = merge_options();
  std::uint64_t last = 0;
  for (const Deletion& deletion : *version.deletions) {
    if (!may_touch(deletion, block->info())) continue;
    last = std::max(last, deletion.id);
    // Most blocks have none of the rows: looking is cheaper than writing them again.
    TableVersion alone;
    alone.blocks = std::make_shared<const std::vector<BlockPtr>>(std::vector{block});
    alone.deletions = std::make_shared<const std::vector<Deletion>>();
    Scan scan;
    scan.conditions = conditions_of(deletion, table.schema());
    scan.time_from = std::numeric_limits<UnixNanos>::min();
    scan.time_to = std::numeric_limits<UnixNanos>::max();
    scan.limit = 1;
    scan.sequence_max = deletion.sequence_end - 1;
    BlockPtr damaged;
    const auto found = scan_rows(alone, table.schema(), scan, {}, damaged);
    if (!found && damaged != nullptr) {
      table.quarantine(block->info().id, found.error());
      return true;
    }
    if (!found) return fail(found.error());
    if (!found->empty()) merge.deletions.push_back(deletion);
  }
  if (last == 0) return false;
  if (merge.deletions.empty()) {
    VIZSLA_TRY_VOID(table.set_deletions_done(block->info().id, last));
  } else {
    VIZSLA_TRY_VOID(rewrite(table, {block}, merge, stop));
  }
  return true;
}

MergeOptions EmbeddedStore::Impl::merge_options() const {
  // Measured: some 120 with the spans of bench/traffic; longer texts take more.
  constexpr std::uint64_t kBytesPerRow = 256;
  MergeOptions merge;
  merge.blocks = options.blocks;
  merge.stripe_rows = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(options.maintenance_memory_bytes / kBytesPerRow, 1, merge.stripe_rows));
  return merge;
}

Result<bool> EmbeddedStore::Impl::merge_next(const std::stop_token& stop) {
  const TableVersion version = spans->pin();
  std::vector<BlockInfo> infos;
  for (const BlockPtr& block : *version.blocks) infos.push_back(block->info());
  const auto plan = plan_merge(infos, clock.now(), options.compaction);
  if (!plan) return false;
  std::vector<BlockPtr> inputs;
  for (const std::uint64_t id : plan->blocks) {
    inputs.push_back(*std::find_if(version.blocks->begin(), version.blocks->end(),
                                   [&](const BlockPtr& block) { return block->info().id == id; }));
  }
  MergeOptions merge = merge_options();
  merge.by_day = plan->by_day;
  VIZSLA_TRY_VOID(rewrite(*spans, inputs, merge, stop));
  return true;
}

Result<void> EmbeddedStore::maintain() {
  for (;;) {
    VIZSLA_TRY(const bool done, impl_->maintain_next({}));
    if (!done) return {};
  }
}

Result<void> EmbeddedStore::delete_spans(const SpanDeletion& deletion) {
  Deletion rows;
  if (deletion.trace.low != 0) rows.key = deletion.trace.low;
  for (const query::FieldTerm& term : deletion.terms) {
    if (!can_delete_by(term.field))
      return fail(ErrorCode::InvalidInput, fmt::format("spans can't be deleted by '{}'", term.field));
    rows.texts.emplace_back(term.field, term.value);
  }
  if (!rows.key && rows.texts.empty())
    return fail(ErrorCode::InvalidInput, "name a trace or a field: everything can't be deleted");
  rows.time_from = deletion.time.from_ns;
  rows.time_to = deletion.time.to_ns - 1;
  rows.asked_ns = impl_->clock.now();
  const std::lock_guard lock_pin(impl_->pin_mutex);
  rows.sequence_end = impl_->spans->pin().sequence_max() + 1;
  // What is kept first: if the second fails, the spans are there, and no longer pinned. The other way round they would
  // be found by the trace's id and by nothing else.
  VIZSLA_TRY_VOID(impl_->kept->add_deletion(rows));
  VIZSLA_TRY_VOID(impl_->spans->add_deletion(rows));
  impl_->wake_maintenance();
  return {};
}

Result<std::vector<BlockPtr>> EmbeddedStore::Impl::blocks_with(const TableVersion& version, std::uint64_t key) {
  std::vector<BlockPtr> blocks;
  for (const BlockPtr& block : *version.blocks) {
    std::vector<RowRange> rows;
    VIZSLA_TRY_VOID(block->find(key, rows));
    if (!rows.empty()) blocks.push_back(block);
  }
  return blocks;
}

Result<void> EmbeddedStore::pin_trace(model::TraceId id) {
  // What is in memory becomes blocks first: rows are copied from there.
  VIZSLA_TRY_VOID(flush());
  const std::lock_guard lock_maintenance(impl_->maintenance_mutex);
  const std::lock_guard lock_pin(impl_->pin_mutex);
  const TableVersion version = impl_->spans->pin();
  VIZSLA_TRY(std::vector<BlockPtr> inputs, impl_->blocks_with(version, id.low));
  // Deletions have their numbers by table. What those of `kept` want gone goes first: from then on what is pinned is
  // what can be seen, and none of them is about it.
  TableVersion pinned = impl_->kept->pin();
  VIZSLA_TRY(std::vector<BlockPtr> before, impl_->blocks_with(pinned, id.low));
  for (const BlockPtr& block : before) VIZSLA_TRY_VOID(impl_->purge(*impl_->kept, pinned, block, {}));
  pinned = impl_->kept->pin();
  VIZSLA_TRY(before, impl_->blocks_with(pinned, id.low));
  // Rows that are pinned already come first, so that their copies go.
  inputs.insert(inputs.begin(), before.begin(), before.end());
  MergeOptions merge = impl_->merge_options();
  merge.only_key = id.low;
  merge.deletions = *version.deletions;
  std::optional<std::uint64_t> damaged;
  VIZSLA_TRY(MergedBlocks merged, merge_blocks(
                                      impl_->files, impl_->kept->folder(), kept_span_schema(), inputs,
                                      [&] { return impl_->kept->new_block_id(); }, merge, Impl::until({}), damaged));
  std::vector<std::uint64_t> gone;
  for (const BlockPtr& block : before) gone.push_back(block->info().id);
  if (merged.blocks.empty() && gone.empty()) return fail(ErrorCode::NotFound, "there is no such trace");
  for (BlockInfo& block : merged.blocks) {
    block.deletions_done = 0;
    for (const Deletion& deletion : *pinned.deletions)
      block.deletions_done = std::max(block.deletions_done, deletion.id);
  }
  VIZSLA_TRY_VOID(impl_->kept->replace_blocks(gone, merged.blocks));
  return {};
}

Result<void> EmbeddedStore::unpin_trace(model::TraceId id) {
  const std::lock_guard lock_maintenance(impl_->maintenance_mutex);
  VIZSLA_TRY(const std::vector<BlockPtr> blocks, impl_->blocks_with(impl_->kept->pin(), id.low));
  if (blocks.empty()) return fail(ErrorCode::NotFound, "the trace isn't pinned");
  std::vector<std::uint64_t> gone;
  for (const BlockPtr& block : blocks) gone.push_back(block->info().id);
  VIZSLA_TRY_VOID(impl_->kept->replace_blocks(gone, {}));
  return {};
}

Result<std::vector<PinnedTrace>> EmbeddedStore::pinned_traces() {
  std::vector<PinnedTrace> traces;
  const ReadLimits no_limits;
  const TableVersion version = impl_->kept->pin();
  static const std::set<std::string, std::less<>> kNoTags;
  Projection projection = projection_for(SpanDetail::Outline);
  projection.tags = &kNoTags;
  for (const BlockPtr& block : *version.blocks) {
    const BlockInfo& info = block->info();
    const bool touched = std::any_of(version.deletions->begin(), version.deletions->end(),
                                     [&](const Deletion& deletion) { return may_touch(deletion, info); });
    model::SpanSet read;
    ReadGuard guard(no_limits, impl_->read_memory);
    SpanSink sink(read, guard);
    const RowRange rows{0, touched ? static_cast<std::uint32_t>(info.rows) : 1};
    VIZSLA_TRY_VOID(block->read({&rows, 1}, projection, 0, sink));
    const auto deleted = std::count_if(read.spans.begin(), read.spans.end(), [&](const model::Span& span) {
      return std::any_of(version.deletions->begin(), version.deletions->end(),
                         [&](const Deletion& deletion) { return is_named_by(span, deletion); });
    });
    const std::uint64_t left = info.rows - static_cast<std::uint64_t>(deleted);
    if (left > 0) traces.push_back({read.spans.at(0).trace_id, left, bytes_of(info)});
  }
  return traces;
}

// Each resolution is a table, with the same rows by the full and by the small key.
Result<void> EmbeddedStore::Impl::report_stats(StorageReport& report) {
  const StatsTable::Stats sums = stats->stats();
  for (const StatsTier& tier : kStatsTiers) {
    StorageReport::TableReport table;
    table.name = fmt::format("stats_{}", name_of(tier));
    for (const StatsTable::TierStats& sum : sums.tiers) {
      if (sum.resolution_ns != tier.resolution_ns) continue;
      table.blocks += sum.blocks;
      table.rows += sum.rows;
      table.parts.push_back({sum.small ? "small" : "data", sum.bytes});
      report.bytes += sum.bytes;
    }
    report.tables.push_back(std::move(table));
  }
  StorageReport::Part manifest{"stats_manifest", 0};
  VIZSLA_TRY(const auto entries, files.list(fmt::format("{}/{}", options.folder, StatsTable::kName)));
  for (const Files::Entry& entry : entries) {
    if (entry.name.starts_with("manifest")) manifest.bytes += entry.size;
  }
  report.others.push_back(std::move(manifest));
  return {};
}

Result<StorageReport> EmbeddedStore::storage() {
  StorageReport report;
  VIZSLA_TRY(const SpaceUse use, impl_->space_use());
  const UnixNanos now = impl_->clock.now();
  report.free_bytes = use.free_bytes;
  report.cap_bytes = space_cap(impl_->options.retention, use);
  report.reserve_bytes = use.reserve_bytes;
  report.retention_ns = impl_->options.retention.age_ns;
  std::uint64_t day_bytes = 0;
  UnixNanos day_from = now;
  for (const Table* const table : {impl_->spans.get(), impl_->kept.get()}) {
    StorageReport::TableReport of_table;
    of_table.name = table->schema().name;
    StorageReport::Part data{"data", 0};
    StorageReport::Part index{"index", 0};
    StorageReport::Part filter{"filter", 0};
    StorageReport::Part manifest{"manifest", 0};
    const TableVersion version = table->pin();
    for (const BlockPtr& block : *version.blocks) {
      const BlockInfo& info = block->info();
      ++of_table.blocks;
      of_table.rows += info.rows;
      data.bytes += info.data_bytes;
      index.bytes += info.index_bytes;
      filter.bytes += info.filter_bytes;
      if (table != impl_->spans.get()) continue;
      if (report.oldest_received_ns == 0 || info.received_min < report.oldest_received_ns)
        report.oldest_received_ns = info.received_min;
      if (info.received_min >= now - kNanosPerDay) {
        day_bytes += bytes_of(info);
        day_from = std::min(day_from, info.received_min);
      }
    }
    VIZSLA_TRY(const auto entries, impl_->files.list(table->folder()));
    for (const Files::Entry& entry : entries) {
      if (entry.name.starts_with("manifest")) manifest.bytes += entry.size;
    }
    of_table.parts = {data, index, filter, manifest};
    for (const StorageReport::Part& part : of_table.parts) report.bytes += part.bytes;
    report.tables.push_back(std::move(of_table));
  }
  VIZSLA_TRY_VOID(impl_->report_stats(report));
  for (const char* const name : {"log", "quarantine", "tmp"}) {
    StorageReport::Part part{name, 0};
    const auto entries = impl_->files.list(fmt::format("{}/{}", impl_->options.folder, name));
    if (!entries && entries.error().code != ErrorCode::NotFound) return fail(entries.error());
    if (entries) {
      for (const Files::Entry& entry : *entries) part.bytes += entry.size;
      if (std::string_view(name) == "quarantine") report.quarantined_files = entries->size();
    }
    report.others.push_back(std::move(part));
  }
  // The format, the lock, and what others keep in our folder: little, but without it the sum wouldn't be right.
  StorageReport::Part loose{"files", 0};
  VIZSLA_TRY(const auto entries, impl_->files.list(impl_->options.folder));
  for (const Files::Entry& entry : entries) loose.bytes += entry.size;
  report.others.push_back(std::move(loose));
  for (const StorageReport::Part& part : report.others) report.bytes += part.bytes;

  const Stats stats = this->stats();
  report.live_rows = stats.live_spans;
  report.live_bytes = stats.live_bytes;
  report.unmerged_blocks = stats.debt.blocks;
  report.unmerged_rows = stats.debt.rows;
  report.deletions = stats.deletions;
  // Of less than an hour nothing is said.
  report.days_left = -1;
  if (now - day_from >= kNanosPerHour) {
    report.bytes_per_day =
        static_cast<double>(day_bytes) * static_cast<double>(kNanosPerDay) / static_cast<double>(now - day_from);
    if (report.bytes_per_day > 0 && report.cap_bytes > report.bytes)
      report.days_left = static_cast<double>(report.cap_bytes - report.bytes) / report.bytes_per_day;
  }
  return report;
}

Result<void> EmbeddedStore::flush() {
  std::promise<void> frozen;
  Pending pending{{}, [&](const Result<void>&) { frozen.set_value(); }, true};
  if (!impl_->queue.try_push(std::move(pending), 0)) return fail(ErrorCode::Unavailable, "the store is closing");
  std::uint64_t begun_before = 0;
  {
    const std::lock_guard lock_build(impl_->build_mutex);
    begun_before = impl_->builds_begun;
  }
  frozen.get_future().wait();
  std::unique_lock lock_build(impl_->build_mutex);
  // One that began earlier may fail because of what is over by now.
  const auto failed = [&] { return impl_->build_failure && impl_->failed_build > begun_before; };
  bool built = false;
  impl_->build_changed.wait(lock_build, [&] {
    built = !impl_->spans->has_frozen() && !impl_->stats->has_frozen();
    return built || failed();
  });
  return built ? Result<void>{} : Result<void>(fail(*impl_->build_failure));
}

Result<model::SpanSet> EmbeddedStore::read_trace(model::TraceId id, SpanDetail detail, const ReadLimits& limits) {
  VIZSLA_TRY(TraceSet set, read_traces({&id, 1}, detail, limits));
  return model::SpanSet{std::move(set.traces.front()), std::move(set.texts), std::move(set.memory)};
}

Result<TraceSet> EmbeddedStore::read_traces(std::span<const model::TraceId> ids, SpanDetail detail,
                                            const ReadLimits& limits) {
  return impl_->queries.run(QueryClass::Short, limits, [&](const QueryGate::Slot&) {
    return impl_->read_sound_traces(ids, detail, limits, nullptr);
  });
}

Result<model::SpanSet> EmbeddedStore::read_spans(model::TraceId id, std::span<const model::SpanId> wanted,
                                                 const ReadLimits& limits) {
  const auto read = [&](const QueryGate::Slot&) -> Result<TraceSet> {
    WantedSpans of_trace{id.low, {wanted.begin(), wanted.end()}, {}};
    VIZSLA_TRY(TraceSet set, impl_->read_sound_traces({&id, 1}, SpanDetail::Everything, limits, &of_trace));
    std::vector<model::Span>& found = set.traces.front();
    const bool unknown =
        std::any_of(found.begin(), found.end(), [](const model::Span& s) { return s.trace_id.high == 0; });
    if (!unknown || of_trace.highs.empty()) return set;
    if (of_trace.highs.size() == 1 && (id.high == 0 || *of_trace.highs.begin() == id.high)) {
      for (model::Span& span : found) span.trace_id.high = *of_trace.highs.begin();
      return set;
    }
    if (id.high == 0) return set;
    // Several traces have this low half, it seems, and whose these are is told by all spans.
    VIZSLA_TRY(set, impl_->read_sound_traces({&id, 1}, SpanDetail::Everything, limits, nullptr));
    std::erase_if(set.traces.front(), [&](const model::Span& span) { return !of_trace.ids.contains(span.span_id); });
    return set;
  };
  VIZSLA_TRY(TraceSet set, impl_->queries.run(QueryClass::Short, limits, read));
  return model::SpanSet{std::move(set.traces.front()), std::move(set.texts), std::move(set.memory)};
}

namespace {

// What of the spans with one low half belongs to the trace that was asked for, copies collapsed.
std::vector<model::Span> trace_among(std::vector<model::Span> found, model::TraceId id) {
  if (id.high != 0) {
    // Spans without a high half belong to the only trace that has this low half; if there are several, to none of them.
    const bool others = std::any_of(found.begin(), found.end(), [&](const model::Span& s) {
      return s.trace_id.high != 0 && s.trace_id.high != id.high;
    });
    std::erase_if(found,
                  [&](const model::Span& s) { return s.trace_id.high == 0 ? others : s.trace_id.high != id.high; });
  }
  collapse_copies(found);
  return found;
}

}  // namespace

Result<TraceSet> EmbeddedStore::Impl::read_sound_traces(std::span<const model::TraceId> ids, SpanDetail detail,
                                                        const ReadLimits& limits, WantedSpans* wanted) {
  for (;;) {
    DamagedBlock damaged;
    auto set = read_traces_once(ids, detail, limits, wanted, damaged);
    if (set || damaged.table == nullptr) return set;
    damaged.table->quarantine(damaged.id, set.error());
  }
}

Result<TraceSet> EmbeddedStore::Impl::read_traces_once(std::span<const model::TraceId> ids, SpanDetail detail,
                                                       const ReadLimits& limits, WantedSpans* wanted,
                                                       DamagedBlock& damaged) {
  const TableVersion version = spans->pin();
  const TableVersion pinned = kept->pin();
  const Projection projection = projection_for(detail == SpanDetail::Place ? SpanDetail::Outline : detail);
  std::vector<std::uint64_t> keys;
  for (const model::TraceId id : ids) keys.push_back(id.low);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());

  model::SpanSet all;
  ReadGuard guard(limits, read_memory);
  SpanSink sink(all, guard);
  std::vector<RowRange> ranges;
  const auto read_block = [&](const BlockReader& block) -> Result<void> {
    ranges.clear();
    for (const std::uint64_t key : keys) VIZSLA_TRY_VOID(block.find(key, ranges));
    if (ranges.empty()) return {};
    std::sort(ranges.begin(), ranges.end(), [](RowRange a, RowRange b) { return a.first < b.first; });
    // Two keys with one hash have the same runs.
    ranges.erase(std::unique(ranges.begin(), ranges.end(), [](RowRange a, RowRange b) { return a.first == b.first; }),
                 ranges.end());
    if (wanted != nullptr) {
      IdSink ids_of_rows(limits);
      VIZSLA_TRY_VOID(block.read(ranges, IdSink::projection(), 0, ids_of_rows));
      ranges = ids_of_rows.choose(ranges, *wanted);
    }
    return block.read(ranges, projection, all.size(), sink);
  };
  const auto read_blocks = [&](Table* table, const std::vector<BlockPtr>& blocks) -> Result<void> {
    for (const BlockPtr& block : blocks) {
      VIZSLA_TRY_VOID(limits.check());
      if (const auto read = read_block(*block); !read) {
        if (read.error().code == ErrorCode::Corrupt) damaged = {table, block->info().id};
        return fail(read.error());
      }
    }
    return {};
  };
  VIZSLA_TRY_VOID(read_blocks(spans.get(), *version.blocks));
  for (const LiveView& view : version.live) {
    for (std::size_t i = 0; i < view.count; ++i) {
      VIZSLA_TRY_VOID(sink.check());
      const TableBatch& batch = (*view.part)[i];
      ranges = find_in_batch(batch, keys);
      if (wanted != nullptr && !ranges.empty()) {
        IdSink ids_of_rows(limits);
        read_batch(batch, ranges, IdSink::projection(), 0, ids_of_rows);
        ranges = ids_of_rows.choose(ranges, *wanted);
      }
      if (!ranges.empty()) read_batch(batch, ranges, projection, all.size(), sink);
    }
  }
  const auto kept_from = static_cast<std::ptrdiff_t>(all.size());
  VIZSLA_TRY_VOID(read_blocks(kept.get(), *pinned.blocks));
  VIZSLA_TRY_VOID(sink.finish());
  const auto erase_deleted = [&](auto begin, auto end, const std::vector<Deletion>& deletions) {
    if (deletions.empty()) return;
    all.spans.erase(std::remove_if(begin, end,
                                   [&](const model::Span& span) {
                                     return std::any_of(
                                         deletions.begin(), deletions.end(),
                                         [&](const Deletion& deletion) { return is_named_by(span, deletion); });
                                   }),
                    end);
  };
  // Each table's own: a deletion that failed in between is in one of them, and searches go by that of `spans`.
  erase_deleted(all.spans.begin() + kept_from, all.spans.end(), *pinned.deletions);
  erase_deleted(all.spans.begin(), all.spans.begin() + kept_from, *version.deletions);

  TraceSet set;
  set.memory = guard.memory();
  if (keys.size() == 1) {
    // An index takes one in four billion other keys for this one.
    std::erase_if(all.spans, [&](const model::Span& span) { return span.trace_id.low != keys.front(); });
    set.traces.assign(ids.size() - 1, all.spans);
    set.traces.push_back(std::move(all.spans));
  } else {
    std::unordered_map<std::uint64_t, std::vector<model::Span>> by_key;
    for (model::Span& span : all.spans) by_key[span.trace_id.low].push_back(std::move(span));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto again = [&](model::TraceId other) { return other.low == ids[i].low; };
      const bool is_last = std::none_of(ids.begin() + static_cast<std::ptrdiff_t>(i) + 1, ids.end(), again);
      std::vector<model::Span>& found = by_key[ids[i].low];
      set.traces.push_back(is_last ? std::move(found) : found);
    }
  }
  for (std::size_t i = 0; i < ids.size(); ++i) set.traces[i] = trace_among(std::move(set.traces[i]), ids[i]);
  set.texts = std::move(all.texts);
  return set;
}

namespace {

// What a search over `time` looks at, at most: all rows of the blocks that it can't leave out, and what is live.
std::uint64_t rows_in_range(const TableVersion& version, const query::TimeRange& time) {
  std::uint64_t rows = 0;
  for (const LiveView& view : version.live) rows += view.part->rows();
  for (const BlockPtr& block : *version.blocks) {
    if (block->info().time_max >= time.from_ns && block->info().time_min < time.to_ns) rows += block->info().rows;
  }
  return rows;
}

}  // namespace

Result<SpanPage> EmbeddedStore::search(const query::SpanSearch& search, SpanDetail detail, const ReadLimits& limits) {
  for (const query::SpanTerm& term : search.filter.terms) {
    if (const auto* tag = std::get_if<query::TagTerm>(&term.what)) impl_->asked_tags->note(tag->key);
  }
  const QueryClass query_class = class_of(rows_in_range(impl_->spans->pin(), search.time));
  return impl_->queries.run(query_class, limits, [&](const QueryGate::Slot& slot) -> Result<SpanPage> {
    for (int attempt = 0;; ++attempt) {
      BlockPtr damaged;
      auto page = impl_->search_once(slot, search, detail, limits, damaged);
      if (page || page.error().code != ErrorCode::Corrupt || attempt == 3) return page;
      if (damaged != nullptr) {
        impl_->spans->quarantine(damaged->info().id, page.error());
      } else {
        VIZSLA_TRY(const bool found, impl_->quarantine_damaged_blocks(impl_->spans->pin(), limits));
        if (!found) return fail(ErrorCode::Unavailable, fmt::format("the query failed: {}", page.error().message));
      }
    }
  });
}

Result<bool> EmbeddedStore::Impl::quarantine_damaged_blocks(const TableVersion& version, const ReadLimits& limits) {
  bool found = false;
  for (const BlockPtr& block : *version.blocks) {
    VIZSLA_TRY_VOID(limits.check());
    const auto content = read_file(files, block->data_path());
    if (!content) {
      // Too few descriptors, say, is no damage.
      if (content.error().code != ErrorCode::NotFound) continue;
      spans->quarantine(block->info().id, content.error());
    } else if (hash64(*content) != block->info().data_checksum) {
      spans->quarantine(block->info().id, {ErrorCode::Corrupt, block->data_path() + ": its checksum differs"});
    } else {
      continue;
    }
    found = true;
  }
  return found;
}

Result<std::vector<FoundRow>> EmbeddedStore::Impl::find_by_sql(const QueryGate::Slot& slot, const TableVersion& version,
                                                               const query::SpanSearch& search,
                                                               const ReadLimits& limits, BlockPtr& damaged) {
  const Engine::LiveScan live(*engine, span_schema(), version.live);
  VIZSLA_TRY(SqlStatement source, sql_source_of(search, version, live.number(), limits, damaged));
  VIZSLA_TRY(const QueryResult rows,
             engine->query(slot, render_span_search(search, "block, row", std::move(source)), limits));
  std::vector<FoundRow> found;
  for (std::size_t i = 0; i < rows.rows; ++i) {
    found.push_back({{static_cast<std::int64_t>(rows.columns[2].integers[i]), rows.columns[3].integers[i]},
                     static_cast<std::uint32_t>(rows.columns[0].integers[i]),
                     static_cast<std::uint32_t>(rows.columns[1].integers[i])});
  }
  return found;
}

Result<SpanPage> EmbeddedStore::Impl::search_once(const QueryGate::Slot& slot, const query::SpanSearch& search,
                                                  SpanDetail detail, const ReadLimits& limits, BlockPtr& damaged) {
  VIZSLA_TRY(const Scan scan, scan_of(search));
  const TableVersion version = spans->pin();
  const bool by_sql = options.search_by_sql && version.deletions->empty();
  VIZSLA_TRY(const std::vector<FoundRow> rows, by_sql ? find_by_sql(slot, version, search, limits, damaged)
                                                      : scan_rows(version, span_schema(), scan, limits, damaged));

  SpanPage page;
  page.sequence_max = search.sequence_max.value_or(version.sequence_max());
  page.more = rows.size() > search.limit;
  const std::size_t count = std::min<std::size_t>(rows.size(), search.limit);

  // What is read by block: rows ascending as the reader wants them, each with its place in the page.
  std::map<std::uint32_t, std::vector<std::pair<std::uint64_t, std::size_t>>> wanted;
  for (std::size_t i = 0; i < count; ++i)
    wanted[rows[i].block].emplace_back(rows[i].block == FoundRow::kLive ? rows[i].position.sequence : rows[i].row, i);
  Projection projection = projection_for(detail);
  // Even a bare place says where it is in this order.
  if (search.order == query::SpanOrder::SlowestFirst)
    projection.columns[static_cast<std::size_t>(SpanColumn::DurationNs)] = true;
  ReadGuard guard(limits, read_memory);
  page.spans.memory = guard.memory();
  page.spans.spans.resize(count);
  for (auto& [block_number, places] : wanted) {
    std::sort(places.begin(), places.end());
    std::vector<model::Span> read;
    SpanSink sink(read, page.spans.texts, guard);
    if (block_number != FoundRow::kLive) {
      std::vector<RowRange> ranges;
      for (const auto& [row, place] : places) {
        if (!ranges.empty() && ranges.back().first + ranges.back().count == row) {
          ++ranges.back().count;
        } else {
          ranges.push_back({static_cast<std::uint32_t>(row), 1});
        }
      }
      const BlockPtr& block = (*version.blocks)[block_number];
      if (const auto outcome = block->read(ranges, projection, 0, sink); !outcome) {
        if (outcome.error().code == ErrorCode::Corrupt) damaged = block;
        return fail(outcome.error());
      }
    } else {
      std::size_t next = 0;
      for (const LiveView& view : version.live) {
        for (std::size_t b = 0; b < view.count && next < places.size(); ++b) {
          VIZSLA_TRY_VOID(sink.check());
          const TableBatch& batch = (*view.part)[b];
          for (; next < places.size() && places[next].first < batch.sequence() + batch.rows(); ++next) {
            const RowRange range{static_cast<std::uint32_t>(places[next].first - batch.sequence()), 1};
            read_batch(batch, {&range, 1}, projection, next, sink);
          }
        }
      }
      VIZSLA_CHECK(next == places.size());
    }
    VIZSLA_CHECK(read.size() == places.size());
    VIZSLA_TRY_VOID(sink.finish());
    for (std::size_t i = 0; i < places.size(); ++i) page.spans.spans[places[i].second] = std::move(read[i]);
  }
  return page;
}

Result<query::StatsAnswer> EmbeddedStore::read_stats(const query::StatsQuery& query, const ReadLimits& limits) {
  return impl_->queries.run(QueryClass::Short, limits, [&](const QueryGate::Slot&) {
    return impl_->stats->read(query, impl_->clock.now(), limits);
  });
}

std::uint64_t EmbeddedStore::span_count() const {
  const Table::Stats stats = impl_->spans->stats();
  return stats.block_rows + stats.live_rows;
}

std::vector<StoredPayload> EmbeddedStore::recent_payloads() const {
  return impl_->recent;
}

Result<void> EmbeddedStore::health() const {
  const auto failure = impl_->last_failure.with([](const std::optional<Error>& f) { return f; });
  return failure ? Result<void>(fail(*failure)) : Result<void>{};
}

EmbeddedStore::Stats EmbeddedStore::stats() const {
  const Table::Stats table = impl_->spans->stats();
  Stats stats;
  stats.spans = table.block_rows + table.live_rows;
  stats.blocks = table.blocks;
  stats.block_bytes = table.block_bytes;
  stats.index_bytes = table.index_bytes;
  stats.filter_bytes = table.filter_bytes;
  stats.live_spans = table.live_rows;
  stats.live_bytes = table.live_bytes;
  const Table::Stats kept = impl_->kept->stats();
  stats.quarantined_blocks = table.quarantined_blocks + kept.quarantined_blocks;
  stats.deletions = table.deletions + kept.deletions;
  stats.pinned_spans = kept.block_rows;
  stats.pinned_bytes = kept.block_bytes + kept.index_bytes + kept.filter_bytes;
  impl_->segments.with([&](const LogSegments& segments) {
    stats.log_segments = segments.count();
    stats.log_bytes = segments.bytes();
  });
  stats.frames = impl_->frames;
  stats.log_syncs = impl_->syncs;
  stats.frames_refused = impl_->frames_refused;
  stats.replayed_frames = impl_->replayed_frames;
  stats.damaged_bytes = impl_->damaged_bytes;
  stats.queries = impl_->queries.counts();
  stats.read_bytes = impl_->read_memory.taken();
  stats.merges = impl_->merges;
  stats.merged_spans = impl_->merged_spans;
  stats.merge_cpu_ns = impl_->merge_cpu_ns;
  stats.collapsed_copies = impl_->collapsed_copies;
  stats.expired_spans = impl_->expired_spans;
  stats.crowded_out_spans = impl_->crowded_out_spans;
  stats.crowded_out_stats = impl_->crowded_out_stats_rows;
  stats.deleted_spans = impl_->deleted_spans;
  std::vector<BlockInfo> infos;
  const TableVersion version = impl_->spans->pin();
  for (const BlockPtr& block : *version.blocks) infos.push_back(block->info());
  stats.debt = compaction_debt(infos);
  stats.statistics = impl_->stats->stats();
  stats.quarantined_blocks += stats.statistics.quarantined_blocks;
  return stats;
}

}  // namespace vizsla::store
