#include "base/worker_pool.h"

#include <system_error>

namespace vizsla {

WorkerPool::WorkerPool(std::size_t threads_max, std::size_t waiting_max, std::chrono::milliseconds idle_max)
    : threads_max_(threads_max), waiting_max_(waiting_max), idle_max_(idle_max) {}

WorkerPool::~WorkerPool() {
  stop();
}

bool WorkerPool::try_run(std::function<void()> work) {
  Threads ended;  // joined when the lock is given back
  {
    const std::lock_guard lock(mutex_);
    ended.swap(ended_);
    if (stopped_ || waiting_.size() >= waiting_max_) return false;
    waiting_.push_back(std::move(work));
    if (waiting_.size() > idle_ && threads_.size() < threads_max_) start_thread();
    if (threads_.empty()) {
      waiting_.pop_back();
      return false;
    }
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::start_thread() {
  const auto self = threads_.emplace(threads_.end());
  try {
    *self = std::jthread([this, self] { serve(self); });
  } catch (const std::system_error&) {
    threads_.erase(self);
  }
}

void WorkerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  threads_.clear();  // joins; none is started any more, and none goes by itself
  ended_.clear();
}

std::size_t WorkerPool::threads() const {
  const std::lock_guard lock(mutex_);
  return threads_.size();
}

void WorkerPool::serve(Threads::iterator self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait_for(lock, idle_max_, [this] { return stopped_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) {
      if (!stopped_) ended_.splice(ended_.end(), threads_, self);
      return;
    }
    std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

}  // namespace vizsla
