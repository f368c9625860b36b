// Settings of SQL obfuscation by their names, as vectors have them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/check.h"
#include "pipeline/obfuscate/sql.h"

namespace vizsla::pipeline::testing {

struct SqlSettings {
  // `settings`: a flag is on when it is there. "obfuscation_mode" and "dbms" have values. An unknown name is a bug.
  explicit SqlSettings(const std::map<std::string, std::string, std::less<>>& settings) {
    std::string_view dbms;
    for (const auto& [name, value] : settings) {
      if (name == "obfuscation_mode") {
        const auto mode = sql_mode(value);
        VIZSLA_CHECK(mode.has_value());
        options.mode = *mode;
      } else if (name == "dbms") {
        dbms = value;
      } else {
        *flag(name) = true;
      }
    }
    dialect = sql_dialect(dbms, options.mode);
  }

  SqlOptions options;
  SqlDialect dialect = SqlDialect::Unknown;

 private:
  bool* flag(std::string_view name) {
    if (name == "table_names") return &options.table_names;
    if (name == "collect_commands") return &options.collect_commands;
    if (name == "collect_comments") return &options.collect_comments;
    if (name == "replace_digits") return &options.replace_digits;
    if (name == "keep_sql_alias") return &options.keep_sql_alias;
    if (name == "dollar_quoted_func") return &options.dollar_quoted_func;
    if (name == "collect_procedures") return &options.collect_procedures;
    if (name == "keep_null") return &options.keep_null;
    if (name == "keep_boolean") return &options.keep_boolean;
    if (name == "keep_positional_parameter") return &options.keep_positional_parameter;
    if (name == "replace_bind_parameter") return &options.replace_bind_parameter;
    if (name == "keep_json_path") return &options.keep_json_path;
    if (name == "keep_trailing_semicolon") return &options.keep_trailing_semicolon;
    if (name == "keep_identifier_quotation") return &options.keep_identifier_quotation;
    VIZSLA_CHECK(name == "remove_space_between_parentheses");
    return &options.remove_space_between_parentheses;
  }
};

}  // namespace vizsla::pipeline::testing
