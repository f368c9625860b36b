// How much text a payload may have us write out by naming its strings over and over.
//
// Where strings are given by number, tags cost a number each, here as on the wire. But lists, links and events are kept
// as JSON, and there a string of 10 MB that is named a million times would be written a million times. What real
// payloads write out is shorter than they are.
#pragma once

#include <cstddef>

namespace vizsla::codec {

class TextBudget {
 public:
  explicit TextBudget(std::size_t body_bytes) : left_(4 * body_bytes + (std::size_t{1} << 20)) {}

  // False when there isn't enough left.
  bool take(std::size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

  static constexpr const char* kLessText = "less text: long strings are named too often";

 private:
  std::size_t left_;
};

}  // namespace vizsla::codec
