#include "control/sampling_control.h"

namespace vizsla::control {

Result<std::unique_ptr<SamplingControl>> SamplingControl::open(const std::string& path) {
  VIZSLA_TRY(auto database, SqliteDatabase::open(path));
  bool has_table = false;
  VIZSLA_TRY_VOID(database->run("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'sampling'", {},
                                [&](const std::vector<SqlValue>&) { has_table = true; }));
  std::optional<std::string> document;
  if (has_table) {
    VIZSLA_TRY_VOID(database->run("SELECT document FROM sampling", {},
                                  [&](const std::vector<SqlValue>& row) { document = std::get<std::string>(row[0]); }));
  }
  auto control = std::unique_ptr<SamplingControl>(new SamplingControl(std::move(database)));
  control->document_.with([&](auto& now) { now = std::move(document); });
  return control;
}

Result<void> SamplingControl::set_document(const std::optional<std::string>& document) {
  const std::lock_guard lock(writing_);
  // One row, whose key allows no other. Programs that don't know the table leave it alone: no other schema version.
  VIZSLA_TRY_VOID(database_->run(
      "CREATE TABLE IF NOT EXISTS sampling (id INTEGER PRIMARY KEY CHECK (id = 1), document TEXT NOT NULL)"));
  if (document) {
    VIZSLA_TRY_VOID(database_->run("INSERT OR REPLACE INTO sampling VALUES (1, ?)", {*document}));
  } else {
    VIZSLA_TRY_VOID(database_->run("DELETE FROM sampling"));
  }
  document_.with([&](auto& now) { now = document; });
  return {};
}

}  // namespace vizsla::control
