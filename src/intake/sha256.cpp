#include "intake/sha256.h"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/check.h"

namespace vizsla::intake {

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const int done = EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  VIZSLA_CHECK(done == 1);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace vizsla::intake
