// A few threads for work that takes its time: queries, above all, which must not hold up a connection's thread.
//
// The line in front of them has a limit: full means "refuse", never "grow". stop() runs what is in line and ends the
// threads. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vizsla {

class WorkerPool {
 public:
  WorkerPool(std::size_t threads, std::size_t waiting_max);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False when the line is full, or the pool has been stopped; `work` is then not run.
  bool try_run(std::function<void()> work);

  void stop();

 private:
  void serve();

  const std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopped_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace vizsla
