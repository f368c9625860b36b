#include "pipeline/obfuscate/sql_statement.h"

#include <array>
#include <initializer_list>

#include <fmt/format.h>

namespace vizsla::pipeline {
namespace {

constexpr std::string_view kFuncTag = "$func$";

// What the filters ask of a kind, looked up at once.
constexpr int kLiteral = 1;        // is replaced by `?`
constexpr int kSubqueryStart = 2;  // behind "(": a nested statement, no group of values
constexpr int kKeepsGroup = 4;     // doesn't end a list of values
constexpr int kCommand = 8;        // is collected
constexpr int kNamed = 16;         // has digits that may be replaced

constexpr std::array<std::uint8_t, 256> kTraits = [] {
  std::array<std::uint8_t, 256> traits{};
  const auto add = [&](int trait, std::initializer_list<SqlKind> kinds) {
    for (const SqlKind kind : kinds) traits[static_cast<std::uint8_t>(kind)] |= static_cast<std::uint8_t>(trait);
  };
  add(kLiteral, {SqlKind::DollarQuotedString, SqlKind::String, SqlKind::Number, SqlKind::Null, SqlKind::Variable,
                 SqlKind::PreparedParameter, SqlKind::Boolean, SqlKind::EscapeSequence, sql_kind('?')});
  add(kSubqueryStart, {SqlKind::Select, SqlKind::Delete, SqlKind::Update, SqlKind::Identifier});
  add(kKeepsGroup, {sql_kind(','), sql_kind('('), sql_kind(')'), SqlKind::Groupable, SqlKind::GroupableParenthesis});
  add(kCommand,
      {SqlKind::Select, SqlKind::Update, SqlKind::Insert, SqlKind::Delete, SqlKind::Join, SqlKind::Alter, SqlKind::Drop,
       SqlKind::Create, SqlKind::Grant, SqlKind::Revoke, SqlKind::Commit, SqlKind::Begin, SqlKind::Truncate});
  add(kNamed, {SqlKind::TableName, SqlKind::Identifier});
  return traits;
}();

bool has(SqlKind kind, int trait) {
  return (kTraits[static_cast<std::uint8_t>(kind)] & trait) != 0;
}

bool is_groupable(SqlKind kind) {
  return kind == SqlKind::Groupable || kind == SqlKind::GroupableParenthesis;
}

SqlKind groupable(SqlKind kind) {
  return kind == sql_kind('(') ? SqlKind::GroupableParenthesis : SqlKind::Groupable;
}

std::string_view command_name(SqlKind kind) {
  switch (kind) {
    case SqlKind::Select:
      return "SELECT";
    case SqlKind::Update:
      return "UPDATE";
    case SqlKind::Insert:
      return "INSERT";
    case SqlKind::Delete:
      return "DELETE";
    case SqlKind::Join:
      return "JOIN";
    case SqlKind::Alter:
      return "ALTER";
    case SqlKind::Drop:
      return "DROP";
    case SqlKind::Create:
      return "CREATE";
    case SqlKind::Grant:
      return "GRANT";
    case SqlKind::Revoke:
      return "REVOKE";
    case SqlKind::Commit:
      return "COMMIT";
    case SqlKind::Begin:
      return "BEGIN";
    default:
      return "TRUNCATE";
  }
}

}  // namespace

SqlStatementObfuscator::SqlStatementObfuscator(const SqlOptions& options)
    : options_(options), collects_(options.table_names || options.collect_commands || options.collect_comments) {}

Result<ObfuscatedSql> SqlStatementObfuscator::obfuscate(std::string_view statement, SqlDialect dialect) {
  const std::size_t valid = valid_utf8_prefix(statement);
  broken_byte_.reset();
  if (valid < statement.size()) broken_byte_ = static_cast<std::uint8_t>(statement[valid]);
  statement_.release_if_large();
  statement_.append(statement.substr(0, valid));
  statement_.pad();

  if (!attempt(dialect, literal_escapes_)) {
    std::string first_error = error();
    // Reading backslashes the other way may help; if it does, it is tried first from now on.
    if (!levels_[0].tokenizer.saw_escape() || !attempt(dialect, !literal_escapes_)) {
      return fail(ErrorCode::InvalidInput, std::move(first_error));
    }
    literal_escapes_ = !literal_escapes_;
  }
  return ObfuscatedSql{levels_[0].out.view(), collects_ ? metadata_.metadata() : SqlMetadata{}};
}

bool SqlStatementObfuscator::attempt(SqlDialect dialect, bool literal_escapes) {
  const SqlTokenizer::Options options{
      .dialect = dialect,
      .literal_escapes = literal_escapes,
      .dollar_quoted_func = options_.dollar_quoted_func,
      // What stands behind INTO is taken for a table, whatever it is.
      .dollar_bodies = options_.dollar_quoted_func || options_.table_names,
  };
  if (collects_) metadata_.clear();
  start_level(0, statement_.view(), options);
  Outcome outcome = run(levels_[0], true);
  for (std::size_t depth = 0;;) {
    if (outcome == Outcome::FuncBody && depth + 1 < kLevels) {
      start_level(++depth, func_body_, options);
      outcome = run(levels_[depth], false);
      continue;
    }
    if (outcome != Outcome::FuncBody && depth == 0) return outcome == Outcome::Done;

    // A body that can't be read, or lies too deep, is a string like others.
    SqlKind kind = SqlKind::DollarQuotedString;
    std::string_view text = func_body_;
    if (outcome != Outcome::FuncBody) {
      const Level& read = levels_[depth--];
      text = read.statement;
      if (outcome == Outcome::Done) {
        func_text_.release_if_large();
        func_text_.append(kFuncTag);
        func_text_.append(read.out.view());
        func_text_.append(kFuncTag);
        kind = SqlKind::DollarQuotedFunc;
        text = func_text_.view();
      }
    }
    const SqlToken body{kind, false, 0, text.data(), text.data() + text.size()};
    const bool outermost = depth == 0;
    outcome = filter(levels_[depth], body, outermost) ? run(levels_[depth], outermost) : Outcome::Failed;
  }
}

void SqlStatementObfuscator::start_level(std::size_t depth, std::string_view statement,
                                         const SqlTokenizer::Options& options) {
  Level& level = levels_[depth];
  level.statement = statement;
  level.tokenizer.start(statement, depth == 0 ? broken_byte_ : std::nullopt, options);
  level.out.release_if_large();
  level.last = SqlKind::End;
  level.values = 0;
  level.groups = 0;
  level.failure = Failure::None;
}

SqlStatementObfuscator::Outcome SqlStatementObfuscator::run(Level& level, bool outermost) {
  for (;;) {
    const SqlToken token = level.tokenizer.next();
    // Within a list of values nothing changes from value to value: bulk inserts have thousands of them.
    if (level.values > 0 && level.last == SqlKind::Groupable &&
        (token.kind == sql_kind(',') || has(token.kind, kLiteral))) {
      level.values = 2;
      continue;
    }
    switch (token.kind) {
      case SqlKind::End:
        if (!level.out.empty()) return Outcome::Done;
        level.failure = Failure::Empty;
        return Outcome::Failed;
      case SqlKind::Error:
        level.failure = Failure::Unreadable;
        return Outcome::Failed;
      case SqlKind::DollarQuotedFunc:
        func_body_ = token.text();
        return Outcome::FuncBody;
      default:
        if (!filter(level, token, outermost)) return Outcome::Failed;
    }
  }
}

bool SqlStatementObfuscator::filter(Level& level, const SqlToken& token, bool outermost) {
  const SqlKind last = level.last;
  SqlKind kind = token.kind;
  if (collects_ && collect(level, token, outermost)) kind = SqlKind::TableName;

  // Discard: comments, semicolons, aliases.
  bool written = true;
  if (last == SqlKind::As || last == SqlKind::DroppedBracketed) {
    if (last == SqlKind::DroppedBracketed && kind != sql_kind(']')) {
      if (kind != SqlKind::Identifier) {
        level.failure = Failure::Refused;
        level.refused = kind;
        return false;
      }
      kind = SqlKind::DroppedBracketed;
      written = false;
    } else if (kind == sql_kind('[')) {
      kind = SqlKind::DroppedBracketed;
      written = false;
    } else if (!options_.keep_sql_alias) {
      kind = SqlKind::Dropped;
      written = false;
    }
  } else if (kind == SqlKind::Comment) {
    kind = SqlKind::Dropped;
    written = false;
  } else if (kind == sql_kind(';')) {
    kind = SqlKind::Groupable;
    written = false;
  } else if (kind == SqlKind::As) {
    written = options_.keep_sql_alias;
  }

  // Replace: literals, and strings in double quotes where only a value can stand. A discarded token behind SAVEPOINT
  // comes back as `?`.
  bool placeholder = false;
  if (has(kind, kLiteral) || last == SqlKind::Savepoint ||
      (last == sql_kind('=') && kind == SqlKind::DoubleQuotedString)) {
    kind = groupable(kind);
    placeholder = true;
    written = true;
  }

  // Group: `( ?, ? ), ( ?, ? )` becomes `( ? )`.
  if ((last == sql_kind('(') && is_groupable(kind)) || (kind == sql_kind('(') && level.groups > 0)) ++level.groups;
  bool opens_subquery = false;
  if (level.groups > 0 && last == SqlKind::GroupableParenthesis && has(kind, kSubqueryStart)) {
    // No group of values after all: its parenthesis, which was dropped, comes back.
    opens_subquery = true;
    level.values = 0;
    level.groups = 0;
  } else if (is_groupable(kind)) {
    if (++level.values > 1) {
      kind = SqlKind::Groupable;
      written = false;
    }
  } else if (level.values > 0 && kind == sql_kind(',')) {
    kind = SqlKind::Groupable;
    written = false;
  } else if (level.groups > 1) {
    kind = groupable(kind);
    written = false;
  } else if (!has(kind, kKeepsGroup)) {
    level.values = 0;
    level.groups = 0;
  }

  level.last = kind;
  if (!written) return true;
  std::string_view text;
  if (!placeholder) {
    text = level.tokenizer.text_of(token);
    if (options_.replace_digits && has(kind, kNamed)) {
      digits_.release_if_large();
      append_replacing_digits(text, digits_);
      text = digits_.view();
    }
    if (text.empty()) return true;
  }
  SqlBuffer& out = level.out;
  out.reserve(text.size() + 4);
  if (!out.empty() && kind != sql_kind(',') && (kind != sql_kind('=') || last != sql_kind(':'))) out.put(' ');
  if (opens_subquery) {
    out.put('(');
    out.put(' ');
  }
  if (placeholder) {
    out.put('?');
  } else {
    out.put_padded(text);
  }
  return true;
}

bool SqlStatementObfuscator::collect(Level& level, const SqlToken& token, bool outermost) {
  if (outermost && options_.collect_comments && token.kind == SqlKind::Comment) {
    metadata_.add_comment_on_one_line(token.text());
  }
  if (outermost && options_.collect_commands && has(token.kind, kCommand)) {
    metadata_.add_command(command_name(token.kind));
  }
  if (!options_.table_names) return false;
  const bool behind_from = level.last == SqlKind::From || level.last == SqlKind::Join;
  if (!behind_from && level.last != SqlKind::Update && level.last != SqlKind::Into) return false;

  const std::string_view text = level.tokenizer.text_of(token);
  // "(" and the like: a nested statement comes.
  if (behind_from && (text.empty() || !is_unicode_letter(sql_character(text.data(), text.data() + text.size()).code))) {
    return false;
  }
  if (!outermost) return true;
  if (!options_.replace_digits) {
    metadata_.add_table(text);
    return true;
  }
  digits_.release_if_large();
  append_replacing_digits(text, digits_);
  metadata_.add_table(digits_.view());
  return true;
}

std::string SqlStatementObfuscator::error() const {
  const Level& level = levels_[0];
  switch (level.failure) {
    case Failure::Unreadable:
      return level.tokenizer.error();
    case Failure::Refused:
      return fmt::format("expected identifier in bracketed filter, got {}", sql_kind_number(level.refused));
    case Failure::Empty:
      return "result is empty";
    case Failure::None:
      break;
  }
  return {};
}

}  // namespace vizsla::pipeline
