// The lexer modes written down once more, plainly: every token a string, white space a token, nothing remembered but
// the last token. Slow, and what sql_lexer and sql_normalizer are compared with.
//
// It keeps the differences to go-sqllexer that sql_lexer names.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/obfuscate/sql.h"
#include "pipeline/obfuscate/sql_lexer.h"
#include "pipeline/obfuscate/sql_text.h"
#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline::testing {

class SqlLexerOracle {
 public:
  struct Answer {
    std::string text;
    std::vector<std::string> tables;
    std::vector<std::string> commands;
    std::vector<std::string> comments;
    std::vector<std::string> procedures;

    bool operator==(const Answer&) const = default;
  };

  explicit SqlLexerOracle(const SqlOptions& options) : options_(options) {}

  [[nodiscard]] Answer obfuscate(std::string_view statement, SqlDialect dialect) const {
    const std::string sql(statement);
    if (options_.mode == SqlMode::ObfuscateOnly) return {hide(sql, dialect), {}, {}, {}, {}};
    return normalize(sql, dialect, options_.mode == SqlMode::ObfuscateAndNormalize);
  }

 private:
  struct Token {
    SqlLexeme kind = SqlLexeme::End;
    bool is_space = false;
    std::string value;
    bool table_follows = false;
    bool has_digits = false;
    bool is_simple = false;

    [[nodiscard]] bool is_value() const { return !is_space && kind != SqlLexeme::Comment && kind != SqlLexeme::End; }
    [[nodiscard]] bool is_name() const { return kind == SqlLexeme::Identifier || kind == SqlLexeme::QuotedIdentifier; }
    [[nodiscard]] bool is_punctuation(std::string_view text) const {
      return kind == SqlLexeme::Punctuation && value == text;
    }
  };
  using Last = std::optional<Token>;

  struct Reader {
    std::string sql;
    SqlDialect dialect;
    std::size_t at = 0;

    // The character `ahead` bytes further on; 0 behind the end.
    [[nodiscard]] char32_t peek(std::size_t ahead = 0) const {
      if (at + ahead >= sql.size()) return 0;
      return sql_character(sql.data() + at + ahead, sql.data() + sql.size()).code;
    }
    [[nodiscard]] std::size_t size() const {
      return at < sql.size() ? sql_character(sql.data() + at, sql.data() + sql.size()).size : 0;
    }
    void step() { at += size(); }
    void skip(std::size_t bytes) { at = std::min(at + bytes, sql.size()); }

    static bool in(char32_t c, std::string_view set) {
      return c != 0 && c < 0x80 && set.find(static_cast<char>(c)) != std::string_view::npos;
    }
    static bool is_space(char32_t c) { return in(c, " \t\r\n"); }
    static bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
    static bool is_letter(char32_t c) { return c == '_' || is_unicode_letter(c); }
    static bool is_alphanumeric(char32_t c) { return is_letter(c) || is_unicode_number(c); }
    static bool is_operator(char32_t c) { return in(c, "+-*/=<>!&|^%~?@:#"); }
    static bool is_punctuation(char32_t c) { return in(c, "(),;.:[]{}"); }
    static bool is_in_identifier(char32_t c) { return in(c, "\".?$#/@!") || is_letter(c) || is_digit(c); }
    [[nodiscard]] bool is(SqlDialect one) const { return dialect == one; }

    Token scan() {
      const std::size_t begin = at;
      Token token;
      token.kind = read(token);
      token.value = sql.substr(begin, at - begin);
      return token;
    }

    SqlLexeme read(Token& token) {
      const char32_t c = peek();
      const char32_t next = peek(1);
      if (is_space(c)) {
        while (is_space(peek())) step();
        token.is_space = true;
        return SqlLexeme::Unknown;
      }
      if (is_letter(c)) return word(token);
      if (c == '"') return is(SqlDialect::MySql) ? string('"') : quoted_identifier(token, '"', '"');
      if (c == '\'') return string('\'');
      if (c == '-' && next == '-') return line_comment(2);
      if (c == '/' && next == '*') return block_comment();
      if (c == '+' || c == '-') {
        if (!is_digit(next) && next != '.') return operators();
        step();
        return decimal();
      }
      if (is_digit(c)) return number();
      if (c == '*') return one(SqlLexeme::Wildcard);
      if (c == '$') {
        if (is_digit(next)) {
          step();
          while (is_digit(peek())) step();
          return SqlLexeme::PositionalParameter;
        }
        return is(SqlDialect::SqlServer) && is_letter(next) ? identifier(token) : dollar_quoted();
      }
      if (c == ':') {
        return is(SqlDialect::Oracle) && is_alphanumeric(next) ? parameter(SqlLexeme::BindParameter, 1) : operators();
      }
      if (c == '`') return is(SqlDialect::MySql) ? quoted_identifier(token, '`', '`') : one(SqlLexeme::Unknown);
      if (c == '#') {
        if (is(SqlDialect::SqlServer)) return identifier(token);
        return is(SqlDialect::MySql) ? line_comment(1) : operators();
      }
      if (c == '@') {
        if (next == '@') {
          if (is_alphanumeric(peek(2))) return parameter(SqlLexeme::SystemVariable, 2);
          skip(2);
          return SqlLexeme::JsonOperator;
        }
        if (is_alphanumeric(next)) {
          return is(SqlDialect::Snowflake) ? identifier(token) : parameter(SqlLexeme::BindParameter, 1);
        }
        if (next == '?' || next == '>') {
          skip(2);
          return SqlLexeme::JsonOperator;
        }
        return operators();
      }
      if (is_operator(c)) return operators();
      if (c == '[' && is(SqlDialect::SqlServer)) return quoted_identifier(token, '[', ']');
      if (is_punctuation(c)) return one(SqlLexeme::Punctuation);
      return c == 0 ? SqlLexeme::End : one(SqlLexeme::Unknown);
    }

    SqlLexeme one(SqlLexeme kind) {
      step();
      return kind;
    }

    SqlLexeme word(Token& token) {
      const std::size_t begin = at;
      const bool is_ascii = peek() < 0x80;
      if (is_ascii) {
        while (peek() < 0x80 && is_letter(peek())) step();
        std::string upper = sql.substr(begin, at - begin);
        for (char& c : upper) c = ascii_upper(c);
        const char32_t behind = peek();
        const bool ends =
            behind == 0 || is_space(behind) || is_punctuation(behind) || (behind == '/' && peek(1) == '*');
        const SqlLexeme kind = ends ? meaning(upper) : SqlLexeme::End;
        if (kind != SqlLexeme::End) {
          token.table_follows = is_one_of(upper, "JOIN UPDATE STRAIGHT_JOIN CLONE FROM INTO TABLE EXISTS ONLY");
          return kind;
        }
      }
      identifier(token);
      return is_ascii && peek() == '(' ? SqlLexeme::Function : SqlLexeme::Identifier;
    }

    SqlLexeme identifier(Token& token) {
      const bool can_be_function = peek() < 0x80;
      while (is_in_identifier(peek())) {
        token.has_digits |= is_digit(peek());
        step();
      }
      return can_be_function && peek() == '(' ? SqlLexeme::Function : SqlLexeme::Identifier;
    }

    static bool is_one_of(std::string_view word, std::string_view list) {
      return (" " + std::string(list) + " ").find(" " + std::string(word) + " ") != std::string::npos;
    }

    static SqlLexeme meaning(std::string_view word) {
      if (is_one_of(word,
                    "SELECT INSERT UPDATE DELETE CREATE ALTER DROP JOIN GRANT REVOKE COMMIT BEGIN TRUNCATE MERGE "
                    "EXECUTE EXEC EXPLAIN STRAIGHT_JOIN USE CLONE VACUUM")) {
        return SqlLexeme::Command;
      }
      if (is_one_of(word, "PROCEDURE PROC")) return SqlLexeme::ProcedureIndicator;
      if (is_one_of(
              word,
              "ADD ALL AND ANY ASC BETWEEN BY CASE CHECK COLUMN CONSTRAINT DATABASE DECLARE DEFAULT DESC DISTINCT "
              "ELSE END ESCAPE EXISTS FOREIGN FROM GROUP HAVING IN INDEX INNER INTO IS KEY LATERAL LEFT LIKE "
              "LIMIT NOT ON OR ORDER OUT OUTER PRIMARY REPLACE RETURNS RIGHT ROLLBACK ROWNUM SET SOME TABLE TOP "
              "UNION UNIQUE VALUES VIEW WHERE CUBE ROLLUP LITERAL WINDOW ANALYZE ILIKE USING ASSERTION DOMAIN "
              "CLUSTER COPY PLPGSQL TRIGGER TEMPORARY UNLOGGED RECURSIVE RETURNING OFFSET OF SKIP IF ONLY")) {
        return SqlLexeme::Keyword;
      }
      if (is_one_of(word, "TRUE FALSE")) return SqlLexeme::Boolean;
      if (word == "NULL") return SqlLexeme::Null;
      if (word == "WITH") return SqlLexeme::CteIndicator;
      return word == "AS" ? SqlLexeme::AliasIndicator : SqlLexeme::End;
    }

    SqlLexeme quoted_identifier(Token& token, char opening, char closing) {
      step();
      const std::string goes_on{closing, '.', opening};
      std::string inside;
      bool several = false;
      for (;;) {
        if (peek() == static_cast<char32_t>(closing)) {
          if (sql.compare(at, 3, goes_on) != 0) break;
          several = true;
          skip(3);
          continue;
        }
        if (peek() == 0) return SqlLexeme::Error;
        token.has_digits |= is_digit(peek());
        inside += sql.substr(at, size());
        step();
      }
      step();
      Reader reader{inside, dialect};
      token.is_simple = !several && is_letter(reader.peek());
      for (; reader.at < inside.size(); reader.step()) token.is_simple &= is_alphanumeric(reader.peek());
      return SqlLexeme::QuotedIdentifier;
    }

    SqlLexeme string(char delimiter) {
      const bool escapes = !is(SqlDialect::SqlServer) && !is(SqlDialect::Oracle);
      step();
      while (peek() != 0 && peek() != static_cast<char32_t>(delimiter)) {
        if (escapes && peek() == '\\') step();
        if (peek() != 0) step();
      }
      if (peek() != 0) step();
      return SqlLexeme::String;
    }

    SqlLexeme number() {
      if (peek() == '0' && in(peek(1), "xX")) {
        skip(2);
        while (in(peek(), "0123456789abcdefABCDEF")) step();
        return SqlLexeme::Number;
      }
      if (peek() == '0' && in(peek(1), "01234567")) {
        while (in(peek(), "01234567")) step();
        return SqlLexeme::Number;
      }
      return decimal();
    }

    SqlLexeme decimal() {
      while (in(peek(), "0123456789.eE")) {
        const bool exponent = in(peek(), "eE");
        step();
        if (exponent && in(peek(), "+-")) step();
      }
      return SqlLexeme::Number;
    }

    SqlLexeme operators() {
      for (const std::string_view json : {"->>", "->", "#>>", "#>", "#-", "?|", "?&", "<@"}) {
        if (sql.compare(at, json.size(), json) != 0) continue;
        skip(json.size());
        return SqlLexeme::JsonOperator;
      }
      char32_t last = peek();
      step();
      while (is_operator(peek()) && !(last == '=' && in(peek(), "?@"))) {
        last = peek();
        step();
      }
      return SqlLexeme::Operator;
    }

    SqlLexeme line_comment(std::size_t opening) {
      skip(opening);
      while (peek() != 0 && peek() != '\n') step();
      return SqlLexeme::Comment;
    }

    SqlLexeme block_comment() {
      skip(2);
      while (peek() != 0 && sql.compare(at, 2, "*/") != 0) step();
      if (peek() == 0) return SqlLexeme::Error;
      skip(2);
      return SqlLexeme::Comment;
    }

    SqlLexeme dollar_quoted() {
      const std::size_t begin = at;
      const std::size_t tag_end = sql.find('$', begin + 1);
      if (tag_end != std::string::npos) {
        const std::string tag = sql.substr(begin, tag_end + 1 - begin);
        const bool ascii = std::all_of(tag.begin(), tag.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
        const std::size_t closing = ascii ? sql.find(tag, tag_end + 1) : std::string::npos;
        if (closing != std::string::npos) {
          at = closing + tag.size();
          return tag == "$func$" ? SqlLexeme::DollarQuotedFunc : SqlLexeme::DollarQuotedString;
        }
      }
      at = sql.size();
      return SqlLexeme::Error;
    }

    SqlLexeme parameter(SqlLexeme kind, std::size_t opening) {
      skip(opening);
      while (is_alphanumeric(peek())) step();
      return kind;
    }
  };

  // The two last value tokens, for EXTRACT(field FROM …).
  struct Before {
    Last one;
    Last two;

    void add(const Token& token) {
      if (!token.is_value()) return;
      two = one;
      one = token;
    }
  };

  static std::string upper(std::string text) {
    for (char& c : text) c = ascii_upper(c);
    return text;
  }

  static std::string body_of(const std::string& func) { return func.substr(6, func.size() - 12); }

  void hide(Token& token, const Before& before, SqlDialect dialect) const {
    const bool json_path = options_.keep_json_path && before.one && before.one->kind == SqlLexeme::JsonOperator;
    const auto placeholder_if = [&](bool condition) {
      if (condition) token.value = "?";
    };
    if (token.is_space) return;
    switch (token.kind) {
      case SqlLexeme::Number:
      case SqlLexeme::String:
      case SqlLexeme::DollarQuotedString:
        placeholder_if(!json_path);
        break;
      case SqlLexeme::DollarQuotedFunc:
        token.value = options_.dollar_quoted_func ? "$func$" + hide(body_of(token.value), dialect) + "$func$" : "?";
        break;
      case SqlLexeme::PositionalParameter:
        placeholder_if(!options_.keep_positional_parameter);
        break;
      case SqlLexeme::BindParameter:
        placeholder_if(options_.replace_bind_parameter);
        break;
      case SqlLexeme::Boolean:
        placeholder_if(!options_.keep_boolean);
        break;
      case SqlLexeme::Null:
        placeholder_if(!options_.keep_null);
        break;
      case SqlLexeme::Identifier:
      case SqlLexeme::QuotedIdentifier:
        if (options_.replace_digits && token.has_digits) {
          SqlBuffer replaced;
          append_replacing_digits(token.value, replaced);
          token.value = replaced.view();
        }
        break;
      default:
        break;
    }
    const bool in_extract = before.two && before.two->kind == SqlLexeme::Function &&
                            upper(before.two->value) == "EXTRACT" && before.one->is_punctuation("(");
    if (in_extract && (token.kind == SqlLexeme::Identifier || token.kind == SqlLexeme::Keyword)) {
      placeholder_if(Reader::is_one_of(
          upper(token.value),
          "CENTURY DAY DECADE DOW DOY EPOCH HOUR ISODOW ISOYEAR JULIAN MICROSECONDS MILLENNIUM MILLISECONDS MINUTE "
          "MONTH QUARTER SECOND TIMEZONE TIMEZONE_HOUR TIMEZONE_MINUTE WEEK YEAR"));
    }
  }

  [[nodiscard]] std::string hide(const std::string& sql, SqlDialect dialect) const {
    Reader reader{sql, dialect};
    Before before;
    std::string out;
    for (;;) {
      Token token = reader.scan();
      if (token.kind == SqlLexeme::End) return std::string(trim_space(out));
      hide(token, before, dialect);
      out += token.value;
      before.add(token);
    }
  }

  static void add_once(std::vector<std::string>& list, const std::string& text) {
    if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
  }

  static std::string without_quotes(const std::string& text) {
    std::string out;
    for (const char c : text) {
      if (!Reader::in(static_cast<char32_t>(static_cast<unsigned char>(c)), "\"`[]")) out += c;
    }
    return out;
  }

  [[nodiscard]] bool loses_quotes(const Token& token, const Last& last) const {
    if (token.kind != SqlLexeme::QuotedIdentifier || options_.keep_identifier_quotation) return false;
    if (last && last->kind == SqlLexeme::AliasIndicator && !token.is_simple) return false;
    return token.value.find_first_of(" \t\r\n") == std::string::npos;
  }

  struct Collected {
    std::set<std::string> ctes;
    bool in_table_list = false;
  };

  void collect(Token& token, const Last& last, Collected& state, Answer& answer) const {
    if (token.kind == SqlLexeme::Comment && options_.collect_comments) add_once(answer.comments, token.value);
    if (token.kind == SqlLexeme::Command && options_.collect_commands) add_once(answer.commands, upper(token.value));
    if (token.kind == SqlLexeme::Command || token.kind == SqlLexeme::Keyword || token.is_punctuation("(") ||
        token.is_punctuation(")")) {
      state.in_table_list = false;
    }
    if (!token.is_name() && token.kind != SqlLexeme::Function) return;
    std::string name = token.value;
    if (token.kind == SqlLexeme::QuotedIdentifier) {
      name = without_quotes(name);
      if (loses_quotes(token, last)) {
        token.value = name;
        token.kind = SqlLexeme::Identifier;
      }
    }
    if (!last) return;
    const auto add_table = [&] {
      if (!state.ctes.contains(name)) add_once(answer.tables, name);
    };
    if (last->kind == SqlLexeme::CteIndicator) {
      state.ctes.insert(name);
    } else if (options_.table_names && last->table_follows) {
      state.in_table_list = true;
      add_table();
    } else if (options_.table_names && state.in_table_list && last->is_punctuation(",")) {
      add_table();
    } else if (options_.collect_procedures && last->kind == SqlLexeme::ProcedureIndicator) {
      add_once(answer.procedures, name);
    }
  }

  struct Writing {
    std::string out;
    std::string head;
    bool begun = false;
    bool in_head = false;
    bool head_is_complete = false;
    bool head_stands_alone = false;
    bool head_has_command = false;
    int depth = 0;
    bool in_values = false;
    bool behind_colon = false;
    SqlLexeme before_colon = SqlLexeme::End;
  };

  void append_space(const Token& token, const Last& last, const Writing& state, std::string& out) const {
    if (options_.remove_space_between_parentheses) {
      if (last && (last->kind == SqlLexeme::Function || last->value == "(" || last->value == "[")) return;
      if (token.value == ")" || token.value == "]") return;
    }
    if (last && token.is_name()) {
      if (last->value.size() > 1 && last->value.back() == '.') return;
      const bool name_before =
          state.before_colon == SqlLexeme::Identifier || state.before_colon == SqlLexeme::QuotedIdentifier;
      if (last->value == ":" && state.behind_colon && !name_before) return;
    }
    if (token.value == "," || token.value == ";") return;
    if (token.value == "=" && last && last->value == ":") return;
    out += ' ';
  }

  static bool joins(const Token& token, const Last& last, Writing& state) {
    const auto last_is = [&](std::string_view text) { return last && last->value == text; };
    const bool placeholder = token.value == "?";
    if (placeholder) {
      if (!last) return false;
      if (last_is("(") || last_is("[")) {
        state.in_values = true;
      } else if (last_is(",") && state.in_values) {
        return true;
      }
    }
    if (last_is("?") && token.value == "," && state.in_values) return true;
    if (state.in_values && (token.value == ")" || token.value == "]")) {
      state.in_values = false;
      return false;
    }
    if (state.in_values && !placeholder && last_is(",")) state.out += ',';
    return false;
  }

  void write(Token& token, const Last& last, Writing& state) const {
    if (!token.is_value()) return;
    if (loses_quotes(token, last)) token.value = without_quotes(token.value);
    if (!state.begun) {
      state.begun = true;
      if (token.is_punctuation("(")) {
        state.in_head = state.head_stands_alone = true;
        state.depth = 1;
        state.head = "(";
        return;
      }
    }
    if (state.head_is_complete) {
      if (state.head_has_command) state.out += state.head;
      state.head_stands_alone = state.head_is_complete = false;
    }
    if (token.kind == SqlLexeme::DollarQuotedFunc && token.value != "?") {
      const Answer body = normalize(body_of(token.value), SqlDialect::Unknown, false);
      token.value = "$func$" + body.text + "$func$";
    }
    if (!options_.keep_sql_alias) {
      if (token.kind == SqlLexeme::AliasIndicator) return;
      if (last && last->kind == SqlLexeme::AliasIndicator) {
        if (token.is_name()) return;
        append_space(token, last, state, state.out);
        state.out += last->value;
      }
    }
    if (joins(token, last, state)) return;
    std::string& out = state.in_head ? state.head : state.out;
    append_space(token, last, state, out);
    out += token.value;
    if (state.in_head) {
      state.head_has_command |= token.kind == SqlLexeme::Command;
      if (token.is_punctuation("(")) ++state.depth;
      if (token.is_punctuation(")") && --state.depth == 0) {
        state.in_head = false;
        state.head_is_complete = true;
      }
    }
    state.behind_colon = token.value == ":";
    state.before_colon = state.behind_colon && last ? last->kind : SqlLexeme::End;
  }

  [[nodiscard]] Answer normalize(const std::string& sql, SqlDialect dialect, bool hides) const {
    Reader reader{sql, dialect};
    Before hidden;
    Last last;
    Collected collected;
    Writing state;
    Answer answer;
    for (;;) {
      Token token = reader.scan();
      if (token.kind == SqlLexeme::End) break;
      if (hides) {
        hide(token, hidden, dialect);
        hidden.add(token);
      }
      collect(token, last, collected, answer);
      write(token, last, state);
      if (token.is_value()) last = token;
    }
    if (state.head_stands_alone) state.out += state.head;
    if (!options_.keep_trailing_semicolon && state.out.ends_with(';')) state.out.pop_back();
    answer.text = trim_space(state.out);
    return answer;
  }

  const SqlOptions options_;
};

}  // namespace vizsla::pipeline::testing
