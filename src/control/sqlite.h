// SQLite, as far as we need it: one database, statements with bound values, errors as values. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

struct sqlite3;

namespace vizsla::control {

using SqlValue = std::variant<std::nullptr_t, std::int64_t, std::string>;

class SqliteDatabase {
 public:
  // Opens or makes the file. What is committed is on the disk; the journal goes with the commit, so that reading takes
  // no space: a server starts on a full disk. Unavailable when it can't be opened; Corrupt when it is no database.
  static Result<std::unique_ptr<SqliteDatabase>> open(const std::string& path);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // One statement, which is committed when this returns. `row` is called with each row of its answer.
  Result<void> run(std::string_view sql, const std::vector<SqlValue>& values = {},
                   const std::function<void(const std::vector<SqlValue>&)>& row = {});

  // What is committed now, as a database of its own, while others read and write. `path` isn't there yet; it isn't
  // synced.
  Result<void> copy_to(const std::string& path) { return run("VACUUM INTO ?", {path}); }

 private:
  explicit SqliteDatabase(sqlite3* database) : database_(database) {}

  [[nodiscard]] Error error(std::string_view what) const;

  sqlite3* const database_;
};

}  // namespace vizsla::control
