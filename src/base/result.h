// Errors as values: what every function returns that can fail for a reason outside this program.
//
// A Result<T> holds a T or an Error; ignoring one doesn't compile. Few codes, chosen by what the caller can do about
// it; the message says what was expected, what came, and where. Bugs are not errors: see base/check.h.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace tl {
// Declared [[nodiscard]] before the library declares it, which makes every ignored Result a warning, and so an error.
template <class T, class E>
class [[nodiscard]] expected;
}  // namespace tl

#include <tl/expected.hpp>

namespace vizsla {

enum class ErrorCode {
  InvalidInput,   // the caller sent something that can't be understood
  NotFound,       // what was asked for isn't there
  LimitExceeded,  // well formed, but more than we take
  Unavailable,    // not now: disk full, queue full, shutting down; the same call may succeed later
  Timeout,        // the deadline passed
  Cancelled,      // whoever asked doesn't wait for the answer any more
  Corrupt,        // our own data doesn't read back as it was written
  Unsupported,    // understood, not built
  Internal,       // a library failed in a way that we have no better word for
};

std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;  // lower case, no full stop: it may follow "cannot do x: "

  // The same error, told from further out: "<context>: <message>".
  [[nodiscard]] Error with_context(std::string_view context) const;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace vizsla

// VIZSLA_TRY(auto x, f()): x is f()'s value, or the enclosing function returns f()'s error.
#define VIZSLA_CONCAT_(a, b) a##b
#define VIZSLA_CONCAT(a, b) VIZSLA_CONCAT_(a, b)
#define VIZSLA_TRY_(result, declaration, expression)                     \
  auto result = (expression);                                            \
  if (!(result)) [[unlikely]]                                            \
    return ::tl::unexpected<::vizsla::Error>(std::move(result).error()); \
  declaration = *std::move(result)
#define VIZSLA_TRY(declaration, expression) VIZSLA_TRY_(VIZSLA_CONCAT(vizsla_try_, __LINE__), declaration, expression)

// The same for a Result<void>.
#define VIZSLA_TRY_VOID(expression)                                                   \
  do {                                                                                \
    if (auto vizsla_try_result = (expression); !vizsla_try_result) [[unlikely]]       \
      return ::tl::unexpected<::vizsla::Error>(std::move(vizsla_try_result).error()); \
  } while (false)
