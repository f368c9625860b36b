// The only way in which the store touches the disk, so that tests can lose un-synced bytes, cut writes short, flip bits
// and fill the disk at every step (testing/faulty_files.h). DuckDB reads finished blocks by itself and writes none; a
// block's index is mapped (block_index.h).
//
// What a caller may rely on after a power cut: the bytes of a file up to its last sync(); the name of a file, its
// absence, or a rename, once sync_folder() of its folder has returned. Nothing else, in no order.
//
// Files and ReadableFile are thread-safe; a WritableFile is for one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace vizsla::store {

class WritableFile {
 public:
  virtual ~WritableFile() = default;

  // Writes the pieces, in order, behind what is there. On an error any part of them may have been written: truncate()
  // or give the file up.
  virtual Result<void> append(std::span<const Bytes> pieces) = 0;

  // What was appended survives a power cut. After a failure nobody knows what did (the kernel drops the dirty pages and
  // reports once): the file must be given up.
  virtual Result<void> sync() = 0;

  virtual Result<void> truncate(std::uint64_t size) = 0;

  [[nodiscard]] virtual std::uint64_t size() const = 0;
};

class ReadableFile {
 public:
  virtual ~ReadableFile() = default;

  // Fills `into`; Corrupt when the file ends before that.
  virtual Result<void> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const = 0;

  [[nodiscard]] virtual std::uint64_t size() const = 0;
};

// Gives up the lock when it goes.
class FolderLock {
 public:
  virtual ~FolderLock() = default;
};

class Files {
 public:
  struct Entry {
    std::string name;
    std::uint64_t size = 0;
    bool is_folder = false;
    bool is_file = false;  // neither: a socket, say
  };

  virtual ~Files() = default;

  // A new empty file; one that is there is emptied.
  virtual Result<std::unique_ptr<WritableFile>> create(const std::string& path) = 0;
  virtual Result<std::unique_ptr<WritableFile>> open_append(const std::string& path) = 0;
  virtual Result<std::shared_ptr<const ReadableFile>> open(const std::string& path) = 0;

  // Replaces what has the new name, in one step.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  // A second name for the same file. NotFound when there is no `from`; Unsupported when these two folders can't share a
  // file (another file system, one that knows no links, a file that isn't ours): it can be copied all the same.
  virtual Result<void> link(const std::string& from, const std::string& to) = 0;
  // NotFound is no error: what should be gone is gone.
  virtual Result<void> remove(const std::string& path) = 0;
  virtual Result<void> sync_folder(const std::string& path) = 0;
  // With all folders above it; fine if it is there.
  virtual Result<void> make_folder(const std::string& path) = 0;
  // Sorted by name; NotFound when there is no such folder.
  virtual Result<std::vector<Entry>> list(const std::string& path) = 0;

  // Bytes that are free for us on the disk of this folder.
  virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;

  // Unavailable, naming the holder, when another process has it.
  virtual Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& path) = 0;
};

// The real ones.
std::unique_ptr<Files> make_posix_files();

// The whole content of a file.
Result<std::vector<std::uint8_t>> read_file(Files& files, const std::string& path);

// What a name ends in while replace_file() writes it.
inline constexpr std::string_view kUnfinishedSuffix = ".tmp";

// Writes `content` under a temporary name, syncs it, renames it, syncs the folder: after a power cut there is either
// the old file or the new one, whole.
Result<void> replace_file(Files& files, const std::string& folder, const std::string& name, Bytes content);

}  // namespace vizsla::store
