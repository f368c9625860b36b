#include "store/embedded/table.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/log.h"

namespace vizsla::store {
namespace {

// Data files that a table keeps open. Each is one of the process's 1,024 (or more) files.
constexpr std::size_t kOpenFilesMax = 256;

}  // namespace

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
      open_files_(files, kOpenFilesMax),
      root_(std::move(root)),
      folder_(fmt::format("{}/{}", root_, schema.name)),
      schema_(schema),
      options_(std::move(options)) {}

Result<std::unique_ptr<Table>> Table::open(Files& files, const std::string& root, const TableSchema& schema,
                                           BlockOptions options) {
  std::unique_ptr<Table> table(new Table(files, root, schema, std::move(options)));
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
  VIZSLA_TRY(const auto entries, files.list(table->folder_));
  if (twice) VIZSLA_TRY_VOID(table->remove_strangers(manifest, entries));

  std::map<std::string_view, std::uint64_t> sizes;
  for (const Files::Entry& entry : entries) sizes.emplace(entry.name, entry.size);
  auto blocks = std::make_shared<std::vector<BlockPtr>>();
  std::vector<std::pair<std::uint64_t, Error>> damaged;
  for (const BlockInfo& info : manifest.blocks) {
    const std::pair<std::string, std::uint64_t> expected[] = {{block_data_name(info.id), info.data_bytes},
                                                              {block_index_name(info.id), info.index_bytes}};
    std::optional<Error> wrong;
    for (const auto& [name, size] : expected) {
      const auto found = sizes.find(name);
      if (found == sizes.end()) {
        wrong = {ErrorCode::Corrupt, fmt::format("{}/{} is missing", table->folder_, name)};
      } else if (found->second != size) {
        wrong = {ErrorCode::Corrupt,
                 fmt::format("{}/{} has {} bytes, the manifest says {}", table->folder_, name, found->second, size)};
      }
    }
    if (wrong) {
      damaged.emplace_back(info.id, *wrong);
    }
    blocks->push_back(table->reader_of(info));
  }
  table->state_.with([&](State& state) {
    state.blocks = std::move(blocks);
    state.deletions = std::make_shared<const std::vector<Deletion>>(manifest.deletions);
    state.current = std::make_shared<LivePart>();
    table->next_block_id_ = manifest.next_block_id;
    state.manifest = std::move(manifest);
    state.manifest_twice = twice;
  });
  for (const auto& [id, why] : damaged) table->quarantine(id, why);
  return table;
}

BlockPtr Table::reader_of(const BlockInfo& info) {
  return std::make_shared<const BlockReader>(files_, open_files_, folder_, schema_, info);
}

Result<void> Table::remove_strangers(const Manifest& manifest, const std::vector<Files::Entry>& entries) {
  std::set<std::string> known{std::string(kManifestName), std::string(kManifestCopyName)};
  for (const BlockInfo& block : manifest.blocks) {
    for (std::string& name : block_file_names(block.id)) known.insert(std::move(name));
  }
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
  return state_.with([](const State& state) -> std::uint64_t {
    if (!state.manifest_twice) return 0;
    for (const FrozenPart& frozen : state.frozen) {
      if (frozen.part->count() > 0) return (*frozen.part)[0].sequence();
    }
    if (state.current->count() > 0) return (*state.current)[0].sequence();
    return std::max(state.manifest.applied_sequence, state.passed_sequence);
  });
}

UnixNanos Table::received_max() const {
  return state_.with([](const State& state) { return state.manifest.received_max; });
}

void Table::publish(TableBatch batch) {
  state_.with([&](State& state) { state.current->append(std::move(batch)); });
}

void Table::pass(std::uint64_t next_sequence) {
  state_.with([&](State& state) { state.passed_sequence = next_sequence; });
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
  std::vector<BlockPtr> blocks;
  state_.with([&](const State& state) {
    VIZSLA_CHECK(!state.frozen.empty());
    frozen = state.frozen.front();
    manifest = state.manifest;
    blocks = *state.blocks;
  });

  const LivePart& part = *frozen.part;
  std::vector<BlockInfo> built;
  if (part.rows() > 0) {
    VIZSLA_TRY(built,
               build_blocks(files_, folder_, schema_, part, part.count(), [this] { return new_block_id(); }, options_));
  }
  std::vector<std::uint64_t> written;
  for (const BlockInfo& info : built) {
    written.push_back(info.id);
    blocks.push_back(reader_of(info));
    VIZSLA_TRY_VOID(blocks.back()->check_files());
    manifest.received_max = std::max(manifest.received_max, info.received_max);
    manifest.blocks.push_back(info);
  }
  manifest.applied_sequence = frozen.end_sequence;
  return commit(std::move(manifest), std::move(blocks), written, true);
}

Result<bool> Table::replace_blocks(const std::vector<std::uint64_t>& gone, const std::vector<BlockInfo>& come) {
  const std::lock_guard manifest_lock(manifest_mutex_);
  Manifest manifest;
  std::vector<BlockPtr> blocks;
  state_.with([&](const State& state) {
    manifest = state.manifest;
    blocks = *state.blocks;
  });
  std::vector<std::uint64_t> written;
  for (const BlockInfo& info : come) written.push_back(info.id);
  const auto leaves = [&](std::uint64_t id) { return std::find(gone.begin(), gone.end(), id) != gone.end(); };
  const auto known = static_cast<std::size_t>(
      std::count_if(manifest.blocks.begin(), manifest.blocks.end(), [&](const BlockInfo& b) { return leaves(b.id); }));
  if (known != gone.size()) {
    for (const std::uint64_t id : written) remove_block_files(files_, folder_, id);
    return false;
  }

  std::vector<BlockInfo> infos;
  std::vector<BlockPtr> readers;
  std::vector<BlockPtr> retired;
  const auto put_new = [&]() -> Result<void> {
    for (const BlockInfo& info : come) {
      infos.push_back(info);
      readers.push_back(reader_of(info));
      VIZSLA_TRY_VOID(readers.back()->check_files());
      manifest.received_max = std::max(manifest.received_max, info.received_max);
    }
    return {};
  };
  bool placed = false;
  for (std::size_t i = 0; i < manifest.blocks.size(); ++i) {
    if (!leaves(manifest.blocks[i].id)) {
      infos.push_back(std::move(manifest.blocks[i]));
      readers.push_back(std::move(blocks[i]));
      continue;
    }
    retired.push_back(std::move(blocks[i]));
    if (std::exchange(placed, true)) continue;
    VIZSLA_TRY_VOID(put_new());
  }
  if (!placed) VIZSLA_TRY_VOID(put_new());
  manifest.blocks = std::move(infos);
  VIZSLA_TRY_VOID(commit(std::move(manifest), std::move(readers), written));
  for (const BlockPtr& block : retired) block->retire();
  return true;
}

Result<std::uint64_t> Table::add_deletion(Deletion deletion) {
  const std::lock_guard manifest_lock(manifest_mutex_);
  Manifest manifest;
  std::vector<BlockPtr> blocks;
  state_.with([&](const State& state) {
    manifest = state.manifest;
    blocks = *state.blocks;
  });
  if (manifest.deletions.size() >= kDeletionsMax) {
    return fail(ErrorCode::LimitExceeded,
                fmt::format("{} deletions are still being worked on: try again later", manifest.deletions.size()));
  }
  deletion.id = manifest.next_deletion_id++;
  manifest.deletions.push_back(deletion);
  VIZSLA_TRY_VOID(commit(std::move(manifest), std::move(blocks), {}));
  return deletion.id;
}

Result<void> Table::set_deletions_done(std::uint64_t block_id, std::uint64_t deletion_id) {
  const std::lock_guard manifest_lock(manifest_mutex_);
  Manifest manifest;
  std::vector<BlockPtr> blocks;
  state_.with([&](const State& state) {
    manifest = state.manifest;
    blocks = *state.blocks;
  });
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (manifest.blocks[i].id != block_id) continue;
    manifest.blocks[i].deletions_done = std::max(manifest.blocks[i].deletions_done, deletion_id);
    blocks[i] = reader_of(manifest.blocks[i]);
  }
  return commit(std::move(manifest), std::move(blocks), {});
}

Result<void> Table::commit(Manifest manifest, std::vector<BlockPtr> blocks, const std::vector<std::uint64_t>& written,
                           bool builds) {
  VIZSLA_CHECK(manifest.blocks.size() == blocks.size());
  // A deletion that every row has seen has nothing left to do.
  std::erase_if(manifest.deletions, [&](const Deletion& deletion) {
    return (schema_.id == 0 || manifest.applied_sequence >= deletion.sequence_end) &&
           std::none_of(manifest.blocks.begin(), manifest.blocks.end(),
                        [&](const BlockInfo& block) { return may_touch(deletion, block); });
  });
  state_.with([&](State& state) {
    state.manifest_twice = false;
    // Until it is known that it doesn't, a manifest on the disk may name these blocks; nothing may touch their files.
    state.orphans.insert(state.orphans.end(), written.begin(), written.end());
  });
  manifest.next_block_id = next_block_id_;
  VIZSLA_TRY_VOID(write_manifest(files_, folder_, manifest));

  auto shared_blocks = std::make_shared<const std::vector<BlockPtr>>(std::move(blocks));
  const std::vector<std::uint64_t> orphans = state_.with([&](State& state) {
    state.blocks.swap(shared_blocks);
    state.deletions = std::make_shared<const std::vector<Deletion>>(manifest.deletions);
    state.manifest = std::move(manifest);
    state.manifest_twice = true;
    if (builds) state.frozen.erase(state.frozen.begin());
    return std::exchange(state.orphans, {});
  });
  for (const std::uint64_t id : orphans) {
    if (std::find(written.begin(), written.end(), id) == written.end()) remove_block_files(files_, folder_, id);
  }
  return {};
}

TableVersion Table::pin() const {
  return state_.with([](const State& state) {
    TableVersion version;
    version.blocks = state.blocks;
    version.deletions = state.deletions;
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
  manifest.next_block_id = next_block_id_;

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
      stats.filter_bytes += block->info().filter_bytes;
    }
    stats.live_rows = state.current->rows();
    stats.live_bytes = state.current->bytes();
    for (const FrozenPart& frozen : state.frozen) {
      stats.live_rows += frozen.part->rows();
      stats.live_bytes += frozen.part->bytes();
    }
    stats.quarantined_blocks = state.quarantined_blocks;
    stats.deletions = state.manifest.deletions.size();
    return stats;
  });
}

}  // namespace vizsla::store
