// Lets so many events through a second, and as many at once as nobody has asked for before.
//
// One thread at a time. Time comes in with each call; a clock that is put back only pauses the refill.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace vizsla::pipeline {

class TokenBucket {
 public:
  // Full at the start. `per_second` and `burst` are finite and not negative.
  TokenBucket(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

  // Other limits from now on; what has been taken stays taken.
  void set_limits(double per_second, double burst) {
    per_second_ = per_second;
    burst_ = burst;
    tokens_ = std::min(tokens_, burst);
  }

  bool take(UnixNanos now) {
    if (last_ != 0 && now > last_) {
      const double seconds = static_cast<double>(now - last_) / static_cast<double>(kNanosPerSecond);
      tokens_ = std::min(burst_, tokens_ + seconds * per_second_);
    }
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double per_second_;
  double burst_;
  double tokens_;
  UnixNanos last_ = 0;  // of the last call; 0 = there was none
};

}  // namespace vizsla::pipeline
