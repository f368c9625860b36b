// What lies at the top of a data folder beside its tables and its log, and how a program tells a whole folder from one
// that was being put together when the power went. docs/formats/README.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/embedded/files.h"
#include "store/embedded/table_schema.h"

namespace vizsla::store {

// A layout that an older program can't read gets a higher number.
inline constexpr std::string_view kFormatName = "FORMAT";
inline constexpr std::string_view kFormat = "vizsla data folder, version 1\n";

inline constexpr std::string_view kLockName = "LOCK";
inline constexpr std::string_view kLogFolder = "log";
inline constexpr std::string_view kQuarantineFolder = "quarantine";
inline constexpr std::string_view kSpillFolder = "tmp";

// There while a backup or a restore fills the folder: durable before anything else is in it, gone when all of it is
// durable. Nobody uses such a folder.
inline constexpr std::string_view kUnfinishedName = "UNFINISHED";

// In a backup: what files it has (backup.h).
inline constexpr std::string_view kBackupName = "BACKUP";

// Nothing when this program can read the folder. NotFound: it has no FORMAT; Unsupported: another version wrote it, or
// it is UNFINISHED.
Result<void> check_data_folder(Files& files, const std::string& folder);

// The tables that this program knows. Those that others are filled from come first (rows are pinned by copying them
// from `spans` to `kept`): who looks at one after the other finds a row that moves in one of them at least.
const std::vector<const TableSchema*>& known_tables();

// The names of the folders in `root` that hold a table: those with a manifest, or a copy of one. In the order of
// known_tables(), and behind them what else there is.
Result<std::vector<std::string>> find_tables(Files& files, const std::string& root);

// As Files::make_folder, and the names of all folders that it made survive a power cut.
Result<void> make_durable_folder(Files& files, const std::string& path);

// Whether there is a file or a folder of this name in `folder`.
Result<bool> has_entry(Files& files, const std::string& folder, std::string_view name);

}  // namespace vizsla::store
