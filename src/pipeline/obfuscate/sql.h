// SQL without its literals: what a span's resource and its query tags become before anything counts or keeps them.
//
// Two ways, as in the Agent (agent-protocol §6.1, §6.2). The default tokenizer rewrites the statement into tokens with
// one space between them, `?` for literals, and lists of values folded into one `?`; it refuses what it can't read. The
// lexer modes (`sql_obfuscation_mode`) follow the library that the Agent uses there, in the version that was current in
// mid-2026: they refuse nothing, and each of hiding and normalising can be had alone.
//
// One object is meant to be used for many statements: its buffers are kept, so that nothing is allocated once they are
// large enough. Time is linear in the statement, whatever it holds. Pure but for one thing that §6.1 asks for: the
// default tokenizer remembers whether backslashes escape. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"

namespace vizsla::pipeline {

// What a span shows in place of a statement that obfuscate() refused (agent-protocol §6).
inline constexpr std::string_view kNonParsableSql = "Non-parsable SQL query";

enum class SqlMode : std::uint8_t { Default, ObfuscateOnly, ObfuscateAndNormalize, NormalizeOnly };

// The mode of that name ("" is Default); InvalidInput for any other.
Result<SqlMode> sql_mode(std::string_view name);

enum class SqlDialect : std::uint8_t { Unknown, Postgres, SqlServer, MySql, Oracle, Snowflake };

// The dialect that a `db.type` stands for in that mode. The default tokenizer knows two names and no aliases; the lexer
// also knows those that the tracers of .NET, Java, Ruby and Node send.
SqlDialect sql_dialect(std::string_view db_type, SqlMode mode);

// Names are those of the Agent's settings; all are off by default. The second group is for the lexer modes alone.
struct SqlOptions {
  SqlMode mode = SqlMode::Default;
  bool table_names = false;       // collect them
  bool collect_commands = false;  // SELECT, UPDATE, …
  bool collect_comments = false;
  bool replace_digits = false;  // runs of digits in names become `?`
  bool keep_sql_alias = false;
  bool dollar_quoted_func = false;  // obfuscate what is inside $func$…$func$ instead of hiding it

  bool collect_procedures = false;
  bool keep_null = false;
  bool keep_boolean = false;
  bool keep_positional_parameter = false;  // $1
  bool replace_bind_parameter = false;     // @name, and :name of Oracle
  bool keep_json_path = false;             // the literal behind ->, ->>, #>, …
  bool keep_trailing_semicolon = false;
  bool keep_identifier_quotation = false;
  bool remove_space_between_parentheses = false;
};

// What was collected on the way; empty where it wasn't asked for.
struct SqlMetadata {
  std::size_t bytes = 0;                         // of all that follows, as the Agent accounts for it
  std::string_view tables_csv;                   // each once, in order of appearance: the tag `sql.tables`
  std::span<const std::string_view> commands;    // upper case; the lexer modes list each once
  std::span<const std::string_view> comments;    // the default tokenizer puts each on one line
  std::span<const std::string_view> procedures;  // that the statement creates or alters
};

struct ObfuscatedSql {
  std::string_view text;
  SqlMetadata metadata;
};

class SqlObfuscator {
 public:
  explicit SqlObfuscator(const SqlOptions& options);
  ~SqlObfuscator();
  SqlObfuscator(SqlObfuscator&&) noexcept;
  SqlObfuscator& operator=(SqlObfuscator&&) noexcept;

  // `statement` in its obfuscated form, valid until the next call or the end of this object. `statement` may be
  // anything, also no UTF-8; if it is UTF-8, so is the result, which has at most twice its size and a few bytes.
  //
  // InvalidInput only in the default mode: "at position 41: unexpected EOF in string", the Agent's text.
  Result<ObfuscatedSql> obfuscate(std::string_view statement, SqlDialect dialect = SqlDialect::Unknown);

  [[nodiscard]] const SqlOptions& options() const { return options_; }

 private:
  class Engines;

  SqlOptions options_;
  std::unique_ptr<Engines> engines_;
};

}  // namespace vizsla::pipeline
