// Takes a backup of a data folder, whether a server runs on it or not, and makes a data folder of a backup again.
//
// A backup is a data folder itself (blocks, manifests, log), with a list of its files beside (`BACKUP`). It needs no
// lock and nothing of the server: it relies on the order in which the server does things, and takes them in this order:
//
//   1. UNFINISHED            durable before anything else is in the backup, so that half of one is never taken for one
//   2. log/                  segments, and `.payloads` files
//   3. each table: `spans`, `kept`, `stats`
//                            its manifest is read, then the files of its blocks are taken; when one of these is gone, a
//                            newer manifest has replaced it: read again, drop what that doesn't name, take what is new
//   4. the manifests of 3, small files, databases each in its own way, the list, FORMAT; all of it is synced
//   5. UNFINISHED goes
//
// Why every row that was acknowledged before step 2 began is in it, once. Let r be such a row, s its sequence, and M
// the manifest of its table that step 3 ended with, which has applied all rows with sequences below a(M). What the
// server does (docs/formats): a row's frame is in a segment before the row is acknowledged; a segment has a number
// above those of all before it, and is never written again once there is a higher one, but for a cut behind its last
// sound frame; a segment goes only when both copies of a manifest that has applied all of its rows are durable; applied
// never falls.
//
//   - s < a(M): r is in a block of M. (Or was set aside with a damaged one, or deleted, before; then it isn't served.)
//     All files of M's blocks were taken after M was read, and blocks never change: they are M's. If r's frame is in
//     the backup's log too, the start passes it over, since a(M) says so.
//   - s >= a(M): when M was read no manifest that had applied r had been durable, so none had during step 2, which was
//     over by then; so r's segment was there all through step 2. It is in the first list of step 2, since it was there
//     before the list was made, and it was taken: as a link, which has all that the file will ever have; or, if it had
//     the highest number in that list and may be appended to, as a copy, which has all that was in the file when the
//     copy began, r's frame included. (Half a frame at the copy's end is what a crash leaves too; the start cuts it.)
//     No block of M has it.
//
// What is pinned is copied from `spans` to `kept` before it may go from `spans` for its age; so if the manifest of
// `spans` doesn't have it any more, the one of `kept`, which is read later, has.
//
// The argument holds for each table by itself: the statistics have a manifest and an applied sequence of their own, and
// a segment goes only when neither table needs it. A frame without rows of a table says nothing about it: that one lets
// go of segments that have none of its rows although its manifest hasn't applied them.
//
// Of what was acknowledged later a table has, of each payload, all rows or none: a frame is found by its checksum or
// isn't, and the rows of a frame are applied by one manifest. Their spans may be there and not their statistics, or
// these and not the spans, since one manifest is read after the other. What was refused is found only as after a crash:
// at the end of the log, as a whole. A `.payloads` file is written
// before its segment goes, so step 2 lists until nothing has gone and nothing has come.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/embedded/files.h"
#include "store/embedded/transfer.h"

namespace vizsla::store {

// A file at the top of the data folder that is written in several places at once, and so has its own way of being
// copied: `copy` makes `to`, which isn't there, of `from`, which others may be writing.
struct Database {
  std::string name;
  std::function<Result<void>(const std::string& from, const std::string& to)> copy;
};

struct BackupOptions {
  std::string from;   // a data folder
  std::string to;     // not there, or empty
  bool copy = false;  // even where files could be linked, so that the two folders share no byte
  UnixNanos now = 0;
  std::vector<Database> databases = {};
  Progress progress;
};

struct TableCounts {
  std::string name;
  std::uint64_t blocks = 0;
  std::uint64_t rows = 0;  // in the blocks
  std::uint64_t bytes = 0;
};

struct BackupReport {
  std::vector<TableCounts> tables;
  std::uint64_t log_segments = 0;
  std::uint64_t log_bytes = 0;
  Transfer::Counts files;
  UnixNanos begun_ns = 0;  // whatever was acknowledged before this is in it
};

// Unsupported when `from` isn't a data folder that this program reads; InvalidInput when `to` isn't empty; Corrupt when
// a block isn't what the manifest says. After an error `to` holds an unfinished backup, which nobody uses.
Result<BackupReport> take_backup(Files& files, const BackupOptions& options);

struct RestoreOptions {
  std::string from;   // a backup
  std::string to;     // not there, or empty
  bool copy = false;  // even where blocks could be linked
  Progress progress;
};

// Makes a data folder of a backup, which stays as it is. Blocks are linked where that goes, all else is copied.
// Unsupported when `from` is unfinished or of another version; InvalidInput when it is no backup or `to` isn't empty;
// Corrupt when files are missing or have another size than they had. After an error `to` is UNFINISHED.
Result<BackupReport> restore_backup(Files& files, const RestoreOptions& options);

// What a backup's list says, and what is there.
struct BackupFile {
  std::string path;  // from the backup's folder
  std::uint64_t bytes = 0;

  bool operator==(const BackupFile&) const = default;
};
struct BackupList {
  UnixNanos begun_ns = 0;
  std::vector<BackupFile> files;  // by path
};

// NotFound when `folder` is no backup, Corrupt when the list is damaged.
Result<BackupList> read_backup_list(Files& files, const std::string& folder);
Result<void> write_backup_list(Files& files, const std::string& folder, const BackupList& list);
// The files that belong into the list, as they are now.
Result<std::vector<BackupFile>> find_backup_files(Files& files, const std::string& folder);

}  // namespace vizsla::store
