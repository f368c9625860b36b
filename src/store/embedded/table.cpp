#include "store/embedded/table.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/check.h"
#include "base/log.h"

namespace vizsla::store {

std::uint64_t TableVersion::rows() const {
  std::uint64_t rows = 0;
  for (const BlockPtr& block : *blocks) rows += block->info().rows;
  for (const LiveView& view : live) {
    for (std::size_t i = 0; i < view.count; ++i) rows += (*view.part)[i].rows();
  }
  return rows;
}

std::uint64_t TableVersion::sequence_max() const {
  std::uint64_t highest = 0;
  for (const BlockPtr& block : *blocks) highest = std::max(highest, block->info().sequence_max);
  for (const LiveView& view : live) {
    if (view.count == 0) continue;
    const TableBatch& last = (*view.part)[view.count - 1];
    highest = std::max(highest, last.sequence() + std::max<std::uint64_t>(last.rows(), 1) - 1);
  }
  return highest;
}

Table::Table(Files& files, std::string root, const TableSchema& schema, BlockOptions options)
    : files_(files),
      root_(std::move(root)),
      folder_(fmt::format("{}/{}", root_, schema.name)),
      schema_(schema),
      options_(options) {}

Result<std::unique_ptr<Table>> Table::open(Files& files, const std::string& root, const TableSchema& schema,
                                           BlockOptions options) {
  std::unique_ptr<Table> table(new Table(files, root, schema, options));
  VIZSLA_TRY_VOID(files.make_folder(table->folder_));
  VIZSLA_TRY_VOID(files.sync_folder(root));

  Manifest manifest;
  manifest.table = schema.name;
  manifest.schema_version = schema.version;
  auto read = read_manifest(files, table->folder_);
  bool twice = true;
  if (read) {
    manifest = std::move(read->manifest);
    twice = read->twice;
  } else if (read.error().code != ErrorCode::NotFound) {
    return fail(read.error());
  }
  if (manifest.table != schema.name || manifest.schema_version != schema.version) {
    return fail(ErrorCode::Unsupported,
                fmt::format("{} holds {} in version {}, this program reads {} in version {}", table->folder_,
                            manifest.table, manifest.schema_version, schema.name, schema.version));
  }
  if (!twice) {
    const auto written = write_manifest(files, table->folder_, manifest);
    twice = written.has_value();
    if (!written) {
      log::warn(log::Fault::Environment, "manifest_write",
                "{}; nothing is removed from the log until it can be written", written.error().message);
    }
  }
  if (twice) VIZSLA_TRY_VOID(table->remove_strangers(manifest));

  auto blocks = std::make_shared<std::vector<BlockPtr>>();
  std::vector<std::pair<std::uint64_t, Error>> damaged;
  for (const BlockInfo& info : manifest.blocks) {
    auto block = BlockReader::open(files, table->folder_, schema, info);
    if (block) {
      blocks->push_back(std::move(*block));
    } else if (block.error().code == ErrorCode::Corrupt || block.error().code == ErrorCode::NotFound) {
      damaged.emplace_back(info.id, block.error());
    } else {
      return fail(block.error());
    }
  }
  table->state_.with([&](State& state) {
    state.blocks = std::move(blocks);
    state.current = std::make_shared<LivePart>();
    state.manifest = std::move(manifest);
    state.manifest_twice = twice;
  });
  for (const auto& [id, why] : damaged) table->quarantine(id, why);
  return table;
}

Result<void> Table::remove_strangers(const Manifest& manifest) {
  std::set<std::string> known{std::string(kManifestName), std::string(kManifestCopyName)};
  for (const BlockInfo& block : manifest.blocks) {
    known.insert(block_data_name(block.id));
    known.insert(block_index_name(block.id));
  }
  VIZSLA_TRY(const auto entries, files_.list(folder_));
  for (const Files::Entry& entry : entries) {
    if (entry.is_folder || known.contains(entry.name)) continue;
    log::info("removing {}/{}: it was being written when the last run ended", folder_, entry.name);
    VIZSLA_TRY_VOID(files_.remove(folder_ + "/" + entry.name));
  }
  return {};
}

std::uint64_t Table::applied_sequence() const {
  return state_.with([](const State& state) { return state.manifest.applied_sequence; });
}

std::uint64_t Table::removable_sequence() const {
  return state_.with([](const State& state) { return state.manifest_twice ? state.manifest.applied_sequence : 0; });
}

UnixNanos Table::received_max() const {
  return state_.with([](const State& state) { return state.manifest.received_max; });
}

void Table::publish(TableBatch batch) {
  state_.with([&](State& state) { state.current->append(std::move(batch)); });
}

std::uint64_t Table::current_rows() const {
  return state_.with([](const State& state) { return state.current->rows(); });
}

std::uint64_t Table::current_bytes() const {
  return state_.with([](const State& state) { return state.current->bytes(); });
}

bool Table::current_has_room() const {
  return state_.with([](const State& state) { return state.current->has_room(); });
}

std::uint64_t Table::live_bytes() const {
  return state_.with([](const State& state) {
    std::uint64_t bytes = state.current->bytes();
    for (const FrozenPart& frozen : state.frozen) bytes += frozen.part->bytes();
    return bytes;
  });
}

void Table::freeze(std::uint64_t next_sequence) {
  state_.with([&](State& state) {
    state.frozen.push_back({std::move(state.current), next_sequence});
    state.current = std::make_shared<LivePart>();
  });
}

bool Table::has_frozen() const {
  return state_.with([](const State& state) { return !state.frozen.empty(); });
}

Result<void> Table::build_frozen() {
  const std::lock_guard manifest_lock(manifest_mutex_);
  FrozenPart frozen;
  Manifest manifest;
  state_.with([&](const State& state) {
    VIZSLA_CHECK(!state.frozen.empty());
    frozen = state.frozen.front();
    manifest = state.manifest;
  });

  const LivePart& part = *frozen.part;
  std::vector<BlockInfo> built;
  if (part.rows() > 0) {
    VIZSLA_TRY(built, build_blocks(files_, folder_, schema_, part, part.count(), manifest.next_block_id, options_));
  }
  std::vector<BlockPtr> readers;
  for (const BlockInfo& info : built) {
    VIZSLA_TRY(auto reader, BlockReader::open(files_, folder_, schema_, info));
    readers.push_back(std::move(reader));
    manifest.received_max = std::max(manifest.received_max, info.received_max);
    manifest.blocks.push_back(info);
  }
  manifest.next_block_id += built.size();
  // Whatever becomes of the manifest below, these ids are spent: if writing it fails half-way, the file on the disk may
  // name these blocks, and then nothing may touch their files.
  state_.with([&](State& state) { state.manifest.next_block_id = manifest.next_block_id; });
  manifest.applied_sequence = frozen.end_sequence;
  state_.with([](State& state) { state.manifest_twice = false; });
  VIZSLA_TRY_VOID(write_manifest(files_, folder_, manifest));

  state_.with([&](State& state) {
    auto blocks = std::make_shared<std::vector<BlockPtr>>(*state.blocks);
    blocks->insert(blocks->end(), readers.begin(), readers.end());
    state.blocks = std::move(blocks);
    state.manifest = std::move(manifest);
    state.manifest_twice = true;
    state.frozen.erase(state.frozen.begin());
  });
  return {};
}

TableVersion Table::pin() const {
  return state_.with([](const State& state) {
    TableVersion version;
    version.blocks = state.blocks;
    for (const FrozenPart& frozen : state.frozen) version.live.push_back({frozen.part, frozen.part->count()});
    version.live.push_back({state.current, state.current->count()});
    return version;
  });
}

void Table::quarantine(std::uint64_t block_id, const Error& why) {
  const std::lock_guard manifest_lock(manifest_mutex_);
  Manifest manifest = state_.with([](const State& state) { return state.manifest; });
  const auto known = std::find_if(manifest.blocks.begin(), manifest.blocks.end(),
                                  [&](const BlockInfo& b) { return b.id == block_id; });
  if (known == manifest.blocks.end()) return;  // somebody else was quicker
  const std::uint64_t rows = known->rows;
  manifest.blocks.erase(known);

  log::error(log::Fault::Environment, "",
             "block {} of table {} is damaged and set aside in {}/quarantine with its {} rows: {}", block_id,
             schema_.name, root_, rows, why.message);
  const auto written = write_manifest(files_, folder_, manifest);
  if (!written) {
    log::warn(log::Fault::Environment, "manifest_write", "{}; the damaged block will be found again at the next start",
              written.error().message);
  }
  state_.with([&](State& state) {
    auto blocks = std::make_shared<std::vector<BlockPtr>>(*state.blocks);
    std::erase_if(*blocks, [&](const BlockPtr& block) { return block->info().id == block_id; });
    state.blocks = std::move(blocks);
    state.manifest = std::move(manifest);
    state.manifest_twice = written.has_value();
    ++state.quarantined_blocks;
  });
  move_to_quarantine(block_id, why);
}

void Table::move_to_quarantine(std::uint64_t block_id, const Error& why) {
  const std::string quarantine = root_ + "/quarantine";
  Result<void> outcome = files_.make_folder(quarantine);
  for (const std::string& name : {block_data_name(block_id), block_index_name(block_id)}) {
    if (!outcome) break;
    outcome = files_.rename(folder_ + "/" + name, fmt::format("{}/{}-{}", quarantine, schema_.name, name));
    if (!outcome && outcome.error().code == ErrorCode::NotFound) outcome = {};
  }
  if (!outcome)
    log::warn(log::Fault::Environment, "quarantine", "cannot move the damaged block aside ({}): {}", why.message,
              outcome.error().message);
}

Table::Stats Table::stats() const {
  return state_.with([](const State& state) {
    Stats stats;
    stats.blocks = state.blocks->size();
    for (const BlockPtr& block : *state.blocks) {
      stats.block_rows += block->info().rows;
      stats.block_bytes += block->info().data_bytes;
      stats.index_bytes += block->info().index_bytes;
    }
    stats.live_rows = state.current->rows();
    stats.live_bytes = state.current->bytes();
    for (const FrozenPart& frozen : state.frozen) {
      stats.live_rows += frozen.part->rows();
      stats.live_bytes += frozen.part->bytes();
    }
    stats.quarantined_blocks = state.quarantined_blocks;
    return stats;
  });
}

}  // namespace vizsla::store
