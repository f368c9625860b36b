// XXH3, the one hash in the house: 64 bits for checksums and tables, 128 bits where a collision would lose data.
#pragma once

#include <cstdint>
#include <functional>

#include "base/bytes.h"

namespace vizsla {

struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  bool operator==(const Hash128&) const = default;
};

std::uint64_t hash64(Bytes bytes, std::uint64_t seed = 0);

// hash64() over several pieces as if they were one.
class Hasher64 {
 public:
  Hasher64();
  ~Hasher64();
  Hasher64(const Hasher64&) = delete;
  Hasher64& operator=(const Hasher64&) = delete;

  void update(Bytes bytes);
  [[nodiscard]] std::uint64_t digest() const;

 private:
  void* state_;
};

// Hash over several pieces as if they were one.
class Hasher128 {
 public:
  Hasher128();
  ~Hasher128();
  Hasher128(const Hasher128&) = delete;
  Hasher128& operator=(const Hasher128&) = delete;

  void update(Bytes bytes);
  // Length first, so that ("ab", "c") and ("a", "bc") differ.
  void update_field(std::string_view text);
  [[nodiscard]] Hash128 digest() const;

 private:
  void* state_;
};

}  // namespace vizsla

template <>
struct std::hash<vizsla::Hash128> {
  std::size_t operator()(const vizsla::Hash128& h) const noexcept { return h.low; }
};
