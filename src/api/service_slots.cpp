#include "api/service_slots.h"

namespace vizsla::api {

ServiceSlots::ServiceSlots(const std::vector<std::string>& known, std::function<void(std::string_view)> on_new)
    : on_new_(std::move(on_new)) {
  slots_.with([&](auto& slots) {
    for (const std::string& service : known) slots.try_emplace(service, static_cast<std::uint32_t>(slots.size() + 1));
  });
}

void ServiceSlots::choose(const std::string& service, std::optional<std::uint32_t> slot) {
  chosen_.with([&](auto& chosen) {
    if (slot) {
      chosen[service] = *slot;
    } else {
      chosen.erase(service);
    }
  });
}

std::uint32_t ServiceSlots::slot_of(std::string_view service) {
  const std::uint32_t chosen = chosen_.with([&](const auto& slots) {
    const auto at = slots.find(service);
    return at == slots.end() ? 0 : at->second;
  });
  if (chosen != 0) return chosen;
  return slots_.with([&](auto& slots) {
    const auto known = slots.find(service);
    if (known != slots.end()) return known->second;
    const auto slot = static_cast<std::uint32_t>(slots.size() + 1);
    slots.emplace(service, slot);
    on_new_(service);
    return slot;
  });
}

}  // namespace vizsla::api
