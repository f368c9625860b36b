#include "store/embedded/backup.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/json_writer.h"
#include "store/embedded/block_layout.h"
#include "store/embedded/checked_json.h"
#include "store/embedded/data_folder.h"
#include "store/embedded/log_format.h"
#include "store/embedded/log_reader.h"
#include "store/embedded/log_segments.h"
#include "store/embedded/manifest.h"

namespace vizsla::store {
namespace {

constexpr std::uint64_t kListVersion = 1;
// A round more is only needed when the server has replaced something during the one before: this many mean that
// something else is wrong.
constexpr int kRoundsMax = 200;

constexpr std::string_view kJournalSuffix = ".db-journal";

constexpr std::string_view kUnfinishedText =
    "This folder is being filled by a backup or a restore. When none runs, it is of no use: remove it.\n";

std::string join(std::string_view folder, std::string_view name) {
  return fmt::format("{}/{}", folder, name);
}

// The file at the top of a data folder that a backup takes: what isn't the folder's own machinery, nor a database's.
bool is_control_file(const Files::Entry& entry) {
  return entry.is_file && !entry.name.ends_with(kUnfinishedSuffix) && !entry.name.ends_with(kJournalSuffix) &&
         entry.name != kLockName && entry.name != kUnfinishedName && entry.name != kBackupName &&
         entry.name != kFormatName;
}

// A folder that is going to be filled: UNFINISHED from begin() to finish().
class Filling {
 public:
  Filling(Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  Result<void> begin() {
    const auto entries = files_.list(folder_);
    if (!entries && entries.error().code != ErrorCode::NotFound) return fail(entries.error());
    if (entries && !entries->empty()) {
      const bool unfinished = std::any_of(entries->begin(), entries->end(),
                                          [](const Files::Entry& entry) { return entry.name == kUnfinishedName; });
      return fail(ErrorCode::InvalidInput,
                  unfinished
                      ? fmt::format("{} holds a backup or a restore that didn't finish: remove it first", folder_)
                      : fmt::format("{} isn't empty; name a folder that isn't there yet", folder_));
    }
    VIZSLA_TRY_VOID(make_durable_folder(files_, folder_));
    return replace_file(files_, folder_, std::string(kUnfinishedName), as_bytes(kUnfinishedText));
  }

  // A folder in it.
  Result<std::string> make(std::string_view name) {
    std::string path = join(folder_, name);
    VIZSLA_TRY_VOID(files_.make_folder(path));
    VIZSLA_TRY_VOID(files_.sync_folder(folder_));
    return path;
  }

  // All that is in it must be durable by now.
  Result<void> finish() {
    VIZSLA_TRY_VOID(files_.sync_folder(folder_));
    VIZSLA_TRY_VOID(files_.remove(join(folder_, kUnfinishedName)));
    return files_.sync_folder(folder_);
  }

 private:
  Files& files_;
  const std::string folder_;
};

class Backup {
 public:
  Backup(Files& files, const BackupOptions& options)
      : files_(files),
        options_(options),
        filling_(files, options.to),
        transfer_(files, options.copy, options.progress) {}

  Result<BackupReport> run() {
    const auto known = check_data_folder(files_, options_.from);
    if (!known && known.error().code == ErrorCode::NotFound)
      return fail(ErrorCode::Unsupported,
                  fmt::format("{} is no data folder: {}", options_.from, known.error().message));
    if (!known) return fail(known.error());
    report_.begun_ns = options_.now;
    VIZSLA_TRY_VOID(filling_.begin());
    VIZSLA_TRY_VOID(take_log());
    VIZSLA_TRY(const auto tables, find_tables(files_, options_.from));
    for (const std::string& table : tables) VIZSLA_TRY_VOID(take_table(table));
    VIZSLA_TRY_VOID(take_control_files());
    VIZSLA_TRY_VOID(replace_file(files_, options_.to, std::string(kFormatName), as_bytes(kFormat)));
    VIZSLA_TRY(auto contents, find_backup_files(files_, options_.to));
    VIZSLA_TRY_VOID(write_backup_list(files_, options_.to, {options_.now, std::move(contents)}));
    VIZSLA_TRY_VOID(filling_.finish());
    report_.files = transfer_.counts();
    return report_;
  }

 private:
  Result<void> take_log() {
    const std::string from = join(options_.from, kLogFolder);
    VIZSLA_TRY(const std::string to, filling_.make(kLogFolder));
    std::optional<std::uint64_t> newest_segment;  // of the first list; nobody needs what has come since
    std::uint64_t newest_file = 0;
    std::set<std::string> taken;
    for (int round = 0; round < kRoundsMax; ++round) {
      const auto entries = files_.list(from);
      if (!entries && entries.error().code == ErrorCode::NotFound) return {};  // a store that was never opened
      if (!entries) return fail(entries.error());
      if (!newest_segment) {
        newest_segment = 0;
        for (const Files::Entry& entry : *entries) {
          newest_segment = std::max(*newest_segment, segment_number(entry.name));
          newest_file = std::max(newest_file, log_file_number(entry.name));
          transfer_.expect(entry.size);
        }
      }
      bool same = true;
      for (const Files::Entry& entry : *entries) {
        const std::uint64_t number = log_file_number(entry.name);
        if (number == 0 || number > newest_file || taken.contains(entry.name)) continue;
        same = false;
        const bool may_grow = number == *newest_segment;
        const auto file = may_grow ? copy_growing(number, join(from, entry.name), join(to, entry.name))
                                   : transfer_.link_or_copy(join(from, entry.name), join(to, entry.name));
        // Gone, or cut while it was copied: the next round will see.
        if (!file && (file.error().code == ErrorCode::NotFound || file.error().code == ErrorCode::Corrupt)) {
          VIZSLA_TRY_VOID(files_.remove(join(to, entry.name)));
          continue;
        }
        if (!file) return fail(file.error());
        // With log.sync: never nobody has done that yet.
        if (file->linked) VIZSLA_TRY_VOID(sync_file(join(to, entry.name)));
        taken.insert(entry.name);
        if (segment_number(entry.name) != 0) ++report_.log_segments;
        report_.log_bytes += file->bytes;
      }
      if (same) return files_.sync_folder(to);
    }
    return fail(ErrorCode::Unavailable, fmt::format("{} changes faster than it can be taken", from));
  }

  // A frame that is being written is seen in part: a moment later it is there as a whole. What stays in part is what a
  // crash has left, and is taken as it is.
  Result<Transfer::Taken> copy_growing(std::uint64_t number, const std::string& from, const std::string& to) {
    constexpr int kTries = 5;
    constexpr std::chrono::milliseconds kMoment(20);
    for (int tries = 1;; ++tries) {
      VIZSLA_TRY(Transfer::Taken taken, transfer_.copy(from, to));
      if (tries == kTries) return taken;
      const auto scan = read_segment(files_, to, number, [](const LogFrame&) {});
      // What can't be read is for those to judge who check it.
      if (!scan || scan->unfinished_bytes == 0) return taken;
      std::this_thread::sleep_for(kMoment);
    }
  }

  Result<void> sync_file(const std::string& path) {
    VIZSLA_TRY(const auto file, files_.open_append(path));
    return file->sync();
  }

  Result<void> take_table(const std::string& name) {
    const std::string from = join(options_.from, name);
    VIZSLA_TRY(const std::string to, filling_.make(name));
    std::map<std::uint64_t, BlockInfo> taken;
    std::optional<Manifest> before;
    for (int round = 0; round < kRoundsMax; ++round) {
      VIZSLA_TRY(FoundManifest found, read_manifest(files_, from));
      const Manifest& manifest = found.manifest;
      for (auto it = taken.begin(); it != taken.end();) {
        const auto named = std::find(manifest.blocks.begin(), manifest.blocks.end(), it->second);
        if (named != manifest.blocks.end()) {
          ++it;
          continue;
        }
        VIZSLA_TRY_VOID(drop(to, it->second));
        it = taken.erase(it);
      }
      if (round == 0) {
        for (const BlockInfo& block : manifest.blocks) {
          for (const FileOfBlock& file : files_of_block(block)) transfer_.expect(file.bytes);
        }
      }
      std::optional<Error> gone;
      for (const BlockInfo& block : manifest.blocks) {
        if (taken.contains(block.id)) continue;
        auto outcome = take_block(from, to, block);
        if (!outcome && outcome.error().code == ErrorCode::NotFound) {
          VIZSLA_TRY_VOID(drop(to, block));
          gone = outcome.error();
          break;
        }
        if (!outcome) return outcome;
        taken.emplace(block.id, block);
      }
      if (!gone) return write_manifest_of(to, manifest);
      // Nothing has replaced the manifest that names what isn't there: no server is at work here, or it couldn't write
      // the manifest when it set a damaged block aside.
      if (before && *before == manifest) {
        return fail(ErrorCode::Corrupt,
                    fmt::format("{}, and the manifest names it. The server sets such a block aside when "
                                "it starts, `vizsla fsck --repair` too",
                                gone->message));
      }
      before = manifest;
    }
    return fail(ErrorCode::Unavailable, fmt::format("{} changes faster than it can be taken", from));
  }

  Result<void> take_block(const std::string& from, const std::string& to, const BlockInfo& block) {
    for (const FileOfBlock& file : files_of_block(block)) {
      const auto outcome = transfer_.link_or_copy(join(from, file.name), join(to, file.name));
      if (!outcome && outcome.error().code == ErrorCode::NotFound && !file.needed) continue;
      if (!outcome) return fail(outcome.error());
      const Transfer::Taken& taken = *outcome;
      if (taken.bytes != file.bytes || (!taken.linked && taken.checksum != file.checksum)) {
        if (!file.needed) {
          VIZSLA_TRY_VOID(files_.remove(join(to, file.name)));
          continue;
        }
        return fail(
            ErrorCode::Corrupt,
            fmt::format("{} is damaged: its {} differs from what the manifest says. The server sets such a block "
                        "aside when it needs it, `vizsla fsck --repair` does so too",
                        join(from, file.name), taken.bytes != file.bytes ? "length" : "checksum"));
      }
    }
    return {};
  }

  Result<void> drop(const std::string& folder, const BlockInfo& block) {
    for (const FileOfBlock& file : files_of_block(block)) VIZSLA_TRY_VOID(files_.remove(join(folder, file.name)));
    return {};
  }

  Result<void> write_manifest_of(const std::string& to, const Manifest& manifest) {
    VIZSLA_TRY_VOID(files_.sync_folder(to));
    VIZSLA_TRY_VOID(write_manifest(files_, to, manifest));
    TableCounts counts{manifest.table, manifest.blocks.size(), 0, 0};
    for (const BlockInfo& block : manifest.blocks) {
      counts.rows += block.rows;
      for (const FileOfBlock& file : files_of_block(block)) counts.bytes += file.bytes;
    }
    report_.tables.push_back(std::move(counts));
    return {};
  }

  // Names of services and the like. What they hold may grow while it is copied, a line at a time; none of it is a span.
  Result<void> take_control_files() {
    VIZSLA_TRY(const auto entries, files_.list(options_.from));
    for (const Files::Entry& entry : entries) {
      if (!is_control_file(entry)) continue;
      const auto database = std::find_if(options_.databases.begin(), options_.databases.end(),
                                         [&](const Database& known) { return known.name == entry.name; });
      if (database != options_.databases.end()) {
        VIZSLA_TRY_VOID(database->copy(join(options_.from, entry.name), join(options_.to, entry.name)));
        VIZSLA_TRY_VOID(sync_file(join(options_.to, entry.name)));
        continue;
      }
      const auto copied = transfer_.copy(join(options_.from, entry.name), join(options_.to, entry.name));
      if (!copied && copied.error().code != ErrorCode::NotFound) return fail(copied.error());
    }
    return {};
  }

  Files& files_;
  const BackupOptions& options_;
  Filling filling_;
  Transfer transfer_;
  BackupReport report_;
};

// A path of the list without its last name: "" at the top.
std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

class Restore {
 public:
  Restore(Files& files, const RestoreOptions& options)
      : files_(files),
        options_(options),
        filling_(files, options.to),
        transfer_(files, options.copy, options.progress) {}

  Result<BackupReport> run() {
    VIZSLA_TRY_VOID(check());
    VIZSLA_TRY_VOID(filling_.begin());
    for (const BackupFile& file : list_.files) transfer_.expect(file.bytes);
    std::set<std::string> folders;
    for (const BackupFile& file : list_.files) {
      if (const std::string folder = folder_of(file.path); !folder.empty() && folders.insert(folder).second)
        VIZSLA_TRY_VOID(filling_.make(folder));
      VIZSLA_TRY_VOID(take(file));
    }
    for (const std::string& folder : folders) VIZSLA_TRY_VOID(files_.sync_folder(join(options_.to, folder)));
    VIZSLA_TRY_VOID(filling_.finish());
    report_.files = transfer_.counts();
    return report_;
  }

 private:
  // That the backup is whole, as far as that shows without reading its blocks.
  Result<void> check() {
    const auto known = check_data_folder(files_, options_.from);
    if (!known && known.error().code != ErrorCode::NotFound) return fail(known.error());
    auto list = read_backup_list(files_, options_.from);
    if (!list && list.error().code == ErrorCode::NotFound) {
      return fail(
          ErrorCode::InvalidInput,
          fmt::format("{} is no backup: it has no file {}, which `vizsla backup` writes", options_.from, kBackupName));
    }
    if (!list) return fail(list.error());
    list_ = std::move(*list);
    report_.begun_ns = list_.begun_ns;
    VIZSLA_TRY(const auto found, find_backup_files(files_, options_.from));
    std::map<std::string, std::uint64_t> there;
    for (const BackupFile& file : found) there.emplace(file.path, file.bytes);
    for (const BackupFile& file : list_.files) {
      const auto at = there.find(file.path);
      if (at == there.end()) return damaged(fmt::format("{} isn't there", file.path));
      if (at->second != file.bytes)
        return damaged(fmt::format("{} has {} bytes, not {}", file.path, at->second, file.bytes));
      const std::string name = file.path.substr(file.path.rfind('/') + 1);
      if (folder_of(file.path) == kLogFolder) {
        if (segment_number(name) != 0) ++report_.log_segments;
        report_.log_bytes += file.bytes;
      }
    }
    VIZSLA_TRY(const auto tables, find_tables(files_, options_.from));
    for (const std::string& table : tables) VIZSLA_TRY_VOID(check_table(table, there));
    return {};
  }

  Result<void> check_table(const std::string& table, const std::map<std::string, std::uint64_t>& there) {
    VIZSLA_TRY(const FoundManifest found, read_manifest(files_, join(options_.from, table)));
    TableCounts counts{found.manifest.table, found.manifest.blocks.size(), 0, 0};
    for (const BlockInfo& block : found.manifest.blocks) {
      counts.rows += block.rows;
      for (const FileOfBlock& file : files_of_block(block)) {
        const std::string path = join(table, file.name);
        const auto at = there.find(path);
        if (at == there.end() || at->second != file.bytes) {
          if (!file.needed) continue;
          return damaged(fmt::format("{} isn't what the manifest says", path));
        }
        counts.bytes += file.bytes;
        blocks_.emplace(path, file);
      }
    }
    report_.tables.push_back(std::move(counts));
    return {};
  }

  [[nodiscard]] Result<void> damaged(const std::string& what) const {
    return fail(ErrorCode::Corrupt,
                fmt::format("{} isn't as it was taken: {}. Was it copied as a whole, or has a server "
                            "used it since? `vizsla fsck` says what it still holds",
                            options_.from, what));
  }

  // Blocks never change, so that they may be shared with the backup; everything else does.
  Result<void> take(const BackupFile& file) {
    const std::string from = join(options_.from, file.path);
    const std::string to = join(options_.to, file.path);
    const auto block = blocks_.find(file.path);
    VIZSLA_TRY(const Transfer::Taken taken,
               block != blocks_.end() ? transfer_.link_or_copy(from, to) : transfer_.copy(from, to));
    if (taken.bytes != file.bytes) return damaged(fmt::format("{} has changed meanwhile", file.path));
    if (block == blocks_.end() || taken.linked || taken.checksum == block->second.checksum) return {};
    if (!block->second.needed) return files_.remove(to);
    return damaged(fmt::format("the checksum of {} differs", file.path));
  }

  Files& files_;
  const RestoreOptions& options_;
  Filling filling_;
  Transfer transfer_;
  BackupList list_;
  std::map<std::string, FileOfBlock> blocks_;  // by path
  BackupReport report_;
};

}  // namespace

Result<BackupReport> take_backup(Files& files, const BackupOptions& options) {
  return Backup(files, options).run();
}

Result<BackupReport> restore_backup(Files& files, const RestoreOptions& options) {
  return Restore(files, options).run();
}

Result<BackupList> read_backup_list(Files& files, const std::string& folder) {
  const std::string path = join(folder, kBackupName);
  VIZSLA_TRY(const std::string json, read_checked_json(files, path));
  try {
    simdjson::dom::parser parser;
    const simdjson::dom::element root = parser.parse(simdjson::padded_string(json));
    const std::uint64_t version = root["version"];
    if (version != kListVersion) {
      return fail(ErrorCode::Unsupported,
                  fmt::format("{} is of version {}, this program reads {}", path, version, kListVersion));
    }
    BackupList list;
    list.begun_ns = root["begun_ns"];
    for (const auto file : root["files"].get_array())
      list.files.push_back({std::string(std::string_view(file["path"])), file["bytes"]});
    return list;
  } catch (const simdjson::simdjson_error& error) {
    return fail(ErrorCode::Corrupt, fmt::format("{}: {}", path, error.what()));
  }
}

Result<void> write_backup_list(Files& files, const std::string& folder, const BackupList& list) {
  JsonWriter json;
  json.object([&] {
    json.field("version", kListVersion);
    json.field("begun_ns", list.begun_ns);
    json.key("files").array([&] {
      for (const BackupFile& file : list.files) {
        json.object([&] {
          json.field("path", file.path);
          json.field("bytes", file.bytes);
        });
      }
    });
  });
  const std::string content = with_checksum_line(json.view());
  return replace_file(files, folder, std::string(kBackupName), as_bytes(content));
}

Result<std::vector<BackupFile>> find_backup_files(Files& files, const std::string& folder) {
  std::vector<BackupFile> found;
  VIZSLA_TRY(const auto top, files.list(folder));
  for (const Files::Entry& entry : top) {
    if (is_control_file(entry) || entry.name == kFormatName) found.push_back({entry.name, entry.size});
  }
  VIZSLA_TRY(std::vector<std::string> folders, find_tables(files, folder));
  folders.emplace_back(kLogFolder);
  for (const std::string& name : folders) {
    const auto inside = files.list(join(folder, name));
    if (!inside && inside.error().code == ErrorCode::NotFound) continue;
    if (!inside) return fail(inside.error());
    for (const Files::Entry& entry : *inside) {
      if (entry.is_file) found.push_back({join(name, entry.name), entry.size});
    }
  }
  std::sort(found.begin(), found.end(), [](const BackupFile& a, const BackupFile& b) { return a.path < b.path; });
  return found;
}

}  // namespace vizsla::store
