// Fills an embedded store with traffic, on a clock that goes as fast as the store takes it.
//
// One thread at a time. What the whole process has used but `traffic_cpu_s` is the store's.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/testing/fake_clock.h"
#include "bench/payload_source.h"
#include "store/embedded/store.h"

namespace vizsla::bench {

// What is known of a filled store. Lies beside its data, as bench.json.
struct FilledStore {
  std::uint64_t seed = 1;
  std::uint64_t requests = 0;  // of the seed's traffic, from request 0 on
  std::uint64_t spans = 0;
  UnixNanos start_ns = 0;
  UnixNanos end_ns = 0;
};

Result<void> write_filled(const std::string& folder, const FilledStore& filled);
Result<FilledStore> read_filled(const std::string& folder);

class StoreFiller {
 public:
  // InvalidInput when there is something in the folder: old data would be in every figure.
  static Result<std::unique_ptr<StoreFiller>> open(const PayloadPlan& plan, const store::StoreOptions& options);

  // Gives the store the next payload, with the clock at its time, and waits until it is taken. False behind the last.
  Result<bool> append_next();

  [[nodiscard]] store::EmbeddedStore& store() { return *store_; }
  [[nodiscard]] FilledStore filled() const;

  struct Cost {
    double traffic_cpu_s = 0;  // for making what has been appended
    double append_ms = 0;      // from append() to its answer, of the newest payload
    double paced_s = 0;        // spent waiting for blocks, before append()
  };
  [[nodiscard]] const Cost& cost() const { return cost_; }

 private:
  StoreFiller(const PayloadPlan& plan, const store::StoreOptions& options);

  const PayloadPlan plan_;
  const store::StoreOptions options_;
  const std::unique_ptr<store::Files> files_;
  testing::FakeClock clock_;
  std::unique_ptr<store::EmbeddedStore> store_;
  PayloadSource source_;
  std::uint64_t requests_ = 0;
  std::uint64_t spans_ = 0;
  Cost cost_;
};

}  // namespace vizsla::bench
