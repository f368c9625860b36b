// A program that links this counts its calls of operator new.
#pragma once

#include <cstdint>

namespace vizsla::bench {

// So far, of all threads.
std::uint64_t allocations();

}  // namespace vizsla::bench
