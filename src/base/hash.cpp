#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/check.h"

namespace vizsla {

std::uint64_t hash64(Bytes bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Hasher64::Hasher64() : state_(XXH3_createState()) {
  VIZSLA_CHECK(state_ != nullptr);
  XXH3_64bits_reset(static_cast<XXH3_state_t*>(state_));
}

Hasher64::~Hasher64() {
  XXH3_freeState(static_cast<XXH3_state_t*>(state_));
}

void Hasher64::update(Bytes bytes) {
  XXH3_64bits_update(static_cast<XXH3_state_t*>(state_), bytes.data(), bytes.size());
}

std::uint64_t Hasher64::digest() const {
  return XXH3_64bits_digest(static_cast<const XXH3_state_t*>(state_));
}

Hasher128::Hasher128() : state_(XXH3_createState()) {
  VIZSLA_CHECK(state_ != nullptr);
  XXH3_128bits_reset(static_cast<XXH3_state_t*>(state_));
}

Hasher128::~Hasher128() {
  XXH3_freeState(static_cast<XXH3_state_t*>(state_));
}

void Hasher128::update(Bytes bytes) {
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state_), bytes.data(), bytes.size());
}

void Hasher128::update_field(std::string_view text) {
  const std::uint64_t size = text.size();
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state_), &size, sizeof(size));
  update(as_bytes(text));
}

Hash128 Hasher128::digest() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(static_cast<const XXH3_state_t*>(state_));
  return {hash.low64, hash.high64};
}

}  // namespace vizsla
