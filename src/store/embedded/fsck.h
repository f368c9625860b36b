// Checks a data folder from its first byte to its last, and puts right what can be: `vizsla fsck`.
//
// The server checks what it reads, when it reads it, so damage shows when somebody asks for it. This reads everything,
// and compares what is said twice: manifests with blocks, indexes with rows, the log with what was applied of it.
// Without `repair` nothing is written but LOCK.
//
// A repair never makes anything up. What is written twice is written anew from the other; an index is made anew from a
// sound data file; what nobody names and what a crash left over goes. A block whose data is damaged goes to quarantine
// as a whole, as the server does it (of the statistics, the other tiers have the same sums); a damaged segment goes
// there too, and its sound frames take its place. Nothing is removed before what takes its place is durable, so a
// repair may be cut short at any step and begun again. Two damaged manifests are left alone: nothing is guessed.
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

struct Finding {
  enum class Severity : std::uint8_t {
    Note,        // nothing is wrong, or only what every start puts right by itself
    Repairable,  // wrong, and can be put right without losing anything
    Damage,      // something is lost, or can't be put right
  };

  Severity severity = Severity::Note;
  std::string where;  // a file or folder, from the data folder
  std::string what;
  bool repaired = false;
};

// Rows that nobody can read any more.
struct Loss {
  std::string where;
  enum class Rows : std::uint8_t { Exact, AtMost, Unknown };
  Rows known = Rows::Exact;
  std::uint64_t rows = 0;
  // When they were, by the table's time column; of the log's, when they were received. 0: not known.
  UnixNanos from = 0;
  UnixNanos to = 0;
  bool by_receipt = false;
  bool of_statistics = false;  // else of spans
};

struct FsckOptions {
  std::string folder;
  bool repair = false;
  std::function<void(const Finding&)> found;              // as it is found; not repaired yet
  std::function<void(const std::string& what)> repaired;  // as it is done
  Progress progress;
};

struct FsckReport {
  std::vector<Finding> findings;
  std::vector<Loss> losses;  // with `repair` they are facts, without they are what it would come to
  std::uint64_t tables = 0;
  std::uint64_t blocks = 0;
  std::uint64_t rows = 0;
  std::uint64_t block_bytes = 0;
  std::uint64_t segments = 0;
  std::uint64_t frames = 0;
  std::uint64_t log_bytes = 0;

  [[nodiscard]] std::size_t count(Finding::Severity severity) const;
  // Nothing is wrong any more, and nothing was lost.
  [[nodiscard]] bool sound() const;
};

// An error means that the folder couldn't be checked to the end: Unavailable when a server has it (the message names
// the pid) or a repair couldn't be written; NotFound when it is no data folder; Unsupported when another version wrote
// it, or it is an unfinished backup.
Result<FsckReport> check_folder(Files& files, const FsckOptions& options);

}  // namespace vizsla::store
