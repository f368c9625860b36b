// What a client of remote configuration says of itself when it asks: the body of `/v0.7/config` (agent-protocol §3.3).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace vizsla::codec {

inline constexpr std::size_t kConfigStatesMax = 1000;
inline constexpr std::size_t kConfigProductsMax = 100;
inline constexpr std::size_t kConfigTextBytesMax = 200;

struct ConfigRequest {
  // Of the client's configs, and what became of them there.
  enum class Apply : std::uint8_t { Unknown, Unacknowledged, Acknowledged, Error };
  struct ConfigState {
    std::string id;
    std::string product;
    Apply apply = Apply::Unknown;
    std::string error;
  };
  struct CachedFile {
    std::string path;
    std::string sha256;  // in hex; "" = it is known by another hash
  };

  std::string client_id;
  std::string language;
  std::string tracer_version;
  std::string service;
  std::string env;
  std::vector<std::string> products;  // that it wants to hear of
  std::uint64_t capabilities = 0;     // the lowest 64 bits
  std::uint64_t targets_version = 0;  // of the last answer that it has taken; 0 = none
  bool has_error = false;             // it couldn't take the last answer
  std::string error;
  std::vector<ConfigState> configs;
  std::vector<CachedFile> cached_files;
};

// Bits of `capabilities`.
inline constexpr int kCapabilitySdkConfiguration = 49;

// Tolerant: a field that is missing, or of a type that nobody knows it by, is left as above, since tracers differ in
// theirs; of those, capabilities as a list of bytes (libdatadog, Java, C++) and hashes as one object (C++) are read.
// Texts are cut at kConfigTextBytesMax. InvalidInput for what is no JSON object with an object `client` in it;
// LimitExceeded for more than kConfigStatesMax configs or files, or kConfigProductsMax products.
Result<ConfigRequest> decode_config_request(PaddedBytes body);

}  // namespace vizsla::codec
