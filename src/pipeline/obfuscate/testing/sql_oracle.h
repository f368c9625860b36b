// The default way with SQL written down once more, as plainly as agent-protocol §6.1 tells it: one character at a time,
// tokens as strings, each filter by itself. Slow, and what sql_statement is compared with.
//
// It keeps the two differences to the Agent that sql_tokenizer and sql_statement name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "pipeline/obfuscate/sql.h"
#include "pipeline/obfuscate/sql_text.h"
#include "pipeline/obfuscate/sql_tokenizer.h"
#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline::testing {

class SqlOracle {
 public:
  struct Answer {
    bool ok = false;
    std::string text;  // or the error
    std::string tables_csv;
    std::vector<std::string> commands;
    std::vector<std::string> comments;

    bool operator==(const Answer&) const = default;
  };

  explicit SqlOracle(const SqlOptions& options) : options_(options) {}

  Answer obfuscate(std::string_view statement, SqlDialect dialect) {
    dialect_ = dialect;
    Attempt first(*this, std::string(statement), literal_escapes_, 0);
    Answer answer = first.run();
    if (answer.ok || !first.saw_escape) return answer;
    Attempt second(*this, std::string(statement), !literal_escapes_, 0);
    Answer other = second.run();
    if (!other.ok) return answer;
    literal_escapes_ = !literal_escapes_;
    return other;
  }

 private:
  static constexpr char32_t kEnd = 0x110000;

  struct Token {
    SqlKind kind = SqlKind::End;
    std::string text;
    bool present = true;  // false: nothing is written for it
  };

  // One reading of a statement, or of the body of a function in one.
  struct Attempt {
    Attempt(SqlOracle& oracle, std::string statement, bool literal, int level)
        : self(oracle), sql(std::move(statement)), literal_escapes(literal), depth(level) {}

    SqlOracle& self;
    std::string sql;
    bool literal_escapes;
    int depth;
    bool saw_escape = false;

    // The reader: `last` is the character that was read and not used yet.
    std::size_t offset = 0;  // behind `last`
    char32_t last = 0;
    std::int64_t pos = 0;
    std::size_t token_begin = 0;
    int braces = 0;
    std::string error;
    std::string behind_point;  // what took the point's place behind "-."
    bool point_is_due = false;

    [[nodiscard]] const SqlOptions& options() const { return self.options_; }
    [[nodiscard]] bool is(SqlDialect dialect) const { return self.dialect_ == dialect; }

    [[nodiscard]] std::size_t last_size() const {
      return last >= kEnd ? 0 : last < 0x80 ? 1 : last < 0x800 ? 2 : last < 0x10000 ? 3 : 4;
    }
    // From the beginning of the token to before `last`.
    [[nodiscard]] std::string read() const { return sql.substr(token_begin, offset - last_size() - token_begin); }

    void advance() {
      if (offset == sql.size()) {
        ++pos;
        last = kEnd;
        return;
      }
      const SqlCharacter c = sql_character(sql.data() + offset, sql.data() + sql.size());
      if (c.size == 1 && c.code >= 0x80) {
        ++pos;
        last = kEnd;
        set_error(fmt::format("invalid UTF-8 encoding beginning with {:#x}",
                              static_cast<unsigned>(static_cast<unsigned char>(sql[offset]))));
        return;
      }
      if (last != 0 || pos > 0) pos += static_cast<std::int64_t>(c.size);
      offset += c.size;
      last = c.code;
    }

    void set_error(const std::string& what) {
      if (error.empty()) error = fmt::format("at position {}: {}", pos, what);
    }
    Token fail(const std::string& what) {
      set_error(what);
      return {SqlKind::Error, "", true};
    }
    static std::string shown(char32_t c) {
      SqlBuffer text;
      text.append_character(c >= kEnd ? 0xfffd : c);
      return fmt::format("\"{}\" ({})", text.view(), static_cast<std::uint32_t>(c));
    }

    static bool is_word_start(char32_t c) { return c < kEnd && (is_unicode_letter(c) || c == '_' || c == '@'); }
    static bool is_letter(char32_t c) { return is_word_start(c) || c == '#'; }
    static bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
    static bool is_space(char32_t c) { return c < kEnd && is_unicode_space(c); }

    Token token(SqlKind kind) { return {kind, read(), true}; }
    Token token_behind(SqlKind kind, int characters) {
      for (int i = 0; i < characters; ++i) advance();
      return token(kind);
    }

    Token scan() {
      if (point_is_due) return point_behind_minus();
      if (last == 0) advance();
      while (is_space(last)) advance();
      token_begin = offset - last_size();
      const char32_t c = last;
      if (is_word_start(c) && !(c == '@' && is(SqlDialect::Postgres))) return word();
      if (is_digit(c)) return number(false);
      advance();
      if (last == kEnd && !error.empty()) return {SqlKind::Error, "", true};
      const auto single = [&] { return token(sql_kind(static_cast<char>(c))); };
      switch (c) {
        case kEnd:
          return {SqlKind::End, "", true};
        case ':':
          if (last == ':') return token_behind(SqlKind::ColonCast, 1);
          if (is_space(last) || last == '=' || last == ']' || last == '$') return single();
          if (!is_letter(last) && !is_digit(last)) {
            return fail("bind variables should start with letters or digits, got " + shown(last));
          }
          while (is_letter(last) || is_digit(last) || last == '.') advance();
          return token(SqlKind::BindVariable);
        case '~':
          if (last == '*') advance();
          return single();
        case '?':
          if (is(SqlDialect::Postgres)) {
            if (last == '|') return token_behind(SqlKind::JsonAnyKeyExists, 1);
            if (last == '&') return token_behind(SqlKind::JsonAllKeysExist, 1);
            return token(SqlKind::JsonKeyExists);
          }
          return single();
        case '=':
        case ',':
        case ';':
        case '(':
        case ')':
        case '+':
        case '*':
        case '&':
        case '|':
        case '^':
        case ']':
          return single();
        case '[':
          return is(SqlDialect::SqlServer) ? string(']', SqlKind::DoubleQuotedString) : single();
        case '.':
          return is_digit(last) ? number(true) : single();
        case '/':
          if (last == '/') {
            advance();
            return line_comment();
          }
          if (last == '*') {
            advance();
            return block_comment();
          }
          return single();
        case '-':
          return minus();
        case '#':
          if (is(SqlDialect::SqlServer)) return word();
          if (is(SqlDialect::Postgres)) {
            if (last == '-') return token_behind(SqlKind::JsonDelete, 1);
            if (last != '>') return single();
            advance();
            return last == '>' ? token_behind(SqlKind::JsonSelectPathText, 1) : token(SqlKind::JsonSelectPath);
          }
          advance();
          return line_comment();
        case '<':
          if (last == '>') return token_behind(SqlKind::NotEqual, 1);
          if (last == '@' && is(SqlDialect::Postgres)) return token_behind(SqlKind::JsonContainedBy, 1);
          if (last != '=') return single();
          advance();
          return last == '>' ? token_behind(SqlKind::NullSafeEqual, 1) : token(SqlKind::LessOrEqual);
        case '>':
          return last == '=' ? token_behind(SqlKind::GreaterOrEqual, 1) : single();
        case '!':
          if (last == '=') return token_behind(SqlKind::NotEqual, 1);
          if (last == '~') {
            advance();
            return token_behind(SqlKind::NotEqual, last == '*' ? 1 : 0);
          }
          if (is_letter(last) || is_digit(last) || is_space(last) ||
              (last < 0x80 && std::string_view("(`'\"+-").find(static_cast<char>(last)) != std::string_view::npos)) {
            return token(SqlKind::Not);
          }
          return fail("unexpected char " + shown(last) + " after \"!\"");
        case '\'':
          return string('\'', SqlKind::String);
        case '"':
          return string('"', SqlKind::DoubleQuotedString);
        case '`':
          return string('`', SqlKind::Identifier);
        case '%':
          if (last == '(') {
            do {
              advance();
            } while (last != ')' && last != kEnd);
            advance();
            if (!is_letter(last)) return fail("invalid character after variable identifier: " + shown(last));
            return token_behind(SqlKind::Variable, 1);
          }
          return is_letter(last) ? token_behind(SqlKind::Variable, 1) : single();
        case '$':
          if (is_digit(last)) {
            Token parameter = number(false);
            parameter.kind = SqlKind::PreparedParameter;
            return parameter;
          }
          if (last == '?') return token_behind(SqlKind::PreparedParameter, 1);
          return is(SqlDialect::SqlServer) && is_letter(last) ? word() : dollar_quoted();
        case '@':
          return last == '>' ? token_behind(SqlKind::JsonContains, 1) : single();
        case '{':
          if (pos == 1 || braces > 0) {
            ++braces;
            return single();
          }
          while (last != '}' && last != kEnd) advance();
          if (last == kEnd) return fail("unexpected EOF in escape sequence");
          return token_behind(SqlKind::EscapeSequence, 1);
        case '}':
          if (braces > 0) {
            --braces;
            return single();
          }
          [[fallthrough]];
        default:
          return fail(fmt::format("unexpected byte {}", static_cast<std::uint32_t>(c)));
      }
    }

    Token word() {
      advance();
      while (is_letter(last) || is_digit(last) || last == '.' || last == '*' || last == '$') advance();
      static const std::map<std::string, SqlKind, std::less<>> kKeywords = {
          {"NULL", SqlKind::Null},     {"TRUE", SqlKind::Boolean},  {"FALSE", SqlKind::Boolean},
          {"LIMIT", SqlKind::Limit},   {"AS", SqlKind::As},         {"SAVEPOINT", SqlKind::Savepoint},
          {"ALTER", SqlKind::Alter},   {"CREATE", SqlKind::Create}, {"TRUNCATE", SqlKind::Truncate},
          {"GRANT", SqlKind::Grant},   {"REVOKE", SqlKind::Revoke}, {"COMMIT", SqlKind::Commit},
          {"BEGIN", SqlKind::Begin},   {"DROP", SqlKind::Drop},     {"SELECT", SqlKind::Select},
          {"FROM", SqlKind::From},     {"UPDATE", SqlKind::Update}, {"DELETE", SqlKind::Delete},
          {"INSERT", SqlKind::Insert}, {"INTO", SqlKind::Into},     {"JOIN", SqlKind::Join}};
      const std::string text = read();
      std::string upper;
      for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view rest = std::string_view(text).substr(i);
        const bool dotless_i = rest.starts_with("\xc4\xb1");
        const bool long_s = rest.starts_with("\xc5\xbf");
        upper += dotless_i ? 'I' : long_s ? 'S' : ascii_upper(text[i]);
        i += dotless_i || long_s ? 1 : 0;
      }
      const auto keyword = kKeywords.find(upper);
      return {keyword == kKeywords.end() ? SqlKind::Identifier : keyword->second, text, true};
    }

    void digits(bool (*is_one)(char32_t)) {
      while (is_one(last)) advance();
    }

    Token number(bool is_fraction) {
      const auto decimal = [](char32_t c) { return is_digit(c); };
      const auto exponent = [&] {
        if (last != 'e' && last != 'E') return;
        advance();
        if (last == '+' || last == '-') advance();
        digits(decimal);
      };
      if (is_fraction) {
        digits(decimal);
        exponent();
        return token(SqlKind::Number);
      }
      if (last == '0') {
        advance();
        if (last == 'x' || last == 'X') {
          advance();
          digits([](char32_t c) { return c < 0x80 && pipeline::is_hex_digit(static_cast<char>(c)); });
          return token(SqlKind::Number);
        }
        digits([](char32_t c) { return c >= '0' && c <= '7'; });
        if (last == '8' || last == '9') digits(decimal);
        if (last != '.' && last != 'e' && last != 'E') return token(SqlKind::Number);
      } else {
        digits(decimal);
      }
      if (last == '.') {
        advance();
        digits(decimal);
      }
      exponent();
      return token(SqlKind::Number);
    }

    Token string(char delimiter, SqlKind kind) {
      const auto quote = static_cast<char32_t>(delimiter);
      SqlBuffer text;
      for (;;) {
        char32_t c = last;
        advance();
        if (c == quote) {
          if (last != quote) break;
          advance();
        } else if (c == '\\') {
          saw_escape = true;
          if (!literal_escapes) {
            c = last;
            advance();
          }
        }
        if (c == kEnd) return fail("unexpected EOF in string");
        text.append_character(c);
      }
      if (trim_space(text.view()).empty()) return {kind, std::string(2, delimiter), true};
      return {kind, std::string(text.view()), true};
    }

    Token dollar_quoted() {
      Token tag = string('$', SqlKind::String);
      if (tag.kind == SqlKind::Error) return tag;
      const std::string delimiter = tag.text == "$$" ? tag.text : "$" + tag.text + "$";
      SqlBuffer body;
      for (std::size_t matched = 0; matched < delimiter.size();) {
        const char32_t c = last;
        advance();
        if (c == kEnd) return fail("unexpected EOF in dollar-quoted string");
        if (static_cast<char>(static_cast<unsigned char>(c)) == delimiter[matched]) {
          ++matched;
          continue;
        }
        body.append(std::string_view(delimiter).substr(0, matched));
        body.append_character(c);
        matched = 0;
      }
      const std::string text(body.view());
      if (!options().dollar_quoted_func || delimiter != "$func$" || depth == 2) {
        return {SqlKind::DollarQuotedString, text, true};
      }
      Attempt inner(self, text, literal_escapes, depth + 1);
      const Answer read = inner.run();
      if (!read.ok) return {SqlKind::DollarQuotedString, text, true};
      return {SqlKind::DollarQuotedFunc, "$func$" + read.text + "$func$", true};
    }

    Token line_comment() {
      while (last != '\n' && last != kEnd) advance();
      if (last == '\n') advance();
      return token(SqlKind::Comment);
    }

    Token block_comment() {
      for (;;) {
        if (last == kEnd) return fail("unexpected EOF in comment");
        const bool star = last == '*';
        advance();
        if (star && last == '/') return token_behind(SqlKind::Comment, 1);
      }
    }

    Token minus() {
      if (last == '-') {
        advance();
        return line_comment();
      }
      if (last == '>' && is(SqlDialect::Postgres)) {
        advance();
        return last == '>' ? token_behind(SqlKind::JsonSelectText, 1) : token(SqlKind::JsonSelect);
      }
      if (last == '>' || is_digit(last)) return number(false);
      if (last != '.') return token(sql_kind('-'));
      advance();
      if (is_digit(last)) return number(true);
      --pos;
      point_is_due = true;
      behind_point = last == kEnd ? "." : sql.substr(offset - last_size(), last_size());
      return {sql_kind('-'), last == kEnd ? "-" : "-.", true};
    }

    Token point_behind_minus() {
      point_is_due = false;
      advance();
      if (last == kEnd && !error.empty()) return {SqlKind::Error, "", true};
      token_begin = offset - last_size();
      Token token{sql_kind('.'), behind_point, true};
      if (is_digit(last)) {
        const Token digits = number(true);
        token = {SqlKind::Number, behind_point + digits.text, true};
      }
      return token;
    }

    // The filters.
    SqlKind last_kind = SqlKind::End;
    std::size_t values = 0;
    std::size_t groups = 0;
    Answer answer;
    std::vector<std::string> tables;

    std::string without_digits(const std::string& text) const {
      if (!options().replace_digits) return text;
      std::string out;
      for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_ascii_digit(text[i])) {
          out += text[i];
        } else if (i == 0 || !is_ascii_digit(text[i - 1])) {
          out += '?';
        }
      }
      return out;
    }

    void collect(Token& token) {
      if (options().collect_comments && token.kind == SqlKind::Comment) {
        std::string line = token.text;
        for (char& c : line) c = c == '\n' ? ' ' : c;
        answer.comments.emplace_back(trim_space(line));
      }
      if (options().collect_commands) {
        static const std::map<SqlKind, std::string> kCommands = {
            {SqlKind::Select, "SELECT"},    {SqlKind::Update, "UPDATE"}, {SqlKind::Insert, "INSERT"},
            {SqlKind::Delete, "DELETE"},    {SqlKind::Join, "JOIN"},     {SqlKind::Alter, "ALTER"},
            {SqlKind::Drop, "DROP"},        {SqlKind::Create, "CREATE"}, {SqlKind::Grant, "GRANT"},
            {SqlKind::Revoke, "REVOKE"},    {SqlKind::Commit, "COMMIT"}, {SqlKind::Begin, "BEGIN"},
            {SqlKind::Truncate, "TRUNCATE"}};
        const auto command = kCommands.find(token.kind);
        if (command != kCommands.end()) answer.commands.push_back(command->second);
      }
      if (!options().table_names) return;
      if (last_kind == SqlKind::From || last_kind == SqlKind::Join) {
        if (token.text.empty()) return;
        const SqlCharacter head = sql_character(token.text.data(), token.text.data() + token.text.size());
        if (!is_unicode_letter(head.code)) return;
      } else if (last_kind != SqlKind::Update && last_kind != SqlKind::Into) {
        return;
      }
      token.kind = SqlKind::TableName;
      const std::string name = without_digits(token.text);
      for (const std::string& table : tables) {
        if (table == name) return;
      }
      tables.push_back(name);
      if (!answer.tables_csv.empty()) answer.tables_csv += ',';
      answer.tables_csv += name;
    }

    bool discard(Token& token) {
      if (last_kind == SqlKind::DroppedBracketed && token.kind != sql_kind(']')) {
        if (token.kind != SqlKind::Identifier) {
          error = fmt::format("expected identifier in bracketed filter, got {}", sql_kind_number(token.kind));
          return false;
        }
        token = {SqlKind::DroppedBracketed, "", false};
        return true;
      }
      if (last_kind == SqlKind::DroppedBracketed || last_kind == SqlKind::As) {
        if (token.kind == sql_kind('[')) {
          token = {SqlKind::DroppedBracketed, "", false};
        } else if (!options().keep_sql_alias) {
          token = {SqlKind::Dropped, "", false};
        }
        return true;
      }
      if (token.kind == SqlKind::Comment) token = {SqlKind::Dropped, "", false};
      if (token.kind == sql_kind(';')) token = {SqlKind::Groupable, "", false};
      if (token.kind == SqlKind::As && !options().keep_sql_alias) token.present = false;
      return true;
    }

    static bool is_groupable(SqlKind kind) {
      return kind == SqlKind::Groupable || kind == SqlKind::GroupableParenthesis;
    }
    static SqlKind groupable(SqlKind kind) {
      return kind == sql_kind('(') ? SqlKind::GroupableParenthesis : SqlKind::Groupable;
    }

    void replace(Token& token) const {
      const auto to_placeholder = [&] { token = {groupable(token.kind), "?", true}; };
      if (last_kind == SqlKind::Savepoint) return to_placeholder();
      if (last_kind == sql_kind('=') && token.kind == SqlKind::DoubleQuotedString) return to_placeholder();
      switch (token.kind) {
        case SqlKind::DollarQuotedString:
        case SqlKind::String:
        case SqlKind::Number:
        case SqlKind::Null:
        case SqlKind::Variable:
        case SqlKind::PreparedParameter:
        case SqlKind::Boolean:
        case SqlKind::EscapeSequence:
          return to_placeholder();
        case SqlKind::TableName:
        case SqlKind::Identifier:
          token.text = without_digits(token.text);
          return;
        default:
          if (token.kind == sql_kind('?')) to_placeholder();
      }
    }

    void group(Token& token) {
      const bool opens = token.kind == sql_kind('(');
      if ((last_kind == sql_kind('(') && is_groupable(token.kind)) || (opens && groups > 0)) ++groups;
      const bool starts_subquery = token.kind == SqlKind::Select || token.kind == SqlKind::Delete ||
                                   token.kind == SqlKind::Update || token.kind == SqlKind::Identifier;
      if (groups > 0 && last_kind == SqlKind::GroupableParenthesis && starts_subquery) {
        values = groups = 0;
        token.text = "( " + token.text;
      } else if (is_groupable(token.kind)) {
        if (++values > 1) token = {groupable(token.kind), "", false};
      } else if (values > 0 && (token.kind == sql_kind(',') || token.kind == sql_kind('?'))) {
        token = {groupable(token.kind), "", false};
      } else if (groups > 1) {
        token = {groupable(token.kind), "", false};
      } else if (token.kind != sql_kind(',') && !opens && token.kind != sql_kind(')')) {
        values = groups = 0;
      }
    }

    Answer run() {
      for (;;) {
        Token token = scan();
        if (token.kind == SqlKind::End && !error.empty()) token.kind = SqlKind::Error;
        if (token.kind == SqlKind::Error) return refused(error);
        if (token.kind == SqlKind::End) break;
        collect(token);
        if (!discard(token)) return refused(error);
        replace(token);
        group(token);
        if (token.present && !token.text.empty()) {
          const bool tight = token.kind == sql_kind(',') || (token.kind == sql_kind('=') && last_kind == sql_kind(':'));
          if (!answer.text.empty() && !tight) answer.text += ' ';
          answer.text += token.text;
        }
        last_kind = token.kind;
      }
      if (answer.text.empty()) return refused("result is empty");
      answer.ok = true;
      return answer;
    }

    static Answer refused(const std::string& why) {
      Answer refusal;
      refusal.text = why;
      return refusal;
    }
  };

  const SqlOptions options_;
  SqlDialect dialect_ = SqlDialect::Unknown;
  bool literal_escapes_ = false;
};

}  // namespace vizsla::pipeline::testing
