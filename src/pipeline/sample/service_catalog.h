// The pairs of service and environment that rates are given to: the last `max` that were seen.
//
// Bounded, because names come from outside (agent-protocol §9.3). One thread at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/hash.h"
#include "pipeline/sample/signature.h"

namespace vizsla::pipeline {

class ServiceCatalog {
 public:
  struct Entry {
    std::string service;
    std::string env;
    Signature signature;
  };

  explicit ServiceCatalog(std::size_t max) : max_(max) {}
  ServiceCatalog(ServiceCatalog&&) = default;
  ServiceCatalog(const ServiceCatalog&) = delete;  // by_pair_ looks into entries_

  // Makes the pair the last one seen. Gives the signature of the one that had to go for it.
  std::optional<Signature> see(std::string_view service, std::string_view env, Signature signature);

  // The last one seen goes first.
  [[nodiscard]] const std::list<Entry>& entries() const { return entries_; }

 private:
  struct Pair {
    std::string_view service;
    std::string_view env;

    bool operator==(const Pair&) const = default;
  };
  struct PairHash {
    std::size_t operator()(const Pair& pair) const {
      return hash64(as_bytes(pair.service), hash64(as_bytes(pair.env)));
    }
  };

  std::size_t max_;
  std::list<Entry> entries_;
  std::unordered_map<Pair, std::list<Entry>::iterator, PairHash> by_pair_;  // views into entries_
};

}  // namespace vizsla::pipeline
