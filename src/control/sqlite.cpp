#include "control/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace vizsla::control {
namespace {

constexpr int kBusyMs = 2000;

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

void bind(sqlite3_stmt* statement, int place, const SqlValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    sqlite3_bind_int64(statement, place, *number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    // The text lives until the statement is done: no copy, no destructor.
    sqlite3_bind_text(statement, place, text->data(), static_cast<int>(text->size()), nullptr);
  } else {
    sqlite3_bind_null(statement, place);
  }
}

SqlValue column(sqlite3_stmt* statement, int place) {
  switch (sqlite3_column_type(statement, place)) {
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, place)};
    case SQLITE_TEXT:
      return std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement, place)),
                         static_cast<std::size_t>(sqlite3_column_bytes(statement, place)));
    default:
      return nullptr;
  }
}

}  // namespace

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::string& path) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
  auto database = std::unique_ptr<SqliteDatabase>(new SqliteDatabase(opened));
  if (code != SQLITE_OK) return fail(database->error(path));
  sqlite3_busy_timeout(opened, kBusyMs);
  for (const std::string_view pragma : {"PRAGMA journal_mode = DELETE", "PRAGMA synchronous = EXTRA"}) {
    if (const auto set = database->run(pragma); !set) return fail(set.error().with_context(path));
  }
  return database;
}

SqliteDatabase::~SqliteDatabase() {
  sqlite3_close(database_);
}

Error SqliteDatabase::error(std::string_view what) const {
  const int code = sqlite3_errcode(database_) & 0xff;
  const bool corrupt = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
  return {corrupt ? ErrorCode::Corrupt : ErrorCode::Unavailable,
          fmt::format("{}: {}", what, sqlite3_errmsg(database_))};
}

Result<void> SqliteDatabase::run(std::string_view sql, const std::vector<SqlValue>& values,
                                 const std::function<void(const std::vector<SqlValue>&)>& row) {
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &made, nullptr) != SQLITE_OK)
    return fail(error(sql));
  const Statement statement(made);
  for (std::size_t i = 0; i < values.size(); ++i) bind(made, static_cast<int>(i) + 1, values[i]);
  for (;;) {
    const int code = sqlite3_step(made);
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return fail(error(sql));
    if (!row) continue;
    std::vector<SqlValue> cells;
    for (int i = 0; i < sqlite3_column_count(made); ++i) cells.push_back(column(made, i));
    row(cells);
  }
}

}  // namespace vizsla::control
