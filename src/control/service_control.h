// What people have set for services: the Apdex threshold and the pinned operation by service and env, the colour by
// service. Kept in `control.db`; read from memory. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "control/sqlite.h"

namespace vizsla::control {

// Its name in the data folder.
inline constexpr std::string_view kControlFile = "control.db";

// For a backup, while a server may be writing. Leaves `to` unsynced.
Result<void> copy_control(const std::string& from, const std::string& to);

struct ServiceChoices {
  std::optional<std::int64_t> apdex_threshold_ns;
  std::optional<std::string> primary_operation;

  bool operator==(const ServiceChoices&) const = default;
};

class ServiceControl {
 public:
  // Opens `path`; the first choice makes it, so that nothing is written when a server starts. Unsupported when a newer
  // program has written it.
  static Result<std::unique_ptr<ServiceControl>> open(const std::string& path);

  // Nothing is set of what nobody has chosen.
  [[nodiscard]] ServiceChoices choices(std::string_view service, std::string_view env) const;
  [[nodiscard]] std::optional<std::uint32_t> color_slot(std::string_view service) const;
  [[nodiscard]] std::map<std::string, std::uint32_t> color_slots() const;

  // Durable when they return without an error. Without a value the choice is taken back.
  Result<void> set_choices(const std::string& service, const std::string& env, const ServiceChoices& choices);
  Result<void> set_color_slot(const std::string& service, std::optional<std::uint32_t> slot);

 private:
  struct Known {
    std::map<std::pair<std::string, std::string>, ServiceChoices> choices;  // by service and env
    std::map<std::string, std::uint32_t> slots;
  };

  explicit ServiceControl(std::unique_ptr<SqliteDatabase> database) : database_(std::move(database)) {}
  Result<void> load();
  Result<void> write(std::string_view sql, const std::vector<SqlValue>& values);

  std::mutex writing_;                              // taken before known_
  const std::unique_ptr<SqliteDatabase> database_;  // guarded by writing_
  bool has_tables_ = false;                         // guarded by writing_
  Guarded<Known> known_;
};

}  // namespace vizsla::control
