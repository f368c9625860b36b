#include "query/search_parser.h"

#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "query/search_lexer.h"

namespace vizsla::query {
namespace {

using Kind = SearchToken::Kind;
using Mode = SearchLexer::Mode;

// As it was written, or nearly: for messages.
std::string shown(const SearchToken& token) {
  switch (token.kind) {
    case Kind::End:
      return "the end";
    case Kind::Open:
      return "'('";
    case Kind::Close:
      return "')'";
    case Kind::And:
      return "AND";
    case Kind::Or:
      return "OR";
    case Kind::Not:
      return "a negation";
    case Kind::Plus:
      return "'+'";
    case Kind::RangeOpen:
      return token.inclusive ? "'['" : "'{'";
    case Kind::RangeClose:
      return token.inclusive ? "']'" : "'}'";
    case Kind::To:
      return "TO";
    case Kind::Less:
    case Kind::LessOrEqual:
    case Kind::Greater:
    case Kind::GreaterOrEqual:
      return "a comparison";
    case Kind::Comma:
      return "','";
    case Kind::Field:
    case Kind::Word:
    case Kind::Quoted:
      break;
  }
  return fmt::format("'{}'", shortened(token.text.text));
}

tl::unexpected<Error> unexpected(std::string_view expected, const SearchToken& token) {
  return search_error(fmt::format("expected {}, not {}", expected, shown(token)), token.place);
}

std::string shown(const SearchField& field) {
  switch (field.kind) {
    case SearchField::Kind::Attribute:
      return "@" + shortened(field.name);
    case SearchField::Kind::Calculated:
      return "#" + shortened(field.name);
    case SearchField::Kind::All:
      return "*";
    case SearchField::Kind::Plain:
      break;
  }
  return shortened(field.name);
}

Result<SearchField> field_of(const SearchText& written) {
  SearchField field{.place = written.place};
  std::string_view name = written.text;
  if (name == "*" && !written.wildcards.empty()) {
    field.kind = SearchField::Kind::All;
    return field;
  }
  if (!written.wildcards.empty()) {
    return search_error("a field's name has no wildcards: write \\* or \\? if you mean the character",
                        written.place + written.wildcards.front());
  }
  if (name.starts_with('@') || name.starts_with('#')) {
    field.kind = name[0] == '@' ? SearchField::Kind::Attribute : SearchField::Kind::Calculated;
    name.remove_prefix(1);
  }
  if (name.empty()) return search_error("expected the name of a field", written.place);
  field.name = name;
  return field;
}

bool is_star(const SearchText& text) {
  return text.text == "*" && !text.wildcards.empty();
}

bool begins_term(Kind kind) {
  return kind == Kind::Open || kind == Kind::Not || kind == Kind::Plus || kind == Kind::Field || kind == Kind::Word ||
         kind == Kind::Quoted;
}

// Inside a field's parentheses stand values, elsewhere terms.
Mode mode_of(const SearchField* field) {
  return field != nullptr ? Mode::Group : Mode::Term;
}

// Recursive descent. `ahead_` is the token that is looked at; whoever takes it says what may come behind it.
class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  Result<SearchNode> parse() {
    VIZSLA_TRY_VOID(advance(Mode::Term));
    if (ahead_.kind == Kind::End) return SearchNode{};
    VIZSLA_TRY(SearchNode root, either(nullptr));
    if (ahead_.kind == Kind::Close) return search_error("expected a '(' before this ')'", ahead_.place);
    if (ahead_.kind != Kind::End) return unexpected("a term", ahead_);
    return root;
  }

 private:
  Result<void> advance(Mode mode) {
    before_ = ahead_.kind;
    VIZSLA_TRY(ahead_, lexer_.next(mode));
    return {};
  }

  Result<void> count_term(SearchPlace place) {
    if (++terms_ > kSearchTermsMax)
      return search_error(fmt::format("expected at most {} terms", kSearchTermsMax), place);
    return {};
  }

  // Both levels of the grammar, queries and the values of one field's group, are the same but for their leaves:
  // `field` is the group's, or null.
  Result<SearchNode> either(const SearchField* field) {
    VIZSLA_TRY(SearchNode first, all(field));
    if (ahead_.kind != Kind::Or) return first;
    SearchNode node{.kind = SearchNode::Kind::Or, .place = ahead_.place};
    node.children.push_back(std::move(first));
    while (ahead_.kind == Kind::Or) {
      VIZSLA_TRY_VOID(advance(mode_of(field)));
      VIZSLA_TRY(SearchNode next, all(field));
      node.children.push_back(std::move(next));
    }
    return node;
  }

  Result<SearchNode> all(const SearchField* field) {
    VIZSLA_TRY(SearchNode first, negated(field));
    SearchNode node{.kind = SearchNode::Kind::And, .place = ahead_.place};
    while (ahead_.kind != Kind::End && ahead_.kind != Kind::Close && ahead_.kind != Kind::Or) {
      if (ahead_.kind == Kind::And) {
        VIZSLA_TRY_VOID(advance(mode_of(field)));
      } else if (!ahead_.blank_before && begins_term(ahead_.kind) && before_ != Kind::Close) {
        return search_error(fmt::format("expected a blank before {}", shown(ahead_)), ahead_.place);
      }
      VIZSLA_TRY(SearchNode next, negated(field));
      if (node.children.empty()) node.children.push_back(std::move(first));
      node.children.push_back(std::move(next));
    }
    return node.children.empty() ? std::move(first) : std::move(node);
  }

  Result<SearchNode> negated(const SearchField* field) {
    bool negative = false;
    const SearchPlace place = ahead_.place;
    while (ahead_.kind == Kind::Not || ahead_.kind == Kind::Plus) {
      negative ^= ahead_.kind == Kind::Not;
      VIZSLA_TRY_VOID(advance(mode_of(field)));
    }
    VIZSLA_TRY(SearchNode node, ahead_.kind == Kind::Open ? group(field, mode_of(field))
                                : field != nullptr        ? value(*field, Mode::Group)
                                                          : term());
    if (!negative) return node;
    SearchNode no{.kind = SearchNode::Kind::Not, .place = place};
    no.children.push_back(std::move(node));
    return no;
  }

  // A query in parentheses, or the values of `field`. `behind`: where what follows them stands.
  Result<SearchNode> group(const SearchField* field, Mode behind) {
    const SearchPlace place = ahead_.place;
    if (++depth_ > kSearchDepthMax)
      return search_error(fmt::format("expected at most {} parentheses in each other", kSearchDepthMax), place);
    VIZSLA_TRY_VOID(advance(mode_of(field)));
    VIZSLA_TRY(SearchNode node, either(field));
    if (ahead_.kind != Kind::Close) return unexpected(fmt::format("')' for the '(' at {}", place), ahead_);
    --depth_;
    VIZSLA_TRY_VOID(advance(behind));
    return node;
  }

  // What isn't in parentheses at the level of queries.
  Result<SearchNode> term() {
    SearchNode node{.place = ahead_.place};
    if (ahead_.kind == Kind::Field) {
      const SearchText written = std::move(ahead_.text);
      VIZSLA_TRY_VOID(advance(Mode::Value));
      if (ahead_.kind == Kind::End || ahead_.blank_before)
        return search_error(fmt::format("expected a value behind '{}:'", shortened(written.text)), written.place);
      if (written.text == "_exists_" || written.text == "_missing_")
        return presence(written.text == "_exists_", node.place);
      VIZSLA_TRY(const SearchField field, field_of(written));
      return ahead_.kind == Kind::Open ? group(&field, Mode::Term) : value(field, Mode::Term);
    }
    if (ahead_.kind != Kind::Word && ahead_.kind != Kind::Quoted) return unexpected("a term", ahead_);
    VIZSLA_TRY_VOID(count_term(node.place));
    SearchText text = std::move(ahead_.text);
    VIZSLA_TRY_VOID(advance(Mode::Term));
    if (ahead_.kind == Kind::Open && !ahead_.blank_before && !text.quoted && text.text == "CIDR")
      return cidr(node.place);
    if (is_star(text)) return node;
    node.kind = SearchNode::Kind::Words;
    node.text = std::move(text);
    return node;
  }

  // _exists_:field and _missing_:field
  Result<SearchNode> presence(bool present, SearchPlace place) {
    if (ahead_.kind != Kind::Word) return unexpected("the name of a field", ahead_);
    VIZSLA_TRY_VOID(count_term(place));
    SearchNode node{.kind = SearchNode::Kind::Exists, .place = place};
    VIZSLA_TRY(node.field, field_of(ahead_.text));
    VIZSLA_TRY_VOID(advance(Mode::Term));
    if (present) return node;
    SearchNode missing{.kind = SearchNode::Kind::Not, .place = place};
    missing.children.push_back(std::move(node));
    return missing;
  }

  // What stands behind a field's colon, or in its parentheses.
  Result<SearchNode> value(const SearchField& field, Mode behind) {
    SearchNode node{.kind = SearchNode::Kind::Within, .place = ahead_.place, .field = field};
    VIZSLA_TRY_VOID(count_term(node.place));
    switch (ahead_.kind) {
      case Kind::Word:
      case Kind::Quoted:
        if (is_star(ahead_.text)) {
          const bool every = field.kind == SearchField::Kind::All;
          node.kind = every ? SearchNode::Kind::Everything : SearchNode::Kind::Exists;
        } else {
          node.kind = SearchNode::Kind::Is;
          node.text = std::move(ahead_.text);
        }
        VIZSLA_TRY_VOID(advance(behind));
        return node;
      case Kind::Less:
      case Kind::LessOrEqual:
      case Kind::Greater:
      case Kind::GreaterOrEqual: {
        const bool below = ahead_.kind == Kind::Less || ahead_.kind == Kind::LessOrEqual;
        SearchBound& bound = below ? node.high : node.low;
        bound.inclusive = ahead_.kind == Kind::LessOrEqual || ahead_.kind == Kind::GreaterOrEqual;
        VIZSLA_TRY_VOID(advance(Mode::Bound));
        if ((ahead_.kind != Kind::Word && ahead_.kind != Kind::Quoted) || ahead_.blank_before || is_star(ahead_.text))
          return search_error("expected a number right behind the comparison", node.place);
        bound.value = std::move(ahead_.text);
        VIZSLA_TRY_VOID(advance(behind));
        return node;
      }
      case Kind::RangeOpen:
        VIZSLA_TRY_VOID(range(node));
        VIZSLA_TRY_VOID(advance(behind));
        return node;
      default:
        return unexpected(fmt::format("a value of {}", shown(field)), ahead_);
    }
  }

  // From the bracket up to the one that closes it, which is left ahead.
  Result<void> range(SearchNode& node) {
    const SearchPlace place = ahead_.place;
    node.low.inclusive = ahead_.inclusive;
    const auto bound = [&](SearchBound& into) -> Result<void> {
      VIZSLA_TRY_VOID(advance(Mode::Bound));
      if (ahead_.kind != Kind::Word && ahead_.kind != Kind::Quoted)
        return unexpected(fmt::format("a bound of the range at {}", place), ahead_);
      if (!is_star(ahead_.text)) into.value = std::move(ahead_.text);
      return {};
    };
    VIZSLA_TRY_VOID(bound(node.low));
    VIZSLA_TRY_VOID(advance(Mode::Bound));
    if (ahead_.kind != Kind::To) return unexpected(fmt::format("TO in the range at {}", place), ahead_);
    VIZSLA_TRY_VOID(bound(node.high));
    VIZSLA_TRY_VOID(advance(Mode::Bound));
    if (ahead_.kind != Kind::RangeClose)
      return unexpected(fmt::format("']' or '}}' for the range at {}", place), ahead_);
    node.high.inclusive = ahead_.inclusive;
    return {};
  }

  // CIDR(field,block,…), from the parenthesis on.
  Result<SearchNode> cidr(SearchPlace place) {
    SearchNode node{.kind = SearchNode::Kind::Cidr, .place = place};
    VIZSLA_TRY_VOID(advance(Mode::Argument));
    if (ahead_.kind != Kind::Word) return unexpected("the name of a field", ahead_);
    VIZSLA_TRY(node.field, field_of(ahead_.text));
    VIZSLA_TRY_VOID(advance(Mode::Argument));
    while (ahead_.kind == Kind::Comma) {
      VIZSLA_TRY_VOID(advance(Mode::Argument));
      if (ahead_.kind != Kind::Word && ahead_.kind != Kind::Quoted) return unexpected("a block of addresses", ahead_);
      VIZSLA_TRY_VOID(count_term(ahead_.place));
      node.blocks.push_back(std::move(ahead_.text.text));
      VIZSLA_TRY_VOID(advance(Mode::Argument));
    }
    if (node.blocks.empty()) return unexpected("',' and a block of addresses", ahead_);
    if (ahead_.kind != Kind::Close) return unexpected("',' or ')'", ahead_);
    VIZSLA_TRY_VOID(advance(Mode::Term));
    return node;
  }

  SearchLexer lexer_;
  SearchToken ahead_;
  Kind before_ = Kind::End;  // what was ahead before it
  std::size_t depth_ = 0;
  std::size_t terms_ = 0;
};

}  // namespace

Result<SearchNode> parse_search(std::string_view text) {
  if (text.size() > kSearchBytesMax) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("the query has {} bytes, expected at most {}", text.size(), kSearchBytesMax));
  }
  if (!simdjson::validate_utf8(text.data(), text.size()))
    return fail(ErrorCode::InvalidInput, "the query is no valid UTF-8");
  return Parser(text).parse();
}

}  // namespace vizsla::query
