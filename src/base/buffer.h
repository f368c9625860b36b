// A growing run of bytes whose resize() doesn't zero what will be overwritten anyway.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace vizsla {

template <class T>
struct DefaultInitAllocator : std::allocator<T> {
  template <class U>
  struct rebind {                           // NOLINT(readability-identifier-naming): the standard's name
    using other = DefaultInitAllocator<U>;  // NOLINT(readability-identifier-naming)
  };

  template <class U, class... Args>
  void construct(U* at, Args&&... args) {
    if constexpr (sizeof...(Args) == 0) {
      ::new (static_cast<void*>(at)) U;
    } else {
      ::new (static_cast<void*>(at)) U(static_cast<U>(args)...);
    }
  }
};

using Buffer = std::vector<std::uint8_t, DefaultInitAllocator<std::uint8_t>>;

}  // namespace vizsla
