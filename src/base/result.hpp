// Result<T>: a value, or a boost::system::error_code / Fault that says why there is none.
// Exceptions end a start-up or a handler and nothing else; everything expected comes back as a Result.
#pragma once

#include <boost/system/result.hpp>
#include <string>

#include "base/errors.hpp"

namespace kgw {

// An error for the one who called: which of the known errors it is, and the sentence that names the culprit
// (a header, a byte offset, a variable). `message` empty: the table's sentence stands for it.
struct Fault {
  ErrorCode code{};
  std::string message;
};

[[noreturn]] void throw_exception_from_error(const Fault& fault, const boost::source_location& where);

template <class T>
using Result = boost::system::result<T, Fault>;

}  // namespace kgw
