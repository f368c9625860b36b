// The Agent's default way with SQL: tokens, each of which passes four filters, joined by one space (agent-protocol
// §6.1, "Filter chain" and "Output"). Lists of values and groups of them fold into one `?` on the way.
//
// One thread at a time. Linear; no recursion: the body of a $func$ is a statement of its own, read on a level of its
// own, and beyond kLevels of them it is hidden whole.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pipeline/obfuscate/sql.h"
#include "pipeline/obfuscate/sql_metadata.h"
#include "pipeline/obfuscate/sql_text.h"
#include "pipeline/obfuscate/sql_tokenizer.h"

namespace vizsla::pipeline {

class SqlStatementObfuscator {
 public:
  explicit SqlStatementObfuscator(const SqlOptions& options);

  // The result is valid until the next call.
  Result<ObfuscatedSql> obfuscate(std::string_view statement, SqlDialect dialect);

 private:
  enum class Failure : std::uint8_t { None, Unreadable, Refused, Empty };

  // What the filters remember from token to token, and what they have written.
  struct Level {
    std::string_view statement;
    SqlTokenizer tokenizer;
    SqlBuffer out;
    SqlKind last = SqlKind::End;  // kind of the last token, as the filters left it
    std::size_t values = 0;       // F of §6.1: values seen in this group
    std::size_t groups = 0;       // M of §6.1: groups of values seen
    Failure failure = Failure::None;
    SqlKind refused = SqlKind::End;  // the token's kind, when Refused
  };
  enum class Outcome : std::uint8_t { Done, Failed, FuncBody };

  static constexpr std::size_t kLevels = 3;

  // Reads statement_ once. False after a failure, which levels_[0] knows.
  bool attempt(SqlDialect dialect, bool literal_escapes);
  void start_level(std::size_t depth, std::string_view statement, const SqlTokenizer::Options& options);
  // Reads until the statement of this level ends, or a body comes that is to be read on the next one.
  Outcome run(Level& level, bool outermost);
  // Passes one token through the filters. False when they refuse it.
  bool filter(Level& level, const SqlToken& token, bool outermost);
  // True when the token is taken for the name of a table.
  bool collect(Level& level, const SqlToken& token, bool outermost);
  [[nodiscard]] std::string error() const;

  const SqlOptions options_;
  const bool collects_;
  bool literal_escapes_ = false;  // what worked last: it stays so for the statements to come

  SqlBuffer statement_;                      // as far as it is UTF-8
  std::optional<std::uint8_t> broken_byte_;  // the first byte that isn't
  std::array<Level, kLevels> levels_;
  std::string_view func_body_;  // when run() says FuncBody
  SqlBuffer func_text_;
  SqlBuffer digits_;
  SqlMetadataCollector metadata_{SqlMetadataCollector::Repeats::Listed};
};

}  // namespace vizsla::pipeline
