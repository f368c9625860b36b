#include "control/service_control.h"

#include <fmt/format.h>

namespace vizsla::control {
namespace {

constexpr std::int64_t kSchemaVersion = 1;

constexpr std::string_view kTables[] = {
    "CREATE TABLE IF NOT EXISTS service_choices (service TEXT NOT NULL, env TEXT NOT NULL, apdex_threshold_ns INTEGER, "
    "primary_operation TEXT, PRIMARY KEY (service, env)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS service_colors (service TEXT NOT NULL PRIMARY KEY, slot INTEGER NOT NULL) WITHOUT "
    "ROWID",
};

template <class T>
SqlValue or_null(const std::optional<T>& value) {
  return value ? SqlValue(*value) : SqlValue(nullptr);
}

}  // namespace

Result<void> copy_control(const std::string& from, const std::string& to) {
  VIZSLA_TRY(const auto database, SqliteDatabase::open(from));
  return database->copy_to(to);
}

Result<std::unique_ptr<ServiceControl>> ServiceControl::open(const std::string& path) {
  VIZSLA_TRY(auto database, SqliteDatabase::open(path));
  std::int64_t version = 0;
  VIZSLA_TRY_VOID(database->run("PRAGMA user_version", {},
                                [&](const std::vector<SqlValue>& row) { version = std::get<std::int64_t>(row[0]); }));
  if (version > kSchemaVersion)
    return fail(ErrorCode::Unsupported,
                fmt::format("{} is of version {}, this program reads up to {}", path, version, kSchemaVersion));
  auto control = std::unique_ptr<ServiceControl>(new ServiceControl(std::move(database)));
  control->has_tables_ = version != 0;
  if (control->has_tables_) VIZSLA_TRY_VOID(control->load());
  return control;
}

Result<void> ServiceControl::load() {
  Known known;
  VIZSLA_TRY_VOID(database_->run("SELECT service, env, apdex_threshold_ns, primary_operation FROM service_choices", {},
                                 [&](const std::vector<SqlValue>& row) {
                                   ServiceChoices choices;
                                   if (const auto* ns = std::get_if<std::int64_t>(&row[2]))
                                     choices.apdex_threshold_ns = *ns;
                                   if (const auto* operation = std::get_if<std::string>(&row[3]))
                                     choices.primary_operation = *operation;
                                   known.choices[{std::get<std::string>(row[0]), std::get<std::string>(row[1])}] =
                                       choices;
                                 }));
  VIZSLA_TRY_VOID(database_->run("SELECT service, slot FROM service_colors", {}, [&](const std::vector<SqlValue>& row) {
    known.slots[std::get<std::string>(row[0])] = static_cast<std::uint32_t>(std::get<std::int64_t>(row[1]));
  }));
  known_.with([&](Known& now) { now = std::move(known); });
  return {};
}

Result<void> ServiceControl::write(std::string_view sql, const std::vector<SqlValue>& values) {
  if (!has_tables_) {
    // Each by itself: whoever finds half of them makes the others.
    for (const std::string_view table : kTables) VIZSLA_TRY_VOID(database_->run(table));
    VIZSLA_TRY_VOID(database_->run(fmt::format("PRAGMA user_version = {}", kSchemaVersion)));
    has_tables_ = true;
  }
  return database_->run(sql, values);
}

ServiceChoices ServiceControl::choices(std::string_view service, std::string_view env) const {
  return known_.with([&](const Known& known) {
    const auto at = known.choices.find({std::string(service), std::string(env)});
    return at == known.choices.end() ? ServiceChoices{} : at->second;
  });
}

std::optional<std::uint32_t> ServiceControl::color_slot(std::string_view service) const {
  return known_.with([&](const Known& known) {
    const auto at = known.slots.find(std::string(service));
    return at == known.slots.end() ? std::nullopt : std::optional(at->second);
  });
}

std::map<std::string, std::uint32_t> ServiceControl::color_slots() const {
  return known_.with([](const Known& known) { return known.slots; });
}

Result<void> ServiceControl::set_choices(const std::string& service, const std::string& env,
                                         const ServiceChoices& choices) {
  const std::lock_guard lock(writing_);
  if (choices == ServiceChoices{}) {
    VIZSLA_TRY_VOID(write("DELETE FROM service_choices WHERE service = ? AND env = ?", {service, env}));
  } else {
    VIZSLA_TRY_VOID(write("INSERT OR REPLACE INTO service_choices VALUES (?, ?, ?, ?)",
                          {service, env, or_null(choices.apdex_threshold_ns), or_null(choices.primary_operation)}));
  }
  known_.with([&](Known& known) {
    if (choices == ServiceChoices{}) {
      known.choices.erase({service, env});
    } else {
      known.choices[{service, env}] = choices;
    }
  });
  return {};
}

Result<void> ServiceControl::set_color_slot(const std::string& service, std::optional<std::uint32_t> slot) {
  const std::lock_guard lock(writing_);
  if (slot) {
    VIZSLA_TRY_VOID(write("INSERT OR REPLACE INTO service_colors VALUES (?, ?)", {service, std::int64_t{*slot}}));
  } else {
    VIZSLA_TRY_VOID(write("DELETE FROM service_colors WHERE service = ?", {service}));
  }
  known_.with([&](Known& known) {
    if (slot) {
      known.slots[service] = *slot;
    } else {
      known.slots.erase(service);
    }
  });
  return {};
}

}  // namespace vizsla::control
