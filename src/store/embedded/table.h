// One table of the store: its blocks, and the live batches that aren't blocks yet.
//
//   publish() ─► current part ─freeze()─► frozen parts ─build()─► blocks ─► manifest
//
// Invariants. Each row is in exactly one part of a version: a frozen part leaves in the same step in which its blocks
// come. Parts hold consecutive stretches of the log, so "applied" is one number: rows with a lower sequence are in
// blocks. A version that somebody holds keeps its blocks' files open and its batches in memory, whatever happens
// meanwhile: files of a block that was replaced go when its last reader has left.
//
// publish() and freeze() are for one thread at a time (the log's), build_frozen() too (the block builder's); the rest
// is thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "store/embedded/block_builder.h"
#include "store/embedded/block_reader.h"
#include "store/embedded/files.h"
#include "store/embedded/live_part.h"
#include "store/embedded/manifest.h"
#include "store/embedded/open_files.h"

namespace vizsla::store {

using BlockPtr = std::shared_ptr<const BlockReader>;

// What a query looks at, from its beginning to its end.
struct TableVersion {
  std::shared_ptr<const std::vector<BlockPtr>> blocks;
  std::vector<LiveView> live;  // oldest first
  std::shared_ptr<const std::vector<Deletion>> deletions;

  [[nodiscard]] std::uint64_t rows() const;
  // Highest sequence in it; 0 when it is empty.
  [[nodiscard]] std::uint64_t sequence_max() const;
};

class Table {
 public:
  // Reads the manifest under `root`/<table>. A block whose files aren't there in the length that it says is moved to
  // `root`/quarantine and reported; the others serve. No block is opened before it is asked for, so that a start costs
  // the same however much there is. Files that no manifest names are removed.
  static Result<std::unique_ptr<Table>> open(Files& files, const std::string& root, const TableSchema& schema,
                                             BlockOptions options);

  [[nodiscard]] const TableSchema& schema() const { return schema_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }

  // Rows with a lower sequence are in blocks. Rises with each build.
  [[nodiscard]] std::uint64_t applied_sequence() const;
  // Of frames that have been published, those with a lower sequence aren't needed in the log any more; 0 while only one
  // copy of the manifest says so.
  [[nodiscard]] std::uint64_t removable_sequence() const;
  // No row in the blocks was received later.
  [[nodiscard]] UnixNanos received_max() const;

  void publish(TableBatch batch);
  // Frames with a lower sequence have been published, whether they had rows of this table or not.
  void pass(std::uint64_t next_sequence);

  // Of the part that is being appended to.
  [[nodiscard]] std::uint64_t current_rows() const;
  [[nodiscard]] std::uint64_t current_bytes() const;
  [[nodiscard]] bool current_has_room() const;
  // Of all parts in memory.
  [[nodiscard]] std::uint64_t live_bytes() const;

  // The part at hand takes no more; a new one begins. All rows that have been published have sequences below
  // `next_sequence`, and no row that will be has.
  void freeze(std::uint64_t next_sequence);
  [[nodiscard]] bool has_frozen() const;

  // Writes the oldest frozen part as blocks and commits them. On an error the part stays, to be tried again.
  Result<void> build_frozen();

  // For reading. Cheap: no row is looked at.
  [[nodiscard]] TableVersion pin() const;

  // The id of a block that is about to be written. It is spent, whatever becomes of the block.
  std::uint64_t new_block_id() { return next_block_id_++; }

  // Puts blocks that are written and synced in the place of others, in one step for readers and after a crash: `gone`
  // leaves, `come` is there. Without `come` rows are given up: retention. Without `gone` rows are added. False, and
  // `come` is removed, when one of `gone` isn't there any more (it was damaged, say). On an error everything is as it
  // was.
  Result<bool> replace_blocks(const std::vector<std::uint64_t>& gone, const std::vector<BlockInfo>& come);

  // From now on no reader sees rows that `deletion` names (its id is given here); durable when it returns.
  // LimitExceeded when there are kDeletionsMax already.
  static constexpr std::size_t kDeletionsMax = 1000;
  Result<std::uint64_t> add_deletion(Deletion deletion);
  // A block was looked through, and no row of it is named by a deletion up to `deletion_id`.
  Result<void> set_deletions_done(std::uint64_t block_id, std::uint64_t deletion_id);

  // Takes a block that turned out to be damaged out of service: its files go to quarantine, the manifest forgets it.
  void quarantine(std::uint64_t block_id, const Error& why);

  struct Stats {
    std::uint64_t blocks = 0;
    std::uint64_t block_rows = 0;
    std::uint64_t block_bytes = 0;
    std::uint64_t index_bytes = 0;
    std::uint64_t filter_bytes = 0;
    std::uint64_t live_rows = 0;
    std::uint64_t live_bytes = 0;
    std::uint64_t quarantined_blocks = 0;  // since the start
    std::uint64_t deletions = 0;           // that aren't done yet
  };
  [[nodiscard]] Stats stats() const;

 private:
  struct FrozenPart {
    std::shared_ptr<LivePart> part;
    std::uint64_t end_sequence;  // rows behind it have this or a higher one
  };

  struct State {
    std::shared_ptr<const std::vector<BlockPtr>> blocks;
    std::shared_ptr<const std::vector<Deletion>> deletions;  // of the manifest
    std::vector<FrozenPart> frozen;                          // oldest first
    std::shared_ptr<LivePart> current;
    std::uint64_t passed_sequence = 0;
    Manifest manifest;
    bool manifest_twice = true;
    // Blocks that were written for a manifest that then couldn't be: one on the disk may name them, until the next has
    // been written.
    std::vector<std::uint64_t> orphans;
    std::uint64_t quarantined_blocks = 0;
  };

  Table(Files& files, std::string root, const TableSchema& schema, BlockOptions options);

  BlockPtr reader_of(const BlockInfo& info);
  Result<void> remove_strangers(const Manifest& manifest, const std::vector<Files::Entry>& entries);
  // Writes `manifest`, whose blocks are `blocks`, and makes it the one that counts. `written`: ids of blocks that are
  // new in it. `builds`: they are the oldest frozen part, which leaves. Call with manifest_mutex_ held.
  Result<void> commit(Manifest manifest, std::vector<BlockPtr> blocks, const std::vector<std::uint64_t>& written,
                      bool builds = false);
  void move_to_quarantine(std::uint64_t block_id, const Error& why);

  Files& files_;
  OpenFiles open_files_;
  const std::string root_;
  const std::string folder_;
  const TableSchema& schema_;
  const BlockOptions options_;
  std::atomic<std::uint64_t> next_block_id_{1};
  Guarded<State> state_;
  std::mutex manifest_mutex_;  // held while the manifest is rewritten; taken before state_
};

}  // namespace vizsla::store
