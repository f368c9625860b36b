// A disk that misbehaves on purpose: it can fail any call, run full, cut a write short, and be cut from power.
//
// Works on a real folder, so that DuckDB can read from it, and keeps beside it what would have survived: the content of
// each file at its last sync, and the names in each folder at its last sync_folder, those of folders too. crash()
// rebuilds the folder from that, plus a seeded choice of what was on its way: any prefix of the bytes behind the last
// sync (the last of them perhaps garbage), any of the renames, creations and removals since the folder's last sync, in
// order.
//
// Every call counts as one step; `fail_at` and `crash_at` name the step at which it happens. Deterministic for a seed.
// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "store/embedded/files.h"

namespace vizsla::store::testing {

class FaultyFiles final : public Files {
 public:
  explicit FaultyFiles(std::uint64_t seed);
  ~FaultyFiles() override;

  // What goes wrong. Steps count from 1.
  struct Faults {
    std::optional<std::uint64_t> fail_at{};     // this call fails with Unavailable, having done nothing or half
    std::uint64_t fail_one_in = 0;              // each call fails with this chance; 0: none does
    std::optional<std::uint64_t> crash_at{};    // this call and all later ones fail; then call crash()
    std::optional<std::uint64_t> bytes_left{};  // a write that would exceed this fails with ENOSPC, half done
    std::optional<std::uint64_t> full_from{};   // this write, counted from 1, and all later ones fail with ENOSPC
    bool no_links = false;                      // as between two file systems
    std::set<std::string> failing{};            // calls of these kinds fail, as "sync" and "truncate"
  };
  void set(Faults faults);

  // Files that are under `root` already count as durable.
  void adopt(const std::string& root);

  [[nodiscard]] std::uint64_t steps() const;
  [[nodiscard]] std::uint64_t writes() const;
  [[nodiscard]] bool crashed() const;

  // The power is cut and comes back: rewrites the real folders under `root` to one of the states that may have
  // survived, and works normally again. All files of before must be closed.
  void crash(const std::string& root);

  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> open_append(const std::string& path) override;
  Result<std::shared_ptr<const ReadableFile>> open(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> link(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> sync_folder(const std::string& path) override;
  Result<void> make_folder(const std::string& path) override;
  Result<std::vector<Entry>> list(const std::string& path) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;
  Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& path) override;

 private:
  friend class FaultyWritableFile;

  // A file's content, whatever its names.
  struct Content {
    std::string written;   // as the running process sees it
    std::string synced;    // as it was at the last sync
    std::string furthest;  // what a cut since then took away: it may be on the disk all the same
  };
  using ContentPtr = std::shared_ptr<Content>;

  // A change of names that isn't durable yet.
  struct NameChange {
    std::string folder;
    std::string removed;  // "" or a path
    std::string added;    // "" or a path
    ContentPtr content;
  };

  Result<void> step(const char* what, const std::string& path);
  Result<void> take_space(std::size_t bytes);
  void change_name(NameChange change);

  mutable std::mutex mutex_;
  std::unique_ptr<Files> real_;
  std::mt19937_64 random_;
  std::uint64_t steps_ = 0;
  std::uint64_t writes_ = 0;
  bool crashed_ = false;
  Faults faults_;
  std::map<std::string, ContentPtr> names_;    // as the running process sees them
  std::map<std::string, ContentPtr> durable_;  // as they were at the last sync of each folder
  std::vector<NameChange> pending_;
  std::set<std::string> new_folders_;  // whose names aren't durable yet
};

}  // namespace vizsla::store::testing
