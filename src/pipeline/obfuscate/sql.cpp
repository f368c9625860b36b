#include "pipeline/obfuscate/sql.h"

#include <string>
#include <utility>

#include "pipeline/obfuscate/sql_normalizer.h"
#include "pipeline/obfuscate/sql_statement.h"

namespace vizsla::pipeline {

Result<SqlMode> sql_mode(std::string_view name) {
  if (name.empty()) return SqlMode::Default;
  if (name == "obfuscate_only") return SqlMode::ObfuscateOnly;
  if (name == "obfuscate_and_normalize") return SqlMode::ObfuscateAndNormalize;
  if (name == "normalize_only") return SqlMode::NormalizeOnly;
  return fail(ErrorCode::InvalidInput, "expected obfuscate_only, obfuscate_and_normalize, normalize_only or nothing");
}

SqlDialect sql_dialect(std::string_view db_type, SqlMode mode) {
  if (db_type == "postgresql") return SqlDialect::Postgres;
  if (db_type == "mssql") return SqlDialect::SqlServer;
  if (mode == SqlMode::Default) return SqlDialect::Unknown;
  if (db_type == "postgres") return SqlDialect::Postgres;
  if (db_type == "sql-server" || db_type == "sqlserver") return SqlDialect::SqlServer;
  if (db_type == "mysql") return SqlDialect::MySql;
  if (db_type == "oracle") return SqlDialect::Oracle;
  if (db_type == "snowflake") return SqlDialect::Snowflake;
  return SqlDialect::Unknown;
}

// One of the two, by the mode.
class SqlObfuscator::Engines {
 public:
  explicit Engines(const SqlOptions& options) {
    if (options.mode == SqlMode::Default) {
      statements_ = std::make_unique<SqlStatementObfuscator>(options);
    } else {
      normalizer_ = std::make_unique<SqlNormalizer>(options);
    }
  }

  Result<ObfuscatedSql> obfuscate(std::string_view statement, SqlDialect dialect) {
    if (statements_ != nullptr) return statements_->obfuscate(statement, dialect);
    return normalizer_->obfuscate(statement, dialect);
  }

 private:
  std::unique_ptr<SqlStatementObfuscator> statements_;
  std::unique_ptr<SqlNormalizer> normalizer_;
};

SqlObfuscator::SqlObfuscator(const SqlOptions& options)
    : options_(options), engines_(std::make_unique<Engines>(options)) {}

SqlObfuscator::~SqlObfuscator() = default;
SqlObfuscator::SqlObfuscator(SqlObfuscator&&) noexcept = default;
SqlObfuscator& SqlObfuscator::operator=(SqlObfuscator&&) noexcept = default;

Result<ObfuscatedSql> SqlObfuscator::obfuscate(std::string_view statement, SqlDialect dialect) {
  return engines_->obfuscate(statement, dialect);
}

}  // namespace vizsla::pipeline
