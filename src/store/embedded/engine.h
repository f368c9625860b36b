// DuckDB behind one header: SQL over blocks and live batches, with a deadline, and ended when nobody waits for it.
//
// One in-memory database with a connection for each slot of the gate (query_gate.h), before which queries wait. DuckDB
// has no statement timeout: a watchdog interrupts a query at its deadline or when it is cancelled, which takes it 10 to
// 90 ms to notice (architecture, decision 11). A query that was ended leaves nothing behind: no byte in the spill
// folder, no registered scan, no pinned batch, and its connection serves the next one. Live batches come in through the
// table function vizsla_live(scan), where `scan` is the number of a LiveScan that is registered for as long as the
// query runs. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "store/embedded/live_part.h"
#include "store/embedded/query_gate.h"
#include "store/read_limits.h"
#include "store/sql/sql_statement.h"

namespace vizsla::store {

// Columns of a result: integers of all widths as 64 bits, doubles, and the rest as text.
struct QueryResult {
  struct Column {
    std::vector<std::uint64_t> integers;  // signed ones as their two's complement
    std::vector<double> reals;
    std::vector<std::string> texts;
  };
  std::size_t rows = 0;
  std::vector<Column> columns;
};

class Engine {
 public:
  struct Options {
    std::uint64_t memory_bytes = 256 << 20;
    std::uint64_t spill_bytes = 1 << 30;
    std::string spill_folder;
    std::uint64_t result_bytes_max = 64 << 20;
    int threads = 2;
    int slots = 4;  // of the gate
  };

  static Result<std::unique_ptr<Engine>> open(const Options& options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Makes live batches of one table readable as vizsla_live(number): the schema's columns, maps as MAP(VARCHAR, …),
  // sequence and received_ns. Unregistered when it goes; it must outlive the query.
  class LiveScan {
   public:
    LiveScan(Engine& engine, const TableSchema& schema, std::vector<LiveView> views);
    ~LiveScan();
    LiveScan(const LiveScan&) = delete;
    LiveScan& operator=(const LiveScan&) = delete;

    [[nodiscard]] std::uint64_t number() const { return number_; }

   private:
    Engine& engine_;
    const std::uint64_t number_;
  };

  // On the slot's own connection. Errors: Timeout at the deadline; Cancelled; LimitExceeded when it would need more
  // memory than there is; Corrupt when a block doesn't read; Internal for what DuckDB refuses, which is a bug of ours.
  Result<QueryResult> query(const QueryGate::Slot& slot, const SqlStatement& sql, const ReadLimits& limits);

  struct Stats {
    std::size_t running = 0;  // queries
    std::size_t scans = 0;    // registered
  };
  [[nodiscard]] Stats stats() const;

  [[nodiscard]] static std::string library_version();

  // Is the DuckDB that was loaded one that the header we were built with fits (docs/decisions/0002-duckdb-from-npm.md)?
  // `version` as library_version() gives it. Unsupported says what to do. open() asks.
  static Result<void> check_library_version(std::string_view version);

 private:
  struct Impl;
  explicit Engine(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace vizsla::store
