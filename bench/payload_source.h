// Payloads for a store, made from bench/traffic the way production makes them: encoded as v0.4, decoded, through all
// stages of the pipeline. Spread evenly over a stretch of time that goes by as fast as the caller likes.
//
// A thread of its own makes them, a few ahead, and counts its CPU time: what the rest of the process used is then the
// store's. The same plan gives the same payloads, always.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <random>
#include <semaphore>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "bench/traffic.h"
#include "model/span_batch.h"
#include "pipeline/trace_pipeline.h"

namespace vizsla::bench {

struct PayloadPlan {
  std::uint64_t seed = 1;
  std::uint64_t spans = 0;  // a few more come, so that the last trace is whole
  UnixNanos start_ns = 0;
  std::int64_t duration_ns = 0;
  double late_share = 0;  // of payloads, whose spans start two to six hours before their receipt
  std::uint64_t payload_spans = 1000;
};

struct ReadyPayload {
  model::SpanBatch batch;
  model::StatsBatch stats;
  Hash128 hash;
  UnixNanos received_ns = 0;  // what the clock should say when the store gets it; never goes backwards
  std::uint64_t requests =
      0;                   // that this payload and those before it hold: request 0 to this one of the seed's traffic
  double cpu_seconds = 0;  // that making them took so far
};

class PayloadSource {
 public:
  explicit PayloadSource(const PayloadPlan& plan);
  ~PayloadSource();
  PayloadSource(const PayloadSource&) = delete;
  PayloadSource& operator=(const PayloadSource&) = delete;

  // The next one, good until the next call; null behind the last.
  const ReadyPayload* next();

 private:
  static constexpr std::size_t kSlots = 4;

  void run();
  void make(ReadyPayload& into);
  [[nodiscard]] UnixNanos time_at(std::uint64_t spans) const;

  const PayloadPlan plan_;
  const Traffic traffic_;
  std::array<ReadyPayload, kSlots> slots_;
  std::counting_semaphore<> free_{kSlots};
  std::counting_semaphore<> ready_{0};
  std::atomic<bool> stopped_{false};

  // The caller's.
  std::size_t taken_ = 0;

  // The making thread's own.
  pipeline::TracePipeline pipeline_;
  std::mt19937_64 random_;
  std::vector<TrafficChunk> chunks_;
  std::uint64_t spans_ = 0;
  std::uint64_t requests_ = 0;

  std::jthread thread_;
};

}  // namespace vizsla::bench
