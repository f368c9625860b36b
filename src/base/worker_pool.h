// Threads for work that takes its time: queries, above all, which must not hold up a connection's thread.
//
// They are started when there is work that none of them is free for, and end when there was none for a while, so that
// many may be allowed that mostly wait. The line in front of them has a limit: full means "refuse", never "grow".
// stop() runs what is in line and ends the threads. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace vizsla {

class WorkerPool {
 public:
  WorkerPool(std::size_t threads_max, std::size_t waiting_max,
             std::chrono::milliseconds idle_max = std::chrono::seconds(30));
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False when the line is full, or the pool has been stopped; `work` is then not run.
  bool try_run(std::function<void()> work);

  void stop();

  [[nodiscard]] std::size_t threads() const;

 private:
  using Threads = std::list<std::jthread>;

  void serve(Threads::iterator self);
  // Under the mutex. The system may have no more.
  void start_thread();

  const std::size_t threads_max_;
  const std::size_t waiting_max_;
  const std::chrono::milliseconds idle_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  std::size_t idle_ = 0;
  bool stopped_ = false;
  Threads threads_;
  Threads ended_;  // to be joined
};

}  // namespace vizsla
