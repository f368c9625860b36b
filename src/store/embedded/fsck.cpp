#include "store/embedded/fsck.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/hash.h"
#include "store/embedded/backup.h"
#include "store/embedded/block_check.h"
#include "store/embedded/block_layout.h"
#include "store/embedded/block_rebuild.h"
#include "store/embedded/data_folder.h"
#include "store/embedded/log_check.h"
#include "store/embedded/log_segments.h"
#include "store/embedded/manifest.h"
#include "store/embedded/span_table.h"
#include "store/embedded/stats_check.h"
#include "store/embedded/stats_section.h"
#include "store/embedded/table_batch.h"

namespace vizsla::store {
namespace {

using Severity = Finding::Severity;

constexpr std::string_view kScratchName = "fsck.scratch";

std::string join(std::string_view folder, std::string_view name) {
  return fmt::format("{}/{}", folder, name);
}

std::string text_of(std::uint64_t count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", count, count == 1 ? singular : plural);
}

// Rows of other tables are copied from blocks.
bool is_fed_by_log(const TableSchema& schema) {
  return schema.id != 0;
}

// Sequences that were seen, a bit each, in pieces that are dropped once no more can come.
class SequenceSet {
 public:
  // False when it was there.
  bool insert(std::uint64_t sequence) {
    auto& piece = pieces_[sequence / kPieceBits];
    if (piece == nullptr) piece = std::make_unique<Piece>();
    const auto bit = static_cast<std::size_t>(sequence % kPieceBits);
    if (piece->test(bit)) return false;
    piece->set(bit);
    return true;
  }

  void forget_below(std::uint64_t sequence) {
    pieces_.erase(pieces_.begin(), pieces_.lower_bound(sequence / kPieceBits));
  }

 private:
  static constexpr std::size_t kPieceBits = 1 << 16;
  using Piece = std::bitset<kPieceBits>;

  std::map<std::uint64_t, std::unique_ptr<Piece>> pieces_;
};

class Fsck {
 public:
  Fsck(Files& files, const FsckOptions& options) : files_(files), options_(options), root_(options.folder) {}

  Result<FsckReport> run() {
    VIZSLA_TRY(const auto top, files_.list(root_));
    const auto known = check_data_folder(files_, root_);
    const bool format_sound = known.has_value();
    VIZSLA_TRY(const bool unfinished, has_entry(files_, root_, kUnfinishedName));
    if (!known && known.error().code != ErrorCode::NotFound && (unfinished || !format_is_damaged()))
      return fail(known.error());
    VIZSLA_TRY(const std::vector<std::string> tables, tables_in(top));
    const bool has_log =
        std::any_of(top.begin(), top.end(), [](const Files::Entry& entry) { return entry.name == kLogFolder; });
    if (!format_sound && tables.empty() && !has_log)
      return fail(ErrorCode::NotFound, fmt::format("{} is no data folder", root_));
    VIZSLA_TRY(const auto lock, files_.lock_folder(root_));

    for (const std::string& table : tables) VIZSLA_TRY_VOID(expect_table(table));
    if (!format_sound) VIZSLA_TRY_VOID(repair_format(known.error().code == ErrorCode::NotFound));
    for (const std::string& table : tables) VIZSLA_TRY_VOID(check_table(table));
    VIZSLA_TRY_VOID(check_log());
    VIZSLA_TRY_VOID(check_top(top));
    VIZSLA_TRY_VOID(list_quarantine());
    VIZSLA_TRY_VOID(check_backup_list());
    return std::move(report_);
  }

 private:
  // -- Saying what is found and done ------------------------------------------------------------------------------

  // The finding's number, for settle().
  std::size_t found(Severity severity, std::string where, std::string what) {
    report_.findings.push_back({severity, std::move(where), std::move(what), false});
    if (options_.found) options_.found(report_.findings.back());
    return report_.findings.size() - 1;
  }

  void settle(std::size_t finding, std::string_view what) {
    report_.findings[finding].repaired = true;
    changed_ = true;
    if (options_.repaired) options_.repaired(fmt::format("{}: {}", report_.findings[finding].where, what));
  }

  void lose(const std::string& where, const BlockInfo& block) {
    report_.losses.push_back(
        {where, Loss::Rows::Exact, block.rows, block.time_min, block.time_max, false, block.resolution_ns != 0});
  }

  void advance(std::uint64_t bytes) {
    done_ += bytes;
    if (options_.progress) options_.progress(std::min(done_, total_), total_);
  }

  // -- FORMAT -----------------------------------------------------------------------------------------------------

  // Whether FORMAT says something that no version would.
  bool format_is_damaged() {
    const auto content = read_file(files_, join(root_, kFormatName));
    if (!content) return false;
    std::string_view text = as_text(*content);
    const std::size_t number = kFormat.find_first_of("0123456789");
    if (!text.starts_with(kFormat.substr(0, number)) || !text.ends_with('\n')) return true;
    text = text.substr(number, text.size() - number - 1);
    return text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos;
  }

  Result<void> repair_format(bool missing) {
    const std::size_t finding =
        found(Severity::Repairable, std::string(kFormatName), missing ? "is missing" : "is damaged");
    if (!options_.repair) return {};
    VIZSLA_TRY_VOID(replace_file(files_, root_, std::string(kFormatName), as_bytes(kFormat)));
    settle(finding, "written anew");
    return {};
  }

  // -- Tables -----------------------------------------------------------------------------------------------------

  // Those with a manifest, and those of which only the blocks are left.
  Result<std::vector<std::string>> tables_in(const std::vector<Files::Entry>& top) {
    VIZSLA_TRY(std::vector<std::string> tables, find_tables(files_, root_));
    for (const TableSchema* schema : known_tables()) {
      const bool there =
          std::any_of(top.begin(), top.end(), [&](const Files::Entry& entry) { return entry.name == schema->name; });
      if (there && std::find(tables.begin(), tables.end(), schema->name) == tables.end())
        tables.emplace_back(schema->name);
    }
    return tables;
  }

  // Data is read twice: for its checksum, and to decode it.
  Result<void> expect_table(const std::string& name) {
    VIZSLA_TRY(const auto entries, files_.list(join(root_, name)));
    for (const Files::Entry& entry : entries) {
      const bool is_data = entry.name.ends_with(".parquet") || entry.name.ends_with(".stats");
      total_ += (is_data ? 2 : 1) * entry.size;
    }
    return {};
  }

  static const TableSchema* schema_named(std::string_view name) {
    for (const TableSchema* schema : known_tables()) {
      if (schema->name == name) return schema;
    }
    return nullptr;
  }

  Result<void> check_table(const std::string& name) {
    const std::string folder = join(root_, name);
    const std::string manifest_file = join(name, kManifestName);
    const std::string copy_file = join(name, kManifestCopyName);
    auto first = read_manifest_copy(files_, join(root_, manifest_file));
    auto second = read_manifest_copy(files_, join(root_, copy_file));
    for (const auto* copy : {&first, &second}) {
      if (!*copy && copy->error().code != ErrorCode::NotFound && copy->error().code != ErrorCode::Corrupt)
        return fail(copy->error());
    }
    if (!first && !second) return without_manifest(name, first.error(), second.error());

    const TableSchema* schema = schema_named(name);
    Manifest manifest = first ? *first : *second;
    if (schema == nullptr || manifest.table != schema->name || manifest.schema_version != schema->version) {
      return fail(ErrorCode::Unsupported, fmt::format("{} holds {} in version {}, which this program doesn't read",
                                                      folder, manifest.table, manifest.schema_version));
    }
    ++report_.tables;
    std::vector<std::size_t> unwritten;  // findings that a new manifest settles
    bool changed = !(first && second && *first == *second);
    if (!first || !second) {
      const Error& error = first ? second.error() : first.error();
      unwritten.push_back(found(
          Severity::Repairable, first ? copy_file : manifest_file,
          fmt::format("{}; the other copy is sound", error.code == ErrorCode::NotFound ? "is missing" : "is damaged")));
    } else if (changed) {
      if (second->applied_sequence > first->applied_sequence || second->next_block_id > first->next_block_id) {
        // The copy is always written second. What is right can't be told, and the next start would remove the blocks
        // that only the copy names.
        found(Severity::Damage, manifest_file, "is older than its copy, which no crash leaves behind");
        return {};
      }
      unwritten.push_back(found(Severity::Repairable, copy_file, "is older than the manifest, as after a crash"));
    }

    TableState table{name, folder, *schema, manifest.applied_sequence, {}, {}};
    VIZSLA_TRY_VOID(check_blocks(table, manifest, unwritten));
    changed = changed || manifest != (first ? *first : *second);
    if (options_.repair && changed) {
      VIZSLA_TRY_VOID(write_manifest(files_, folder, manifest));
      for (const std::size_t finding : unwritten) settle(finding, "the manifest and its copy are written anew");
      for (const BlockInfo& block : table.set_aside) VIZSLA_TRY_VOID(move_to_quarantine(table, block));
    }
    if (is_fed_by_log(*schema)) applied_.emplace(schema->id, manifest.applied_sequence);
    return check_strangers(table, manifest);
  }

  Result<void> without_manifest(const std::string& name, const Error& first, const Error& second) {
    VIZSLA_TRY(const auto entries, files_.list(join(root_, name)));
    const bool blocks = std::any_of(entries.begin(), entries.end(), [](const Files::Entry& entry) {
      return entry.name.ends_with(".parquet") || entry.name.ends_with(".stats");
    });
    const bool parquet = name != stats_schema().name;
    if (first.code == ErrorCode::NotFound && second.code == ErrorCode::NotFound) {
      if (!blocks) return {};  // a table in which nothing has been written yet
      found(Severity::Damage, name,
            fmt::format("has blocks and no manifest: the next start would take the table for new, and remove them. Put "
                        "a manifest of a backup there, or keep the blocks elsewhere{}",
                        parquet ? " (they are Parquet files)" : ""));
      return {};
    }
    found(Severity::Damage, name,
          fmt::format("both copies of the manifest are damaged or missing: nothing is guessed, and no server starts on "
                      "it. Restore a backup{}",
                      parquet ? "; the blocks are Parquet files" : ""));
    return {};
  }

  struct TableState {
    std::string name;
    std::string folder;
    const TableSchema& schema;
    std::uint64_t applied_sequence;
    std::vector<BlockInfo> set_aside;
    SequenceSet sequences;
  };

  // `manifest` becomes what it should be, `unwritten` gets the findings that this settles.
  Result<void> check_blocks(TableState& table, Manifest& manifest, std::vector<std::size_t>& unwritten) {
    // By sequence, so that what was seen can be forgotten.
    std::vector<std::size_t> order(manifest.blocks.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return manifest.blocks[a].sequence_min < manifest.blocks[b].sequence_min;
    });
    std::map<std::uint64_t, std::uint64_t> ids;
    for (const BlockInfo& block : manifest.blocks) ++ids[block.id];
    std::vector<bool> stays(manifest.blocks.size(), true);
    for (const std::size_t i : order) {
      BlockInfo& block = manifest.blocks[i];
      ++report_.blocks;
      report_.rows += block.rows;
      for (const FileOfBlock& file : files_of_block(block)) report_.block_bytes += file.bytes;
      if (ids[block.id] > 1) {
        found(Severity::Damage, where(table, block), "the manifest names this block twice");
        continue;
      }
      if (is_stats(table)) {
        stays[i] = check_stats_file(table, block, unwritten);
      } else {
        VIZSLA_TRY(stays[i], check_one_block(table, manifest, block, unwritten));
      }
    }
    std::vector<BlockInfo> left;
    for (std::size_t i = 0; i < stays.size(); ++i) {
      (stays[i] ? left : table.set_aside).push_back(manifest.blocks[i]);
    }
    if (options_.repair) {
      manifest.blocks = std::move(left);
      // Questions about its time go to another tier from now on.
      for (const BlockInfo& block : table.set_aside) {
        if (is_stats(table)) note_gap(manifest, block, false);
      }
    }

    const std::string manifest_file = join(table.name, kManifestName);
    std::uint64_t highest_id = 0;
    UnixNanos received_max = 0;
    for (const BlockInfo& block : manifest.blocks) {
      highest_id = std::max(highest_id, block.id);
      received_max = std::max(received_max, block.received_max);
    }
    if (highest_id >= manifest.next_block_id) {
      unwritten.push_back(
          found(Severity::Repairable, manifest_file, "its next block would have the id of one that is there"));
      manifest.next_block_id = highest_id + 1;
    }
    for (const Deletion& deletion : manifest.deletions) {
      if (deletion.id < manifest.next_deletion_id) continue;
      unwritten.push_back(
          found(Severity::Repairable, manifest_file, "its next deletion would have the id of one that is there"));
      manifest.next_deletion_id = deletion.id + 1;
    }
    if (received_max > manifest.received_max) {
      unwritten.push_back(
          found(Severity::Repairable, manifest_file, "a block's rows were received later than it says"));
      manifest.received_max = received_max;
    }
    return {};
  }

  static std::string where(const TableState& table, const BlockInfo& block) {
    return join(table.name, files_of_block(block).front().name);
  }

  static bool is_stats(const TableState& table) { return table.schema.id == stats_schema().id; }

  // False when the block is lost. `block` becomes what the manifest should say of it.
  bool check_stats_file(const TableState& table, BlockInfo& block, std::vector<std::size_t>& unwritten) {
    const std::string path = where(table, block);
    const auto unreadable = [&](const Error& error) {
      found(Severity::Damage, path, "can't be read: " + error.message);
      return true;
    };
    if (block.resolution_ns == 0) return lost(table, block, path, "the manifest doesn't say of which tier it is");
    if (const auto wrong = check_file(join(root_, path), files_of_block(block).front())) {
      if (wrong->code != ErrorCode::Corrupt) return unreadable(*wrong);
      return lost(table, block, path, wrong->message);
    }
    const auto content = read_file(files_, join(root_, path));
    advance(block.data_bytes);
    if (!content) return unreadable(content.error());
    const StatsCheck check = check_stats_block(*content, block);
    if (check.failure)
      return lost(table, block, path,
                  fmt::format("is as it was written, but {}: please report it", check.failure->message));
    if (check.truth != block) {
      unwritten.push_back(
          found(Severity::Repairable, path, "the manifest says of its rows, times or tier what isn't so"));
      block = check.truth;
    }
    return true;
  }

  // What is wrong with one of a block's files as a whole; nothing when it is as the manifest says.
  std::optional<Error> check_file(const std::string& path, const FileOfBlock& expected) {
    std::uint64_t counted = 0;
    const auto wrong = [&]() -> std::optional<Error> {
      const auto file = files_.open(path);
      if (!file) {
        if (file.error().code == ErrorCode::NotFound) return Error{ErrorCode::Corrupt, "is missing"};
        return file.error();
      }
      if ((*file)->size() != expected.bytes)
        return Error{ErrorCode::Corrupt,
                     fmt::format("has {} bytes, the manifest says {}", (*file)->size(), expected.bytes)};
      Hasher64 hasher;
      const auto read = read_pieces(**file, [&](Bytes piece) -> Result<void> {
        hasher.update(piece);
        counted += piece.size();
        advance(piece.size());
        return {};
      });
      if (!read) return read.error();
      if (hasher.digest() != expected.checksum) return Error{ErrorCode::Corrupt, "its checksum differs"};
      return std::nullopt;
    }();
    if (counted < expected.bytes) advance(expected.bytes - counted);
    return wrong;
  }

  // False when the block is lost. `block` becomes what the manifest should say of it.
  Result<bool> check_one_block(TableState& table, Manifest& manifest, BlockInfo& block,
                               std::vector<std::size_t>& unwritten) {
    for (std::size_t i = 0; i < files_of_block(block).size(); ++i) {
      const FileOfBlock file = files_of_block(block)[i];  // under the id that the block has by now
      const std::string path = join(table.name, file.name);
      const auto wrong = check_file(join(root_, path), file);
      if (!wrong) continue;
      if (wrong->code != ErrorCode::Corrupt) {
        // Permissions, say, or a disk that doesn't answer: that may pass.
        found(Severity::Damage, path, "can't be read: " + wrong->message);
        return true;
      }
      if (i == 0) return lost(table, block, path, wrong->message);
      const std::size_t finding =
          found(Severity::Repairable, path, wrong->message + "; the data is sound, so it can be made anew");
      if (!options_.repair && file.needed) return true;  // without it the rows can't be read
      if (!options_.repair) continue;
      VIZSLA_TRY(const bool whole, remake(table, manifest, block, file, finding, unwritten));
      if (!whole) return false;
    }

    BlockCheck check = deep_check(table, block);
    for (const FileOfBlock& file : files_of_block(block)) {
      if (check.failure) break;
      const std::string path = join(table.name, file.name);
      std::string wrong;
      if (file.name == block_index_name(block.id)) wrong = fmt::format("{}", fmt::join(check.index_faults, "; "));
      if (file.name == block_filter_name(block.id) && check.filter_misses > 0)
        wrong = fmt::format("doesn't know {}", text_of(check.filter_misses, "text of its rows", "texts of its rows"));
      if (wrong.empty()) continue;
      const std::size_t finding =
          found(Severity::Repairable, path, fmt::format("is as it was written, but {}: please report it", wrong));
      if (!options_.repair) continue;
      VIZSLA_TRY(const bool whole, remake(table, manifest, block, file, finding, unwritten));
      if (!whole) return false;
      check = deep_check(table, block);
      if (!check.index_faults.empty() || check.filter_misses > 0)
        found(Severity::Damage, path, "was made anew and is wrong all the same");
      break;  // the file names are others now; what else is wrong the next run finds
    }
    const std::string data_file = where(table, block);
    if (check.failure && check.failure->code != ErrorCode::Corrupt) {
      found(Severity::Damage, data_file, "can't be read: " + check.failure->message);
      return true;
    }
    if (check.failure) return lost(table, block, data_file, check.failure->message);
    check_claims(table, block, check, unwritten);
    return true;
  }

  bool lost(const TableState& table, const BlockInfo& block, const std::string& file, const std::string& why) {
    found(Severity::Damage, file, why);
    lose(where(table, block), block);
    return false;
  }

  BlockCheck deep_check(const TableState& table, const BlockInfo& block) {
    const auto read = [&](double share) {
      advance(static_cast<std::uint64_t>(share * static_cast<double>(block.data_bytes)));
    };
    return check_block(files_, table.folder, table.schema, block, read);
  }

  // What the manifest says of a block that reads.
  void check_claims(TableState& table, BlockInfo& block, const BlockCheck& check, std::vector<std::size_t>& unwritten) {
    const std::string file = where(table, block);
    if (check.truth != block) {
      unwritten.push_back(
          found(Severity::Repairable, file, "the manifest says of its rows, times or sequences what isn't so"));
      block = check.truth;
    }
    std::uint64_t unapplied = 0;
    std::uint64_t repeated = 0;
    std::optional<std::uint64_t> first_repeated;
    table.sequences.forget_below(check.truth.sequence_min);
    for (const std::uint64_t sequence : check.sequences) {
      if (sequence >= table.applied_sequence && is_fed_by_log(table.schema)) ++unapplied;
      if (table.sequences.insert(sequence)) continue;
      ++repeated;
      if (!first_repeated) first_repeated = sequence;
    }
    if (unapplied > 0) {
      found(Severity::Damage, file,
            fmt::format(
                "has {} whose sequences aren't below applied_sequence ({}): if the log has them, they are there twice",
                text_of(unapplied, "row", "rows"), table.applied_sequence));
    }
    if (repeated > 0) {
      found(Severity::Damage, file,
            fmt::format("has {} whose sequences other rows in blocks have too, as {}: they are there twice",
                        text_of(repeated, "row", "rows"), *first_repeated));
    }
  }

  // Makes one of a block's files anew, beside sound data. False when that shows that the block is lost.
  Result<bool> remake(TableState& table, Manifest& manifest, BlockInfo& block, const FileOfBlock& file,
                      std::size_t finding, std::vector<std::size_t>& unwritten) {
    const bool index = file.name == block_index_name(block.id);
    VIZSLA_TRY_VOID(files_.make_folder(join(root_, kSpillFolder)));
    const auto anew = index ? rebuild_block_index(files_, table.folder, table.schema, block,
                                                  fmt::format("{}/{}/{}", root_, kSpillFolder, kScratchName))
                            : rebuild_block_filter(files_, table.folder, table.schema, block);
    if (!anew && anew.error().code != ErrorCode::Corrupt) return fail(anew.error());
    if (!anew) return lost(table, block, join(table.name, file.name), "can't be made anew: " + anew.error().message);
    if (anew->size() == file.bytes && hash64(*anew) == file.checksum) {
      VIZSLA_TRY_VOID(replace_file(files_, table.folder, file.name, *anew));
      settle(finding, "made anew from the data");
      return true;
    }
    // It comes out different, as a file of an older version does. A block never changes: this is another one with the
    // same rows, for a manifest that is to be written.
    BlockInfo other = block;
    other.id = std::max(manifest.next_block_id, block.id + 1);
    manifest.next_block_id = other.id + 1;
    (index ? other.index_bytes : other.filter_bytes) = anew->size();
    (index ? other.index_checksum : other.filter_checksum) = hash64(*anew);
    Transfer transfer(files_, false, {});
    const auto before = files_of_block(block);
    const auto after = files_of_block(other);
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i].name == file.name) {
        VIZSLA_TRY_VOID(replace_file(files_, table.folder, after[i].name, *anew));
        continue;
      }
      const auto taken = transfer.link_or_copy(join(table.folder, before[i].name), join(table.folder, after[i].name));
      // A filter that is missing too is made in its turn.
      if (!taken && (taken.error().code != ErrorCode::NotFound || before[i].needed)) return fail(taken.error());
    }
    VIZSLA_TRY_VOID(files_.sync_folder(table.folder));
    block = other;
    unwritten.push_back(finding);
    return true;
  }

  Result<void> move_to_quarantine(const TableState& table, const BlockInfo& block) {
    const std::string quarantine = join(root_, kQuarantineFolder);
    VIZSLA_TRY_VOID(make_durable_folder(files_, quarantine));
    for (const FileOfBlock& file : files_of_block(block)) {
      const auto moved =
          files_.rename(join(table.folder, file.name), fmt::format("{}/{}-{}", quarantine, table.name, file.name));
      if (!moved && moved.error().code != ErrorCode::NotFound) return moved;
    }
    VIZSLA_TRY_VOID(files_.sync_folder(quarantine));
    VIZSLA_TRY_VOID(files_.sync_folder(table.folder));
    changed_ = true;
    if (options_.repaired) {
      options_.repaired(fmt::format("{}: set aside in {}, the manifest is written without it", where(table, block),
                                    kQuarantineFolder));
    }
    return {};
  }

  // As a start does it, once the manifest is there twice.
  Result<void> check_strangers(const TableState& table, const Manifest& manifest) {
    std::set<std::string> known{std::string(kManifestName), std::string(kManifestCopyName)};
    for (const BlockInfo& block : manifest.blocks) {
      for (const FileOfBlock& file : files_of_block(block)) known.insert(file.name);
    }
    VIZSLA_TRY(const auto entries, files_.list(table.folder));
    for (const Files::Entry& entry : entries) {
      if (entry.is_folder || known.contains(entry.name)) continue;
      VIZSLA_TRY_VOID(left_over(table.folder, join(table.name, entry.name), entry));
    }
    return {};
  }

  Result<void> left_over(const std::string& folder, const std::string& path, const Files::Entry& entry) {
    const std::size_t finding = found(Severity::Note, path,
                                      fmt::format("{} that nothing names, left over by a run that ended half-way",
                                                  text_of(entry.size, "byte", "bytes")));
    if (!options_.repair) return {};
    VIZSLA_TRY_VOID(files_.remove(join(folder, entry.name)));
    settle(finding, "removed");
    return files_.sync_folder(folder);
  }

  // -- The log ----------------------------------------------------------------------------------------------------

  Result<void> check_log() {
    const std::string folder = join(root_, kLogFolder);
    const auto entries = files_.list(folder);
    if (!entries && entries.error().code == ErrorCode::NotFound) return {};
    if (!entries) return fail(entries.error());
    for (const Files::Entry& entry : *entries) total_ += entry.size;
    SegmentCheck before;
    for (const Files::Entry& entry : *entries) {
      const std::string path = join(kLogFolder, entry.name);
      if (const std::uint64_t number = segment_number(entry.name); number != 0) {
        VIZSLA_TRY_VOID(check_one_segment(number, path, before));
      } else if (log_file_number(entry.name) != 0) {
        VIZSLA_TRY_VOID(check_payloads(path));
      } else if (entry.name.ends_with(kUnfinishedSuffix)) {
        VIZSLA_TRY_VOID(left_over(folder, path, entry));
      } else {
        found(Severity::Note, path, "isn't Vizsla's; left alone");
      }
      advance(entry.size);
    }
    return {};
  }

  Result<void> check_one_segment(std::uint64_t number, const std::string& path, SegmentCheck& before) {
    const auto content = read_file(files_, join(root_, path));
    if (!content) {
      found(Severity::Damage, path, "can't be read: " + content.error().message);
      return {};
    }
    auto checked = check_segment(*content, number, before, parse_frame);
    if (!checked) return fail(checked.error().with_context(join(root_, path)));
    SegmentCheck& check = *checked;
    ++report_.segments;
    report_.frames += check.scan.frames;
    report_.log_bytes += content->size();

    std::vector<std::size_t> rewritten;  // findings that this settles
    if (check.header_damaged)
      rewritten.push_back(
          found(Severity::Repairable, path, "its header is damaged; its frames are found all the same"));
    // A segment of version 1 has no statistics to lose.
    const bool has_stats = content->size() < sizeof(SegmentHeader) || check.header_damaged ||
                           load<SegmentHeader>(content->data()).version > 1;
    for (const LogGap& gap : check.damage) rewritten.push_back(found_gap(path, gap, has_stats));
    std::optional<std::size_t> torn;
    if (check.torn.end > check.torn.begin) torn = found_torn(path, check.torn, has_stats);
    if (check.frames_out_of_order > 0) {
      found(Severity::Damage, path,
            fmt::format("{} sequences that earlier frames have",
                        check.frames_out_of_order == 1 ? "a frame has"
                                                       : fmt::format("{} frames have", check.frames_out_of_order)));
    }
    if (options_.repair && !rewritten.empty()) {
      VIZSLA_TRY_VOID(rewrite_segment(number, path, *content, check));
      for (const std::size_t finding : rewritten)
        settle(finding, "the damaged segment is in quarantine, its sound frames are written anew");
      if (torn) settle(*torn, "left out");
    } else if (options_.repair && torn) {
      VIZSLA_TRY(const auto file, files_.open_append(join(root_, path)));
      VIZSLA_TRY_VOID(file->truncate(check.scan.sound_end));
      VIZSLA_TRY_VOID(file->sync());
      settle(*torn, "cut off");
    }
    before = std::move(check);
    return {};
  }

  // As a start reads it.
  static Result<void> parse_frame(const LogFrame& frame) {
    std::uint32_t rows = 0;
    VIZSLA_TRY(const auto sections, find_sections(frame.body));
    for (const SectionPlace& section : sections) {
      const TableSchema& schema = section.table_id == stats_schema().id ? stats_schema() : span_schema();
      VIZSLA_TRY(const TableBatch batch,
                 TableBatch::parse(schema, section.bytes, frame.header.sequence, frame.header.received_ns, nullptr));
      if (schema.id == stats_schema().id) {
        VIZSLA_TRY_VOID(check_stats(batch));
      } else {
        rows += batch.rows();
      }
    }
    if (rows != frame.header.rows) return fail(ErrorCode::Corrupt, "another number of rows");
    return {};
  }

  // Whether rows of the table in the gap, if there were any, are in its blocks.
  [[nodiscard]] bool is_in_blocks(const LogGap& gap, const TableSchema& schema) const {
    const auto applied = applied_.find(schema.id);
    return gap.end_sequence != 0 && applied != applied_.end() && gap.end_sequence <= applied->second;
  }

  // What damage costs, and is said of it.
  enum class Cost : std::uint8_t { Nothing, Statistics, Spans };
  [[nodiscard]] Cost cost_of(const LogGap& gap, bool has_stats) const {
    const bool no_spans = gap.known != LogGap::Rows::Unknown && gap.rows == 0;
    if (!no_spans && !is_in_blocks(gap, span_schema())) return Cost::Spans;
    // Of frames without a body nothing is lost; what of others is statistics, nobody can say.
    const bool no_body = gap.known == LogGap::Rows::Exact && gap.body_bytes == 0;
    if (has_stats && !no_body && !is_in_blocks(gap, stats_schema())) return Cost::Statistics;
    return Cost::Nothing;
  }

  void lose(const std::string& path, const LogGap& gap, Cost cost) {
    Loss loss{path, Loss::Rows::Exact, gap.rows, gap.received_min, gap.received_max, true, cost == Cost::Statistics};
    if (cost == Cost::Statistics) {
      loss.known = Loss::Rows::Unknown;
      loss.rows = 0;
      report_.losses.push_back(std::move(loss));
      return;
    }
    if (gap.known == LogGap::Rows::AtMost) loss.known = Loss::Rows::AtMost;
    if (gap.known == LogGap::Rows::Unknown) loss.known = Loss::Rows::Unknown;
    report_.losses.push_back(std::move(loss));
  }

  static std::string rows_of(const LogGap& gap) {
    if (gap.known == LogGap::Rows::Unknown) return "an unknown number of rows";
    return fmt::format("{}{}", gap.known == LogGap::Rows::AtMost ? "at most " : "", text_of(gap.rows, "row", "rows"));
  }

  std::size_t found_gap(const std::string& path, const LogGap& gap, bool has_stats) {
    const std::string what =
        fmt::format("bytes {} to {} {}", gap.begin, gap.end,
                    gap.parses_not ? "are a frame with sound checksums that doesn't parse" : "are damaged");
    const bool no_spans = gap.known != LogGap::Rows::Unknown && gap.rows == 0;
    switch (cost_of(gap, has_stats)) {
      case Cost::Nothing:
        return found(Severity::Repairable, path,
                     no_spans ? what + ", without costing a row" : what + "; what was there is in blocks already");
      case Cost::Statistics:
        lose(path, gap, Cost::Statistics);
        return found(Severity::Damage, path,
                     fmt::format("{}; {}, but not what it may have added to the statistics", what,
                                 no_spans ? "no span was there" : "its spans are in blocks already"));
      case Cost::Spans:
        break;
    }
    lose(path, gap, Cost::Spans);
    return found(Severity::Damage, path, fmt::format("{}, with {}", what, rows_of(gap)));
  }

  std::size_t found_torn(const std::string& path, const LogGap& gap, bool has_stats) {
    const std::string bytes = text_of(gap.end - gap.begin, "byte", "bytes");
    const Cost cost = cost_of(gap, has_stats);
    if (gap.known != LogGap::Rows::Exact || cost == Cost::Nothing) {
      return found(
          Severity::Repairable, path,
          fmt::format("{} behind its last whole frame: a write that a crash cut short, of which nobody was told "
                      "that it is safe (damage in the very last frame looks the same)",
                      bytes));
    }
    lose(path, gap, cost);
    return found(
        Severity::Damage, path,
        fmt::format("its last {}, with {}, are damaged: unless a crash cut that write short, so that nobody was "
                    "told that it is safe, they are lost",
                    bytes, cost == Cost::Spans ? rows_of(gap) : "what they add to the statistics"));
  }

  // The damaged segment gets a second name in quarantine, then one with its sound frames takes its place.
  Result<void> rewrite_segment(std::uint64_t number, const std::string& path, Bytes content,
                               const SegmentCheck& check) {
    const std::string quarantine = join(root_, kQuarantineFolder);
    VIZSLA_TRY_VOID(make_durable_folder(files_, quarantine));
    // A name that is free, or what a repair that was cut short has put there.
    std::string kept = fmt::format("{}/log-{}", quarantine, segment_name(number));
    for (int another = 2;; ++another) {
      const auto there = read_file(files_, kept);
      if (!there && there.error().code != ErrorCode::NotFound) return fail(there.error());
      if (!there) {
        Transfer transfer(files_, false, {});
        VIZSLA_TRY_VOID(transfer.link_or_copy(join(root_, path), kept));
        break;
      }
      if (as_text(*there) == as_text(content)) break;
      kept = fmt::format("{}/log-{}.{}", quarantine, segment_name(number), another);
    }
    VIZSLA_TRY_VOID(files_.sync_folder(quarantine));
    const SegmentHeader header = make_segment_header(number);
    Buffer anew(sizeof(header));
    write_at(anew.data(), header);
    for (const auto& [begin, bytes] : check.frames) {
      const Bytes frame = content.subspan(begin, bytes);
      anew.insert(anew.end(), frame.begin(), frame.end());
    }
    return replace_file(files_, join(root_, kLogFolder), segment_name(number), anew);
  }

  Result<void> check_payloads(const std::string& path) {
    const auto payloads = read_payload_file(files_, join(root_, path));
    if (payloads) return {};
    if (payloads.error().code != ErrorCode::Corrupt) {
      found(Severity::Damage, path, "can't be read: " + payloads.error().message);
      return {};
    }
    const std::size_t finding =
        found(Severity::Repairable, path,
              "is damaged: a payload of its time that is sent again within ten minutes would be stored twice");
    if (!options_.repair) return {};
    VIZSLA_TRY_VOID(files_.remove(join(root_, path)));
    VIZSLA_TRY_VOID(files_.sync_folder(join(root_, kLogFolder)));
    settle(finding, "removed");
    return {};
  }

  // -- The rest ---------------------------------------------------------------------------------------------------

  Result<void> check_top(const std::vector<Files::Entry>& top) {
    for (const Files::Entry& entry : top) {
      if (entry.is_file && entry.name.ends_with(kUnfinishedSuffix))
        VIZSLA_TRY_VOID(left_over(root_, entry.name, entry));
    }
    // What queries had no memory for.
    const std::string spilled = join(root_, kSpillFolder);
    const auto entries = files_.list(spilled);
    if (!entries) return {};
    for (const Files::Entry& entry : *entries) {
      if (entry.is_file) VIZSLA_TRY_VOID(left_over(spilled, join(kSpillFolder, entry.name), entry));
    }
    return {};
  }

  Result<void> list_quarantine() {
    const auto entries = files_.list(join(root_, kQuarantineFolder));
    if (!entries) return {};
    for (const Files::Entry& entry : *entries) {
      found(Severity::Note, join(kQuarantineFolder, entry.name),
            fmt::format("{} that were set aside as damaged; nothing reads them", text_of(entry.size, "byte", "bytes")));
    }
    return {};
  }

  // In a backup. What tables miss is found by their manifests.
  Result<void> check_backup_list() {
    const std::string name(kBackupName);
    auto list = read_backup_list(files_, root_);
    if (!list && list.error().code == ErrorCode::NotFound) return {};
    if (!list && list.error().code != ErrorCode::Corrupt) return fail(list.error());
    std::vector<std::size_t> findings;
    if (!list) findings.push_back(found(Severity::Repairable, name, "is damaged"));
    VIZSLA_TRY(std::vector<BackupFile> there, find_backup_files(files_, root_));
    for (const BackupFile& file : list ? list->files : std::vector<BackupFile>{}) {
      const auto at =
          std::find_if(there.begin(), there.end(), [&](const BackupFile& f) { return f.path == file.path; });
      const bool segment = file.path.starts_with(fmt::format("{}/", kLogFolder)) && file.path.ends_with(".log");
      if (at == there.end() && segment) {
        findings.push_back(found(Severity::Damage, file.path, "isn't there, and the backup had it"));
        report_.losses.push_back({file.path, Loss::Rows::Unknown, 0, 0, 0, true});
      } else if (!changed_ && (at == there.end() || at->bytes != file.bytes)) {  // what was repaired has changed
        findings.push_back(found(Severity::Repairable, file.path, "isn't as the backup's list says"));
      }
    }
    if (!options_.repair || (findings.empty() && !changed_)) return {};
    BackupList anew{list ? list->begun_ns : 0, std::move(there)};
    if (!list) {
      // All rows that were received before the newest one in blocks are in the backup.
      for (const TableSchema* schema : known_tables()) {
        const auto manifest = read_manifest(files_, join(root_, schema->name));
        if (manifest) anew.begun_ns = std::max(anew.begun_ns, manifest->manifest.received_max);
      }
    }
    VIZSLA_TRY_VOID(write_backup_list(files_, root_, anew));
    for (const std::size_t finding : findings) settle(finding, "the list is written anew");
    return {};
  }

  Files& files_;
  const FsckOptions& options_;
  const std::string root_;
  FsckReport report_;
  std::map<std::uint32_t, std::uint64_t> applied_;  // by table
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
  bool changed_ = false;
};

}  // namespace

std::size_t FsckReport::count(Finding::Severity severity) const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.severity == severity; }));
}

bool FsckReport::sound() const {
  return losses.empty() && std::all_of(findings.begin(), findings.end(), [](const Finding& finding) {
           return finding.severity == Finding::Severity::Note || finding.repaired;
         });
}

Result<FsckReport> check_folder(Files& files, const FsckOptions& options) {
  return Fsck(files, options).run();
}

}  // namespace vizsla::store
