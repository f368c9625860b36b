#include "pipeline/obfuscate/sql_normalizer.h"

#include <array>

#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {
namespace {

constexpr std::string_view kFuncTag = "$func$";

constexpr std::array<char, kSqlPadding> kPaddedPlaceholder{'?'};
constexpr std::string_view kPlaceholder(kPaddedPlaceholder.data(), 1);

// What PostgreSQL takes in EXTRACT(field FROM …).
constexpr auto kFieldList = std::to_array<SqlWordEntry<bool>>({
    {"CENTURY", true},      {"DAY", true},      {"DECADE", true},        {"DOW", true},
    {"DOY", true},          {"EPOCH", true},    {"HOUR", true},          {"ISODOW", true},
    {"ISOYEAR", true},      {"JULIAN", true},   {"MICROSECONDS", true},  {"MILLENNIUM", true},
    {"MILLISECONDS", true}, {"MINUTE", true},   {"MONTH", true},         {"QUARTER", true},
    {"SECOND", true},       {"TIMEZONE", true}, {"TIMEZONE_HOUR", true}, {"TIMEZONE_MINUTE", true},
    {"WEEK", true},         {"YEAR", true},
});
constexpr SqlWordTable<bool, kFieldList.size()> kFields(kFieldList);
constexpr std::size_t kFieldBytesMax = 15;

bool is_extract(std::string_view padded) {
  return padded.size() == 7 && SqlWord::of_padded(padded) == SqlWord::of_literal("EXTRACT");
}

// Between the tags of $func$…$func$.
std::string_view func_body(std::string_view text) {
  return text.substr(kFuncTag.size(), text.size() - 2 * kFuncTag.size());
}

}  // namespace

SqlNormalizer::SqlNormalizer(const SqlOptions& options)
    : options_(options),
      collects_(options.table_names || options.collect_commands || options.collect_comments ||
                options.collect_procedures) {}

ObfuscatedSql SqlNormalizer::obfuscate(std::string_view statement, SqlDialect dialect) {
  statement_.release_if_large();
  statement_.append(statement);
  statement_.pad();
  if (collects_) {
    metadata_.clear();
    ctes_.clear();
  }
  if (options_.mode == SqlMode::ObfuscateOnly) {
    hidden_.release_if_large();
    hide_literals(statement_.view(), dialect, Part::Statement, hidden_);
    return {hidden_.view(), {}};
  }
  const bool hides = options_.mode == SqlMode::ObfuscateAndNormalize;
  const std::string_view text = normalize<Part::Statement>(statement_.view(), dialect, hides, normalized_);
  return {text, collects_ ? metadata_.metadata() : SqlMetadata{}};
}

void SqlNormalizer::hide_literals(std::string_view text, SqlDialect dialect, Part part, SqlBuffer& out) {
  const std::size_t begin = out.size();
  SqlLexer lexer(text, dialect);
  HidingState state;
  const char* copied = text.data();  // what is before it has been written
  for (;;) {
    const SqlLexToken token = lexer.next();
    const Hidden hidden = how_hidden(token, state);
    if (hidden == Hidden::No && token.kind != SqlLexeme::End) continue;
    const char* const here = token.kind == SqlLexeme::End ? lexer.position() : token.begin;
    out.append({copied, static_cast<std::size_t>(here - copied)});
    if (token.kind == SqlLexeme::End) break;
    copied = token.end;
    if (hidden == Hidden::Digits) {
      append_replacing_digits(token.text(), out);
    } else if (hidden == Hidden::FuncBody && part == Part::Statement) {
      out.append(hide_func_body(token.text(), dialect));
    } else {
      out.push('?');
    }
  }
  out.trim_from(begin);
}

SqlNormalizer::Hidden SqlNormalizer::how_hidden(const SqlLexToken& token, HidingState& state) const {
  const bool kept_json_path = options_.keep_json_path && state.behind_json_operator;
  Hidden hidden = Hidden::No;
  switch (token.kind) {
    case SqlLexeme::Comment:
    case SqlLexeme::End:
      return Hidden::No;
    case SqlLexeme::Number:
    case SqlLexeme::String:
    case SqlLexeme::DollarQuotedString:
      if (!kept_json_path) hidden = Hidden::Literal;
      break;
    case SqlLexeme::DollarQuotedFunc:
      hidden = options_.dollar_quoted_func ? Hidden::FuncBody : Hidden::Literal;
      break;
    case SqlLexeme::PositionalParameter:
      if (!options_.keep_positional_parameter) hidden = Hidden::Literal;
      break;
    case SqlLexeme::BindParameter:
      if (options_.replace_bind_parameter) hidden = Hidden::Literal;
      break;
    case SqlLexeme::Boolean:
      if (!options_.keep_boolean) hidden = Hidden::Literal;
      break;
    case SqlLexeme::Null:
      if (!options_.keep_null) hidden = Hidden::Literal;
      break;
    case SqlLexeme::Identifier:
    case SqlLexeme::QuotedIdentifier:
    case SqlLexeme::Keyword:
      if (is_extract_field(token, state)) {
        hidden = Hidden::Literal;
      } else if (options_.replace_digits && token.has_digits) {
        hidden = Hidden::Digits;
      }
      break;
    default:
      break;
  }
  using Extract = HidingState::Extract;
  const bool opens = token.kind == SqlLexeme::Punctuation && token.text() == "(";
  if (token.kind == SqlLexeme::Function && is_extract(token.text())) {
    state.extract = Extract::Function;
  } else {
    state.extract = opens && state.extract == Extract::Function ? Extract::Parenthesis : Extract::None;
  }
  state.behind_json_operator = token.kind == SqlLexeme::JsonOperator;
  return hidden;
}

bool SqlNormalizer::is_extract_field(const SqlLexToken& token, const HidingState& state) const {
  return state.extract == HidingState::Extract::Parenthesis && token.kind != SqlLexeme::QuotedIdentifier &&
         token.text().size() <= kFieldBytesMax && kFields.find(SqlWord::of_padded(token.text()));
}

std::string_view SqlNormalizer::hide_func_body(std::string_view text, SqlDialect dialect) {
  func_body_.release_if_large();
  func_body_.append(func_body(text));
  func_body_.pad();
  func_text_.release_if_large();
  func_text_.append(kFuncTag);
  hide_literals(func_body_.view(), dialect, Part::Body, func_text_);
  func_text_.append(kFuncTag);
  return func_text_.view();
}

// Without the dialect, as the library does it.
std::string_view SqlNormalizer::normalize_func_body(std::string_view text) {
  func_body_.release_if_large();
  func_body_.append(func_body(text));
  func_body_.pad();
  const std::string_view normalized =
      normalize<Part::Body>(func_body_.view(), SqlDialect::Unknown, false, normalized_body_);
  func_text_.release_if_large();
  func_text_.append(kFuncTag);
  func_text_.append(normalized);
  func_text_.append(kFuncTag);
  return func_text_.view();
}

template <SqlNormalizer::Part part>
std::string_view SqlNormalizer::normalize(std::string_view text, SqlDialect dialect, bool hides, Normalized& into) {
  into.out.release_if_large();
  into.head.release_if_large();
  SqlLexer lexer(text, dialect);
  State state;
  for (;;) {
    const SqlLexToken token = lexer.next();
    if (state.in_values && goes_with_values(token, hides, state.last)) continue;
    Value value{token.kind, token.text()};
    if (hides) {
      switch (how_hidden(token, state.hiding)) {
        case Hidden::No:
          break;
        case Hidden::Literal:
          value.text = kPlaceholder;
          break;
        case Hidden::Digits:
          digits_.release_if_large();
          append_replacing_digits(token.text(), digits_);
          value.text = digits_.view();
          break;
        case Hidden::FuncBody:
          value.text = hide_func_body(token.text(), dialect);
          break;
      }
    }
    if (part == Part::Statement && collects_) collect(token, value, state);
    if (token.kind == SqlLexeme::Comment) continue;
    if (token.kind == SqlLexeme::End) break;
    normalize_token<part>(token, value, state, into);
    const std::size_t size = value.text.size();
    state.last = {.kind = value.kind,
                  .single = size == 1 ? value.text[0] : '\0',
                  .ends_in_dot = size > 1 && value.text[size - 1] == '.',
                  .table_follows = token.table_follows,
                  .alias_text = token.kind == SqlLexeme::AliasIndicator ? token.text() : std::string_view()};
  }
  if (state.head.nothing_behind) into.out.append(into.head.view());
  std::string_view normalized = into.out.view();
  if (!options_.keep_trailing_semicolon && normalized.ends_with(';')) normalized.remove_suffix(1);
  return trim_space(normalized);
}

// Within ( ?, ?, … ) nothing changes from value to value: lists have thousands of them. Only what the general way would
// drop as well.
bool SqlNormalizer::goes_with_values(const SqlLexToken& token, bool hides, Last& last) {
  const bool comma = last.single == '?' && token.kind == SqlLexeme::Punctuation && *token.begin == ',';
  const bool literal =
      last.single == ',' && hides && (token.kind == SqlLexeme::Number || token.kind == SqlLexeme::String);
  if (!comma && !literal) return false;
  last = Last{};
  last.kind = token.kind;
  last.single = comma ? ',' : '?';
  return true;
}

template <SqlNormalizer::Part part>
void SqlNormalizer::normalize_token(const SqlLexToken& token, Value& value, State& state, Normalized& into) {
  const Last& last = state.last;
  Head& head = state.head;
  if (value.kind == SqlLexeme::QuotedIdentifier && loses_quotes(token, last)) {
    value.text = without_quotes(value.text);
  }

  if (!head.begun) {
    head.begun = true;
    if (token.kind == SqlLexeme::Punctuation && value.is('(')) {
      head.inside = true;
      head.nothing_behind = true;
      head.depth = 1;
      into.head.append(value.text);
      return;
    }
  }
  if (head.complete) {
    // Something follows, so the parenthesis was a declaration, unless there is a command in it: (SELECT …) UNION …
    if (head.has_command) into.out.append(into.head.view());
    head.nothing_behind = false;
    head.complete = false;
  }

  if constexpr (part == Part::Statement) {
    if (token.kind == SqlLexeme::DollarQuotedFunc && value.text != kPlaceholder) {
      value.text = normalize_func_body(value.text);
    }
  }

  if (!options_.keep_sql_alias) {
    if (token.kind == SqlLexeme::AliasIndicator) return;
    if (last.kind == SqlLexeme::AliasIndicator) {
      if (value.is_name()) return;
      // No alias after all: WITH x AS (…). The AS that was held back is written.
      append_space(value, state, into.out);
      into.out.append(last.alias_text);
    }
  }

  if (joins_values(value, state, into.out)) return;

  SqlBuffer& out = head.inside ? into.head : into.out;
  append_space(value, state, out);
  out.append_padded(value.text);
  if (head.inside) {
    head.has_command |= token.kind == SqlLexeme::Command;
    if (token.kind == SqlLexeme::Punctuation && value.is('(')) ++head.depth;
    if (token.kind == SqlLexeme::Punctuation && value.is(')') && --head.depth == 0) {
      head.inside = false;
      head.complete = true;
    }
  }
  state.name_before_colon =
      value.is(':') && (last.kind == SqlLexeme::Identifier || last.kind == SqlLexeme::QuotedIdentifier);
  state.behind_colon = value.is(':');
}

bool SqlNormalizer::joins_values(const Value& value, State& state, SqlBuffer& out) {
  const char last = state.last.single;
  const bool placeholder = value.is('?');
  if (placeholder && (last == '(' || last == '[')) {
    state.in_values = true;
    return false;
  }
  if (!state.in_values) return false;
  if (placeholder) return last == ',';
  if (last == '?' && value.is(',')) return true;
  if (value.is(')') || value.is(']')) {
    state.in_values = false;
    return false;
  }
  // The list goes on with something else, (?, ARRAY[?]), so its comma is written, be it for a second time.
  if (last == ',') out.push(',');
  return false;
}

void SqlNormalizer::append_space(const Value& value, const State& state, SqlBuffer& out) const {
  const Last& last = state.last;
  if (options_.remove_space_between_parentheses) {
    if (last.kind == SqlLexeme::Function || last.single == '(' || last.single == '[') return;
    if (value.is(')') || value.is(']')) return;
  }
  if (value.is_name()) {
    if (last.ends_in_dot) return;                                                      // t.[column] of SQL Server
    if (last.single == ':' && state.behind_colon && !state.name_before_colon) return;  // :parameter of Oracle
  }
  if (value.is(',') || value.is(';') || (value.is('=') && last.single == ':')) return;
  out.push(' ');
}

void SqlNormalizer::collect(const SqlLexToken& token, Value& value, State& state) {
  switch (token.kind) {
    case SqlLexeme::Comment:
      if (options_.collect_comments) metadata_.add_comment(token.text());
      return;
    case SqlLexeme::Command:
    case SqlLexeme::Keyword:
      state.in_table_list = false;
      if (options_.collect_commands && token.kind == SqlLexeme::Command) {
        std::array<char, 16> upper{};
        for (std::size_t i = 0; i < token.text().size(); ++i) upper[i] = ascii_upper(token.text()[i]);
        metadata_.add_command({upper.data(), token.text().size()});
      }
      return;
    case SqlLexeme::Punctuation:
      if (value.is('(') || value.is(')')) state.in_table_list = false;
      return;
    case SqlLexeme::Identifier:
    case SqlLexeme::QuotedIdentifier:
    case SqlLexeme::Function:
      break;
    default:
      return;
  }

  std::string_view name = value.text;
  if (token.kind == SqlLexeme::QuotedIdentifier) {
    name = without_quotes(value.text);
    if (loses_quotes(token, state.last)) value = {SqlLexeme::Identifier, name};
  }
  const bool behind_comma = state.last.kind == SqlLexeme::Punctuation && state.last.single == ',';
  if (state.last.kind == SqlLexeme::CteIndicator) {
    ctes_.append_new(name);
  } else if (options_.table_names && state.last.table_follows) {
    state.in_table_list = true;
    collect_table(name);
  } else if (options_.table_names && state.in_table_list && behind_comma) {
    collect_table(name);
  } else if (options_.collect_procedures && state.last.kind == SqlLexeme::ProcedureIndicator) {
    metadata_.add_procedure(name);
  }
}

void SqlNormalizer::collect_table(std::string_view name) {
  if (!ctes_.contains(name)) metadata_.add_table(name);
}

// Not where it would fall into several words, or become another one.
bool SqlNormalizer::loses_quotes(const SqlLexToken& token, const Last& last) const {
  if (options_.keep_identifier_quotation || token.has_space) return false;
  return last.kind != SqlLexeme::AliasIndicator || token.is_simple;
}

std::string_view SqlNormalizer::without_quotes(std::string_view text) {
  name_.release_if_large();
  name_.reserve(text.size());
  for (const char c : text) {
    if (c != '"' && c != '`' && c != '[' && c != ']') name_.put(c);
  }
  return name_.view();
}

}  // namespace vizsla::pipeline
