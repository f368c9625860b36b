// A queue between threads with a limit on the summed weight of what is in it: full means "refuse or wait", never
// "grow".
//
// The weight is what the limit is about (bytes, usually). One item heavier than the whole limit is let in when the
// queue is empty, so that nothing is unacceptable for ever. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace vizsla {

template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t weight_max) : weight_max_(weight_max) {}

  // False, and `item` untouched, when there is no room or the queue is closed.
  bool try_push(T&& item, std::size_t weight) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || (weight_ > 0 && weight_ + weight > weight_max_)) return false;
      items_.emplace_back(std::move(item), weight);
      weight_ += weight;
    }
    not_empty_.notify_one();
    return true;
  }

  // Waits for something and takes all of it, in order. Empty only when the queue is closed and drained.
  std::vector<T> pop_all() {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [this] { return !items_.empty() || closed_; });
    std::vector<T> taken;
    taken.reserve(items_.size());
    for (auto& [item, weight] : items_) taken.push_back(std::move(item));
    items_.clear();
    weight_ = 0;
    return taken;
  }

  // Nothing more goes in; what is in can still be taken.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    not_empty_.notify_all();
  }

  [[nodiscard]] std::size_t weight() const {
    const std::lock_guard lock(mutex_);
    return weight_;
  }

 private:
  const std::size_t weight_max_;
  mutable std::mutex mutex_;
  std::condition_variable not_empty_;
  std::deque<std::pair<T, std::size_t>> items_;
  std::size_t weight_ = 0;
  bool closed_ = false;
};

}  // namespace vizsla
