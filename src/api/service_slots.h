// The colour of each service: a small number, given when the service is first seen and never changed, so that a service
// looks the same on every screen, for everyone, after every restart. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"

namespace vizsla::api {

class ServiceSlots {
 public:
  // `known` are the services of before, in the order in which they came; `on_new` is told of each one that comes, to
  // keep it. Called under a lock: keep it short.
  ServiceSlots(const std::vector<std::string>& known, std::function<void(std::string_view)> on_new);

  // From 1 on.
  std::uint32_t slot_of(std::string_view service);

  // What somebody has chosen instead; without a value, the one that it was given.
  void choose(const std::string& service, std::optional<std::uint32_t> slot);

 private:
  Guarded<std::map<std::string, std::uint32_t, std::less<>>> slots_;
  Guarded<std::map<std::string, std::uint32_t, std::less<>>> chosen_;
  const std::function<void(std::string_view)> on_new_;
};

}  // namespace vizsla::api
