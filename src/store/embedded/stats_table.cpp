#include "store/embedded/stats_table.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/log.h"
#include "store/embedded/block_layout.h"
#include "store/embedded/stats_collector.h"
#include "store/embedded/stats_section.h"
#include "store/stats_store.h"

namespace vizsla::store {
namespace {

constexpr std::uint32_t kManifestSchema = 1;

UnixNanos floor_to(UnixNanos time, std::int64_t step) {
  return time - time % step;
}

UnixNanos ceil_to(UnixNanos time, std::int64_t step) {
  return floor_to(time + step - 1, step);
}

bool is_small(const query::StatsQuery& query) {
  return std::all_of(query.group_by.begin(), query.group_by.end(), query::is_small_field) &&
         std::all_of(query.filters.begin(), query.filters.end(),
                     [](const query::StatsFilter& filter) { return query::is_small_field(filter.field); });
}

// Buckets of one tier.
struct TierPart {
  std::size_t tier;  // of kStatsTiers
  bool small;
  query::TimeRange time;
};

// What tiers have of a question's time.
class TierChoice {
 public:
  TierChoice(const query::StatsQuery& query, UnixNanos now, const StatsOptions& options,
             const std::vector<TierGap>& gaps)
      : query_(query), now_(now), options_(options), gaps_(gaps), small_(is_small(query)) {}

  // The coarsest tier whose buckets make up the time and its steps, by the small key if that is enough; where it
  // doesn't have all of the time, another that has, by other keys or finer; else one that is coarser.
  [[nodiscard]] TierPart for_steps() const {
    const auto fits = [&](const StatsTier& tier) {
      return query_.step_ns % tier.resolution_ns == 0 && query_.time.from_ns % tier.resolution_ns == 0 &&
             query_.time.to_ns % tier.resolution_ns == 0;
    };
    std::vector<std::size_t> order;  // the best first
    for (std::size_t i = kStatsTiers.size(); i-- > 0;) {
      if (fits(kStatsTiers[i])) order.push_back(i);
    }
    for (std::size_t i = 0; i < kStatsTiers.size(); ++i) {
      if (!fits(kStatsTiers[i])) order.push_back(i);
    }
    for (const Lacks allowed : {Lacks::Nothing, Lacks::WhatIsDamaged}) {
      for (const std::size_t i : order) {
        for (const bool small : {true, false}) {
          if ((small && !small_) || !kStatsTiers[i].has(small)) continue;
          const TierPart part{i, small, query_.time};
          if (lacks(part) <= allowed) return part;
        }
      }
    }
    return {kStatsTiers.size() - 1, small_, query_.time};
  }

  // `part` by the coarsest buckets that fit, of tiers that have them: its own where none does.
  void cover(const TierPart& part, std::vector<TierPart>& cover) const {
    for (std::size_t i = kStatsTiers.size(); --i > part.tier;) {
      const std::int64_t resolution = kStatsTiers[i].resolution_ns;
      const TierPart inner{i, small_, {ceil_to(part.time.from_ns, resolution), floor_to(part.time.to_ns, resolution)}};
      if (inner.time.from_ns >= inner.time.to_ns || !kStatsTiers[i].has(small_) || lacks(inner) != Lacks::Nothing)
        continue;
      this->cover({part.tier, part.small, {part.time.from_ns, inner.time.from_ns}}, cover);
      cover.push_back(inner);
      this->cover({part.tier, part.small, {inner.time.to_ns, part.time.to_ns}}, cover);
      return;
    }
    if (part.time.from_ns < part.time.to_ns) cover.push_back(part);
  }

 private:
  enum class Lacks : std::uint8_t { Nothing, WhatIsDamaged, WhatIsOld };

  // What a tier has let go counts even if it would be kept today: settings change, and space runs out.
  [[nodiscard]] Lacks lacks(const TierPart& part) const {
    const StatsTier& tier = kStatsTiers[part.tier];
    const UnixNanos from = floor_to(part.time.from_ns, tier.resolution_ns);
    const UnixNanos to = ceil_to(part.time.to_ns, tier.resolution_ns);
    const std::int64_t keep_ns = options_.keep_ns[part.tier];
    if (keep_ns > 0 && part.time.from_ns < now_ - keep_ns) return Lacks::WhatIsOld;
    Lacks worst = Lacks::Nothing;
    for (const TierGap& gap : gaps_) {
      if (gap.resolution_ns != tier.resolution_ns || gap.small != part.small || gap.to <= from || gap.from >= to)
        continue;
      worst = std::max(worst, gap.from == 0 ? Lacks::WhatIsOld : Lacks::WhatIsDamaged);
    }
    return worst;
  }

  const query::StatsQuery& query_;
  const UnixNanos now_;
  const StatsOptions& options_;
  const std::vector<TierGap>& gaps_;
  const bool small_;  // the small key is enough
};

// A program that didn't have a tier yet has written nothing for it: another tier answers for that time. What was let go
// says so itself.
void note_unknown_tiers(Manifest& manifest) {
  UnixNanos last = -1;
  for (const BlockInfo& block : manifest.blocks) last = std::max(last, block.time_max);
  if (last < 0) return;
  for (const StatsTier& tier : kStatsTiers) {
    for (const bool small : {false, true}) {
      if (!tier.has(small)) continue;
      const auto of_tier = [&](const auto& something) {
        return something.resolution_ns == tier.resolution_ns && something.small == small;
      };
      if (std::any_of(manifest.blocks.begin(), manifest.blocks.end(), of_tier) ||
          std::any_of(manifest.tier_gaps.begin(), manifest.tier_gaps.end(), of_tier))
        continue;
      manifest.tier_gaps.push_back({tier.resolution_ns, small, 0, last + 1});
    }
  }
}

}  // namespace

std::string_view name_of(const StatsTier& tier) {
  constexpr std::array<std::string_view, kStatsTiers.size()> kNames = {"10s", "1m", "10m", "1h", "1d"};
  for (std::size_t i = 0; i < kStatsTiers.size(); ++i) {
    if (kStatsTiers[i].resolution_ns == tier.resolution_ns) return kNames[i];
  }
  return "";
}

StatsBlockFile::~StatsBlockFile() {
  if (!retired_) return;
  if (const auto removed = files_.remove(path_); !removed)
    log::warn(log::Fault::Environment, "remove_block", "{}", removed.error().message);
}

Result<std::shared_ptr<const StatsBlock>> StatsBlockFile::open() const {
  const std::lock_guard lock(mutex_);
  if (block_ == nullptr) {
    VIZSLA_TRY(block_, StatsBlock::open(path_, info_.data_bytes, info_.data_checksum));
  }
  return block_;
}

StatsTable::StatsTable(Files& files, std::string root, StatsOptions options)
    : files_(files), root_(std::move(root)), folder_(fmt::format("{}/{}", root_, kName)), options_(options) {}

std::string StatsTable::path_of(std::uint64_t id) const {
  return fmt::format("{}/{}", folder_, stats_block_name(id));
}

StatsBlockPtr StatsTable::file_of(const BlockInfo& info) {
  return std::make_shared<const StatsBlockFile>(files_, path_of(info.id), info);
}

Result<std::unique_ptr<StatsTable>> StatsTable::open(Files& files, const std::string& root, StatsOptions options) {
  auto table = std::unique_ptr<StatsTable>(new StatsTable(files, root, options));
  VIZSLA_TRY_VOID(files.make_folder(table->folder_));
  VIZSLA_TRY_VOID(files.sync_folder(root));
  Manifest manifest;
  manifest.table = kName;
  manifest.schema_version = kManifestSchema;
  bool twice = true;
  if (auto read = read_manifest(files, table->folder_)) {
    manifest = std::move(read->manifest);
    twice = read->twice;
  } else if (read.error().code != ErrorCode::NotFound) {
    return fail(read.error());
  }
  if (manifest.table != kName || manifest.schema_version != kManifestSchema)
    return fail(ErrorCode::Unsupported,
                fmt::format("{} holds {} in version {}, this program reads {} in version {}", table->folder_,
                            manifest.table, manifest.schema_version, kName, kManifestSchema));
  note_unknown_tiers(manifest);
  if (!twice) {
    const auto written = write_manifest(files, table->folder_, manifest);
    twice = written.has_value();
    if (!written)
      log::warn(log::Fault::Environment, "manifest_write",
                "{}; nothing is removed from the log until it can be written", written.error().message);
  }

  VIZSLA_TRY(const auto entries, files.list(table->folder_));
  std::map<std::string, std::uint64_t> sizes;
  for (const Files::Entry& entry : entries) {
    if (!entry.is_folder) sizes.emplace(entry.name, entry.size);
  }
  auto blocks = std::make_shared<std::vector<StatsBlockPtr>>();
  std::vector<std::pair<std::uint64_t, Error>> damaged;
  for (const BlockInfo& info : manifest.blocks) {
    blocks->push_back(table->file_of(info));
    const auto found = sizes.find(stats_block_name(info.id));
    if (found == sizes.end()) {
      damaged.emplace_back(info.id, Error{ErrorCode::Corrupt, fmt::format("{} is missing", table->path_of(info.id))});
    } else if (found->second != info.data_bytes) {
      damaged.emplace_back(
          info.id, Error{ErrorCode::Corrupt, fmt::format("{} has {} bytes, the manifest says {}",
                                                         table->path_of(info.id), found->second, info.data_bytes)});
    }
    sizes.erase(stats_block_name(info.id));
  }
  for (const auto& [name, size] : sizes) {
    if (!twice || name == kManifestName || name == kManifestCopyName) continue;
    log::info("removing {}/{}: it was being written when the last run ended", table->folder_, name);
    VIZSLA_TRY_VOID(files.remove(table->folder_ + "/" + name));
  }
  table->state_.with([&](State& state) {
    state.blocks = std::move(blocks);
    state.current.live = std::make_shared<StatsLive>();
    state.published_sequence = manifest.applied_sequence;
    table->next_block_id_ = manifest.next_block_id;
    state.manifest = std::move(manifest);
    state.manifest_twice = twice;
  });
  for (const auto& [id, why] : damaged) table->quarantine(id, why);
  return table;
}

std::uint64_t StatsTable::applied_sequence() const {
  return state_.with([](const State& state) { return state.manifest.applied_sequence; });
}

UnixNanos StatsTable::received_max() const {
  return state_.with([](const State& state) { return state.manifest.received_max; });
}

std::uint64_t StatsTable::removable_sequence() const {
  return state_.with([](const State& state) -> std::uint64_t {
    if (!state.manifest_twice) return 0;
    if (!state.frozen.empty()) return state.frozen.front().first_sequence;
    return state.current.first_sequence > 0 ? state.current.first_sequence : state.published_sequence;
  });
}

void StatsTable::publish(const TableBatch* section, std::uint64_t sequence, std::uint64_t next_sequence) {
  const bool adds = section != nullptr && section->rows() > 0;
  const auto live = state_.with([&](State& state) {
    state.published_sequence = next_sequence;
    if (!adds) return state.current.live;
    if (state.current.first_sequence == 0) state.current.first_sequence = sequence;
    state.current.received_max = std::max(state.current.received_max, section->received_ns());
    return state.current.live;
  });
  if (adds) live->add(*section);
}

std::uint64_t StatsTable::current_rows() const {
  return state_.with([](const State& state) { return state.current.live->rows(); });
}

std::uint64_t StatsTable::current_bytes() const {
  return state_.with([](const State& state) { return state.current.live->bytes(); });
}

std::uint64_t StatsTable::current_first_sequence() const {
  return state_.with([](const State& state) { return state.current.first_sequence; });
}

std::uint64_t StatsTable::live_bytes() const {
  return state_.with([](const State& state) {
    std::uint64_t bytes = state.current.live->bytes();
    for (const Part& part : state.frozen) bytes += part.live->bytes();
    return bytes;
  });
}

void StatsTable::freeze() {
  state_.with([&](State& state) {
    if (state.current.first_sequence == 0) return;
    state.current.end_sequence = state.published_sequence;
    state.frozen.push_back(std::exchange(state.current, {}));
    state.current.live = std::make_shared<StatsLive>();
  });
}

bool StatsTable::has_frozen() const {
  return state_.with([](const State& state) { return !state.frozen.empty(); });
}

Result<BlockInfo> StatsTable::write_block(const StatsBlockWriter& writer, const StatsTier& tier, bool small,
                                          std::uint32_t level) {
  const Buffer content = writer.finish();
  BlockInfo info;
  info.id = next_block_id_++;
  info.rows = writer.rows();
  info.data_bytes = content.size();
  info.data_checksum = hash64(content);
  info.time_min = writer.time_min();
  info.time_max = writer.time_max() + tier.resolution_ns - 1;
  info.level = level;
  info.resolution_ns = tier.resolution_ns;
  info.small = small;
  const auto written = write_file(path_of(info.id), content);
  if (written) return info;
  // Half of it: a disk that stays full must not collect one for each attempt.
  static_cast<void>(files_.remove(path_of(info.id)));
  return fail(written.error());
}

Result<void> StatsTable::write_file(const std::string& path, Bytes content) {
  VIZSLA_TRY(const auto file, files_.create(path));
  VIZSLA_TRY_VOID(file->append({&content, 1}));
  return file->sync();
}

Result<std::vector<BlockInfo>> StatsTable::write_blocks(std::vector<std::unique_ptr<StatsSource>>& sources,
                                                        const StatsTier& tier, bool small, std::int64_t partition_ns,
                                                        std::uint32_t level, const std::stop_token& stop) {
  std::vector<BlockInfo> written;
  std::map<std::int64_t, StatsBlockWriter> writers;  // by partition
  const auto write = [&](const StatsBlockWriter& writer) -> Result<void> {
    VIZSLA_TRY(written.emplace_back(), write_block(writer, tier, small, level));
    return {};
  };
  const auto take = [&](const StatsKeyTexts& key, const std::vector<StatsRow>& rows) -> Result<void> {
    if (stop.stop_requested()) return fail(ErrorCode::Unavailable, "the store is closing");
    for (std::size_t begin = 0; begin < rows.size();) {
      // Partitioned or not, a block's buckets are numbered in 16 bits.
      const std::int64_t width =
          partition_ns > 0 ? partition_ns : StatsBlockWriter::kBucketsMax / 2 * tier.resolution_ns;
      const std::int64_t partition = rows[begin].bucket_ns / width;
      std::size_t end = begin;
      while (end < rows.size() && rows[end].bucket_ns / width == partition) ++end;
      auto [at, fresh] = writers.try_emplace(partition, tier.resolution_ns, small);
      at->second.add(key, {rows.data() + begin, end - begin});
      if (at->second.rows() >= options_.block_rows_max) {
        VIZSLA_TRY_VOID(write(at->second));
        writers.erase(at);
      }
      begin = end;
    }
    return {};
  };
  Result<void> outcome = merge_stats(sources, tier.resolution_ns, take);
  for (const auto& [partition, writer] : writers) {
    if (outcome && writer.rows() > 0) outcome = write(writer);
  }
  if (outcome) return written;
  remove_files(written);
  return fail(outcome.error());
}

void StatsTable::remove_files(const std::vector<BlockInfo>& blocks) {
  for (const BlockInfo& info : blocks) {
    if (const auto removed = files_.remove(path_of(info.id)); !removed)
      log::warn(log::Fault::Environment, "remove_block", "{}", removed.error().message);
  }
}

Result<void> StatsTable::build_frozen() {
  const std::lock_guard manifest_lock(manifest_mutex_);
  Part part;
  Manifest manifest;
  state_.with([&](const State& state) {
    VIZSLA_CHECK(!state.frozen.empty());
    part = state.frozen.front();
    manifest = state.manifest;
  });
  std::vector<BlockInfo> built;
  for (const StatsTier& tier : kStatsTiers) {
    for (const bool small : {false, true}) {
      if (!tier.has(small)) continue;
      std::vector<std::unique_ptr<StatsSource>> sources;
      sources.push_back(make_live_source(part.live, small));
      auto blocks = write_blocks(sources, tier, small, 0, 0, {});
      if (!blocks) {
        remove_files(built);
        return fail(blocks.error());
      }
      built.insert(built.end(), blocks->begin(), blocks->end());
    }
  }
  std::vector<std::uint64_t> written;
  for (const BlockInfo& info : built) written.push_back(info.id);
  manifest.blocks.insert(manifest.blocks.end(), built.begin(), built.end());
  manifest.applied_sequence = part.end_sequence;
  manifest.received_max = std::max(manifest.received_max, part.received_max);
  return commit(std::move(manifest), written, true);
}

Result<void> StatsTable::commit(Manifest manifest, const std::vector<std::uint64_t>& written, bool builds) {
  state_.with([&](State& state) {
    state.manifest_twice = false;
    state.orphans.insert(state.orphans.end(), written.begin(), written.end());
  });
  VIZSLA_TRY_VOID(files_.sync_folder(folder_));
  manifest.next_block_id = next_block_id_;
  VIZSLA_TRY_VOID(write_manifest(files_, folder_, manifest));

  const std::vector<std::uint64_t> orphans = state_.with([&](State& state) {
    std::map<std::uint64_t, StatsBlockPtr> known;
    for (const StatsBlockPtr& block : *state.blocks) known.emplace(block->info().id, block);
    auto blocks = std::make_shared<std::vector<StatsBlockPtr>>();
    for (const BlockInfo& info : manifest.blocks) {
      const auto at = known.find(info.id);
      blocks->push_back(at == known.end() ? file_of(info) : at->second);
    }
    state.blocks = std::move(blocks);
    state.manifest = std::move(manifest);
    state.manifest_twice = true;
    if (builds) state.frozen.erase(state.frozen.begin());
    return std::exchange(state.orphans, {});
  });
  for (const std::uint64_t id : orphans) {
    if (std::find(written.begin(), written.end(), id) == written.end()) static_cast<void>(files_.remove(path_of(id)));
  }
  return {};
}

Result<bool> StatsTable::replace_blocks(const std::vector<StatsBlockPtr>& gone, const std::vector<BlockInfo>& come) {
  const std::lock_guard manifest_lock(manifest_mutex_);
  Manifest manifest = state_.with([](const State& state) { return state.manifest; });
  const std::size_t before = manifest.blocks.size();
  std::erase_if(manifest.blocks, [&](const BlockInfo& info) {
    return std::any_of(gone.begin(), gone.end(),
                       [&](const StatsBlockPtr& block) { return block->info().id == info.id; });
  });
  if (before - manifest.blocks.size() != gone.size()) {
    remove_files(come);
    return false;
  }
  manifest.blocks.insert(manifest.blocks.end(), come.begin(), come.end());
  if (come.empty()) {
    for (const StatsBlockPtr& block : gone) note_gap(manifest, block->info(), true);
  }
  std::vector<std::uint64_t> written;
  for (const BlockInfo& info : come) written.push_back(info.id);
  VIZSLA_TRY_VOID(commit(std::move(manifest), written, false));
  for (const StatsBlockPtr& block : gone) block->retire();
  return true;
}

Result<bool> StatsTable::let_go(const std::vector<std::uint64_t>& ids) {
  const auto blocks = state_.with([](const State& state) { return state.blocks; });
  std::vector<StatsBlockPtr> gone;
  for (const StatsBlockPtr& block : *blocks) {
    if (std::find(ids.begin(), ids.end(), block->info().id) != ids.end()) gone.push_back(block);
  }
  if (gone.size() != ids.size()) return false;
  return replace_blocks(gone, {});
}

Result<query::StatsAnswer> StatsTable::read(const query::StatsQuery& query, UnixNanos now, const ReadLimits& limits) {
  VIZSLA_TRY_VOID(check_stats_query(query));
  for (;;) {
    std::vector<Part> parts;
    std::vector<TierGap> gaps;
    std::shared_ptr<const std::vector<StatsBlockPtr>> blocks;
    state_.with([&](const State& state) {
      parts = state.frozen;
      parts.push_back(state.current);
      gaps = state.manifest.tier_gaps;
      blocks = state.blocks;
    });
    const TierChoice choice(query, now, options_, gaps);
    TierPart base = choice.for_steps();
    const std::int64_t resolution = kStatsTiers[base.tier].resolution_ns;
    const std::int64_t step = ceil_to(query.step_ns, resolution);
    base.time = {floor_to(query.time.from_ns, resolution), ceil_to(query.time.to_ns, resolution)};
    // One sketch for all of the time takes few buckets, whatever its points are.
    std::vector<TierPart> cover;
    StatsCollector collector(query, base.time, step);
    if (query.with_sketches && !collector.by_point()) choice.cover(base, cover);

    std::optional<std::pair<std::uint64_t, Error>> damaged;
    std::unordered_map<const StatsBlock*, std::uint64_t> ids;
    const auto add = [&](const TierPart& part, auto&& add_block) -> Result<void> {
      for (const StatsBlockPtr& file : *blocks) {
        const BlockInfo& info = file->info();
        if (info.resolution_ns != kStatsTiers[part.tier].resolution_ns || info.small != part.small ||
            info.time_max < part.time.from_ns || info.time_min >= part.time.to_ns)
          continue;
        VIZSLA_TRY_VOID(limits.check());
        const auto block = file->open();
        if (block) ids.emplace(block->get(), info.id);
        const Result<void> added = block ? add_block(**block) : fail(block.error());
        if (added) continue;
        if (added.error().code == ErrorCode::Corrupt) damaged.emplace(info.id, added.error());
        return added;
      }
      return {};
    };
    Result<void> added = add(base, [&](const StatsBlock& block) { return collector.add(block); });
    for (const TierPart& part : cover) {
      if (added) added = add(part, [&](const StatsBlock& block) { return collector.note_sketches(block, part.time); });
    }
    if (!added && !damaged) return fail(added.error());
    if (const StatsBlock* bad = added ? collector.add_sketches() : nullptr; bad != nullptr)
      damaged.emplace(ids.at(bad), Error{ErrorCode::Corrupt, "statistics: a row's bins don't read"});
    if (damaged) {
      quarantine(damaged->first, damaged->second);
      continue;
    }
    for (const Part& part : parts) {
      VIZSLA_TRY_VOID(limits.check());
      VIZSLA_TRY_VOID(collector.add(*part.live));
    }
    return collector.take();
  }
}

std::vector<StatsBlockPtr> StatsTable::choose_merge() const {
  const auto blocks = state_.with([](const State& state) { return state.blocks; });
  for (std::size_t t = 0; t < kStatsTiers.size(); ++t) {
    for (const bool small : {false, true}) {
      std::vector<StatsBlockPtr> young;
      std::map<std::int64_t, std::vector<StatsBlockPtr>> by_partition;
      for (const StatsBlockPtr& block : *blocks) {
        const BlockInfo& info = block->info();
        if (info.resolution_ns != kStatsTiers[t].resolution_ns || info.small != small) continue;
        if (info.level == 0) {
          young.push_back(block);
        } else if (info.rows < options_.block_rows_max / 2) {
          by_partition[info.time_min / kStatsTiers[t].partition_ns].push_back(block);
        }
      }
      if (young.size() >= options_.merge_blocks) return young;
      for (auto& [partition, group] : by_partition) {
        // Of about one size, so that a row isn't written again and again.
        std::sort(group.begin(), group.end(), [](const StatsBlockPtr& a, const StatsBlockPtr& b) {
          return std::pair(a->info().rows, a->info().id) < std::pair(b->info().rows, b->info().id);
        });
        std::uint64_t sum = 0;
        std::size_t alike = 0;
        while (alike < group.size() && (alike == 0 || group[alike]->info().rows <= 2 * sum))
          sum += group[alike++]->info().rows;
        if (alike < 4) continue;
        group.resize(alike);
        return group;
      }
    }
  }
  return {};
}

Result<bool> StatsTable::maintain_next(UnixNanos now, bool clock_believed, const std::stop_token& stop) {
  if (clock_believed) {
    std::vector<std::uint64_t> old;
    for (const BlockInfo& block : blocks()) {
      for (std::size_t t = 0; t < kStatsTiers.size(); ++t) {
        if (block.resolution_ns == kStatsTiers[t].resolution_ns && options_.keep_ns[t] > 0 &&
            block.time_max < now - options_.keep_ns[t])
          old.push_back(block.id);
      }
    }
    if (!old.empty()) {
      VIZSLA_TRY_VOID(let_go(old));
      return true;
    }
  }
  const std::vector<StatsBlockPtr> inputs = choose_merge();
  if (inputs.empty()) return false;
  std::vector<std::unique_ptr<StatsSource>> sources;
  for (const StatsBlockPtr& file : inputs) {
    const auto block = file->open();
    if (!block) {
      if (block.error().code != ErrorCode::Corrupt) return fail(block.error());
      quarantine(file->info().id, block.error());
      return true;
    }
    sources.push_back(std::make_unique<StatsBlockSource>(*block));
  }
  const BlockInfo& first = inputs.front()->info();
  const auto tier = std::find_if(kStatsTiers.begin(), kStatsTiers.end(), [&](const StatsTier& candidate) {
    return candidate.resolution_ns == first.resolution_ns;
  });
  VIZSLA_TRY(const auto merged, write_blocks(sources, *tier, first.small, tier->partition_ns, 1, stop));
  VIZSLA_TRY_VOID(replace_blocks(inputs, merged));
  return true;
}

void StatsTable::quarantine(std::uint64_t block_id, const Error& why) {
  const std::lock_guard manifest_lock(manifest_mutex_);
  Manifest manifest = state_.with([](const State& state) { return state.manifest; });
  const auto known = std::find_if(manifest.blocks.begin(), manifest.blocks.end(),
                                  [&](const BlockInfo& info) { return info.id == block_id; });
  if (known == manifest.blocks.end()) return;  // somebody else was quicker
  note_gap(manifest, *known, false);
  manifest.blocks.erase(known);
  manifest.next_block_id = next_block_id_;
  log::error(log::Fault::Environment, "", "block {} of statistics is damaged and set aside in {}/quarantine: {}",
             block_id, root_, why.message);
  const auto written = write_manifest(files_, folder_, manifest);
  if (!written)
    log::warn(log::Fault::Environment, "manifest_write", "{}; the damaged block will be found again at the next start",
              written.error().message);
  state_.with([&](State& state) {
    auto blocks = std::make_shared<std::vector<StatsBlockPtr>>(*state.blocks);
    std::erase_if(*blocks, [&](const StatsBlockPtr& block) { return block->info().id == block_id; });
    state.blocks = std::move(blocks);
    state.manifest = std::move(manifest);
    state.manifest_twice = written.has_value();
    ++state.quarantined_blocks;
  });
  const std::string quarantine = root_ + "/quarantine";
  Result<void> moved = files_.make_folder(quarantine);
  if (moved)
    moved = files_.rename(path_of(block_id), fmt::format("{}/{}-{}", quarantine, kName, stats_block_name(block_id)));
  if (!moved && moved.error().code != ErrorCode::NotFound)
    log::warn(log::Fault::Environment, "quarantine", "cannot move the damaged block aside: {}", moved.error().message);
}

std::vector<BlockInfo> StatsTable::blocks() const {
  return state_.with([](const State& state) { return state.manifest.blocks; });
}

StatsTable::Stats StatsTable::stats() const {
  return state_.with([](const State& state) {
    Stats stats;
    for (const StatsTier& tier : kStatsTiers) {
      for (const bool small : {false, true}) {
        if (!tier.has(small)) continue;
        TierStats sum{tier.resolution_ns, small, 0, 0, 0};
        for (const BlockInfo& info : state.manifest.blocks) {
          if (info.resolution_ns != tier.resolution_ns || info.small != small) continue;
          ++sum.blocks;
          sum.rows += info.rows;
          sum.bytes += info.data_bytes;
        }
        stats.tiers.push_back(sum);
      }
    }
    stats.live_rows = state.current.live->rows();
    stats.live_bytes = state.current.live->bytes();
    for (const Part& part : state.frozen) {
      stats.live_rows += part.live->rows();
      stats.live_bytes += part.live->bytes();
    }
    stats.quarantined_blocks = state.quarantined_blocks;
    return stats;
  });
}

}  // namespace vizsla::store
