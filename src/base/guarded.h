// A value and its mutex as one type: the value can't be touched without holding the lock.
//
//   Guarded<std::vector<int>> numbers;
//   numbers.with([](auto& v) { v.push_back(1); });
//
// Where two Guarded are locked at once, the order is written at the outer one. Thread-safe.
#pragma once

#include <mutex>
#include <utility>

namespace vizsla {

template <class T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  // Calls f(value) under the lock and returns what it returns. f must not keep a reference to the value.
  template <class F>
  decltype(auto) with(F&& f) {
    const std::lock_guard lock(mutex_);
    return std::forward<F>(f)(value_);
  }

  template <class F>
  decltype(auto) with(F&& f) const {
    const std::lock_guard lock(mutex_);
    return std::forward<F>(f)(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace vizsla
